// The formats of `recurra compile`, one row each. A format is loaded when it is used.
import { UserError } from "../base/diagnostic.ts";
import { nearest } from "../lang/nearest.ts";
import type { Exporter, WeightType } from "./request.ts";

export interface Format {
  readonly name: string;
  readonly doc: string;
  /** Of its main file. */
  readonly extension: string;
  readonly weightTypes: readonly WeightType[];
  readonly canHaveWeightsFile: boolean;
  /** Whether its files can train: where the option `training` asks for it, always, or never. */
  readonly training: "asked for" | "never" | "always";
  readonly load: () => Promise<Exporter>;
}

export const FORMATS: readonly Format[] = [
  {
    name: "module",
    doc: "one ES module with WebAssembly inside, and its types: for Node, pages, workers, Deno, Bun",
    extension: ".mjs",
    weightTypes: ["f32", "f16", "int8"],
    canHaveWeightsFile: true,
    training: "asked for",
    load: async () => (await import("../module/write.ts")).writeModule,
  },
  {
    name: "tfjs",
    doc: "one ES module that imports tfjs and takes and gives tensors, and its types",
    extension: ".mjs",
    weightTypes: ["f32"],
    canHaveWeightsFile: true,
    training: "always",
    load: async () => (await import("./tfjs/export.ts")).exportTfjs,
  },
  {
    name: "c",
    doc: "one C99 file and a header, which allocate nothing and go step by step",
    extension: ".c",
    weightTypes: ["f32", "int8"],
    canHaveWeightsFile: false,
    training: "never",
    load: async () => (await import("./c/export.ts")).exportC,
  },
  {
    name: "onnx",
    doc: "ONNX files: whole sequences, sequences with lengths, and one step",
    extension: ".onnx",
    weightTypes: ["f32"],
    canHaveWeightsFile: true,
    training: "never",
    load: async () => (await import("./onnx/export.ts")).exportOnnx,
  },
  {
    name: "pytorch",
    doc: "a PyTorch module with its loss, its weights beside it, and a program that trains it",
    extension: ".py",
    weightTypes: ["f32"],
    canHaveWeightsFile: true,
    training: "always",
    load: async () => (await import("./pytorch/export.ts")).exportPytorch,
  },
  {
    name: "jax",
    doc: "pure functions of JAX with the loss, the weights beside them, and a program that trains them",
    extension: ".py",
    weightTypes: ["f32"],
    canHaveWeightsFile: true,
    training: "always",
    load: async () => (await import("./jax/export.ts")).exportJax,
  },
];

export const DEFAULT_FORMAT = "module";

/** Throws a UserError for a name that no format has. */
export function formatNamed(name: string): Format {
  const names = FORMATS.map((format) => format.name);
  const found = FORMATS.find((format) => format.name === name);
  if (found !== undefined) return found;
  const close = nearest(name, names);
  const help = close === undefined ? `the formats are ${names.join(", ")}` : `did you mean \`${close}\`?`;
  throw new UserError(`there is no format \`${name}\`; ${help}`);
}

// `recurra import FILE`: reads what another system has written. One function for each mode.
import { existsSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import type { Command } from "commander";
import { UserError } from "../../base/diagnostic.ts";
import { writeSafetensors, type Tensor } from "../../checkpoint/safetensors.ts";
import { readBytes, writeAtomically } from "../../files/files.ts";
import { importOnnx } from "../../import/onnx/import.ts";
import { print } from "../output.ts";

interface Options {
  readonly spec?: boolean;
  readonly out: string;
  readonly name?: string;
}

const HELP = `
With --spec, an ONNX model of LSTM, GRU or RNN operators and the layers around them becomes a spec and a file of its weights.
Its inputs and outputs get the names of the graph's, and have the batch first.

Examples:
  recurra import model.onnx --spec -o imported
  recurra compile imported/model.rec --weights imported/model.safetensors -o model.mjs
`;

export function register(program: Command): void {
  program
    .command("import")
    .description("read a model that another system has written")
    .argument("<file>", "an ONNX model")
    .option("--spec", "write a spec and its weights")
    .option("-o, --out <dir>", "the folder to write to", ".")
    .option("--name <name>", "the name of the model and its files (default: the file's)")
    .addHelpText("after", HELP)
    .action((file: string, options: Options) => {
      if (options.spec === true) writeSpec(file, options);
      else throw new UserError("say what to import it as: --spec writes a spec");
    });
}

/** Writes NAME.rec and NAME.safetensors. */
function writeSpec(file: string, { out, name }: Options): void {
  const beside = (each: string): Uint8Array | undefined => {
    const path = join(dirname(file), each);
    return existsSync(path) ? readBytes(path) : undefined;
  };
  const spec = importOnnx(readBytes(file), name ?? basename(file, extname(file)), beside);
  const tensors = new Map(
    [...spec.weights].map(([path, { shape, data }]): [string, Tensor] => [
      path,
      { dtype: "F32", shape, data: Float32Array.from(data) },
    ]),
  );
  const text = join(out, `${spec.name}.rec`);
  const weights = join(out, `${spec.name}.safetensors`);
  writeAtomically(text, spec.text);
  writeAtomically(weights, writeSafetensors({ tensors, metadata: {} }));
  print(`${text}  ${spec.text.split("\n").length - 1} lines\n${weights}  ${tensors.size} weights`);
}

// Inputs and outputs of a graph: each kind is printed and read back, and names are built and parsed in one file only.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  apartFromInputs,
  MEASURES,
  printInput,
  printOutput,
  readInput,
  readKept,
  readOutput,
  roleOf,
  startName,
  vocabularyOfStart,
  type Input,
  type InputKind,
  type Output,
  type OutputKind,
} from "../src/graph/border.ts";

/** A kind without an example does not compile. */
const INPUTS: { readonly [K in InputKind]: readonly Input<K>[] } = {
  weight: [{ kind: "weight", path: "cell.f.h" }],
  data: [
    { kind: "data", name: "x", use: "input", ahead: 0 },
    { kind: "data", name: "m", use: "memory", ahead: 0 },
    { kind: "data", name: "y", use: "target", ahead: 0 },
    { kind: "data", name: "text", use: "target", ahead: 12 },
  ],
  labelled: [{ kind: "labelled", target: "y" }],
  lengths: [
    { kind: "lengths", time: "T.x", ahead: 0 },
    { kind: "lengths", time: "2*T + 1", ahead: 3 },
  ],
  state: [{ kind: "state", path: "cell.h[t-2]" }],
  fresh: [{ kind: "fresh" }],
  random: [{ kind: "random", path: "layer0.forward.2", number: 13 }],
  cut: [{ kind: "cut" }],
  cotangent: [
    { kind: "cotangent", of: null },
    { kind: "cotangent", of: "final.cell.h" },
  ],
  setting: [
    { kind: "setting", setting: "rate" },
    { kind: "setting", setting: "step" },
  ],
  slot: [{ kind: "slot", slot: "mean", weight: "cell.f.h" }],
  saved: [{ kind: "saved", node: "n12" }],
  held: [{ kind: "held", node: "n12" }],
  symbol: (["state", "sequence", "weight", "gradient", "value"] as const).map((is) => ({
    kind: "symbol",
    name: `δ${is}`,
    is,
  })),
};

const OUTPUTS: { readonly [K in OutputKind]: readonly Output<K>[] } = {
  output: [{ kind: "output" }],
  loss: [{ kind: "loss" }],
  measure: MEASURES.map((measure) => ({ kind: "measure", measure, of: "y.z" })),
  logits: [{ kind: "logits", of: "y" }],
  value: [{ kind: "value", of: "loss" }],
  distribution: [{ kind: "distribution", of: "y" }],
  final: [{ kind: "final", path: "cell.h[t-2]" }],
  gradient: [{ kind: "gradient", by: "state.cell.h" }],
  weight: [{ kind: "weight", path: "cell.f.h" }],
  slot: [{ kind: "slot", slot: "mean", weight: "cell.f.h" }],
  norm: [{ kind: "norm" }],
  saved: [{ kind: "saved", node: "n12" }],
  held: [{ kind: "held", node: "n12" }],
  result: [{ kind: "result", name: "n12" }],
};

describe("a kind of input or output", () => {
  test.each(Object.values(INPUTS).flat())("is read back as it was printed: input $kind", (input) => {
    expect(readInput(printInput(input), roleOf(input))).toEqual(input);
  });

  test.each(Object.values(OUTPUTS).flat())("is read back as it was printed: output $kind", (output) => {
    expect(readOutput(printOutput(output))).toEqual(output);
  });

  test("has names that no other kind has", () => {
    const inputs = Object.values(INPUTS).flatMap((each): readonly Input[] => each);
    const outputs = Object.values(OUTPUTS).flatMap((each): readonly Output[] => each);
    for (const names of [inputs.map(printInput), outputs.map(printOutput)])
      expect(new Set(names).size).toBe(names.length);
  });

  test("that is kept from update to update is recognised by its name alone", () => {
    for (const input of [...INPUTS.weight, ...INPUTS.slot, ...INPUTS.state])
      expect(readKept(printInput(input))).toEqual(input);
  });

  test("is never mistaken for a weight, whatever the names of a model's equations", () => {
    for (const kind of ["state", "slot", "random", "saved", "held"] as const)
      for (const input of INPUTS[kind]) expect(apartFromInputs(printInput(input))).not.toBe(printInput(input));
    expect(apartFromInputs("stately.w")).toBe("stately.w");
  });

  test("a role that no kind has is an error of the reader", () => {
    expect(() => readInput("x", "toString")).toThrow("internal: graph reader: no role of an input: toString");
    expect(() => readInput("h", "state")).toThrow("internal: graph reader: h is not state.…");
  });
});

test("a start token is named after its vocabulary", () => {
  expect(vocabularyOfStart(startName("V.x"))).toBe("V.x");
  expect(vocabularyOfStart("V")).toBeUndefined();
});

const HOME = join("src", "graph", "border.ts");
const DOTTED =
  "final|grad|value|logits|state|random|slot|saved|held|param|start|loss|count|accuracy|exact|decided|examples";
const SPACED = "length|labelled|cotangent|setting";
/** Names of the border as they are made and taken apart: `"final."`, `final.${…}`, /^final\./, `x[t+${…}]`, a role that is compared. */
const FORBIDDEN = new RegExp(
  [
    `["\`](?:${DOTTED})\\.(?:["\`]|\\$\\{)`,
    `["\`](?:${SPACED}) (?:["\`]|\\$\\{)`,
    `\\^[^\\n]{0,4}\\b(?:${DOTTED})(?:\\\\.|\\|)`,
    `\\^(?:${SPACED}) `,
    '"(?:fresh start|cut here|setting rate|setting step)"',
    "(?<!\\\\)`\\$\\{[^}]*\\}\\[t\\+",
    'attributes\\["(?:role|name)"\\]',
    'role === "(?:param|state|fresh|lengths|random|cut|cotangent|setting|slot|saved|held)"',
  ].join("|"),
);

describe("names of the border", () => {
  const lines = readdirSync("src", { recursive: true, encoding: "utf8" })
    .map((file) => join("src", file))
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".generated.ts"))
    .flatMap((file) =>
      readFileSync(file, "utf8")
        .split("\n")
        .map((line) => ({ file, line: line.trim() })),
    )
    .filter(({ line }) => !/^(?:\/\/|\/?\*)/.test(line));

  test("are built and parsed in one file", () => {
    const wrong = lines.filter(({ file, line }) => file !== HOME && FORBIDDEN.test(line));
    expect(wrong.map(({ file, line }) => `${file}: ${line}`)).toEqual([]);
  });

  test("the rule above catches what it forbids", () => {
    for (const line of [
      "`final.${name}`",
      'name.startsWith("grad.")',
      'name.slice("state.".length)',
      "`length ${time}`",
      "name.replace(/^length /, 1)",
      "/^logits\\.(.*)$/.exec(name)",
      "/^(?:logits|value)\\./.test(name)",
      "`${name}[t+${ahead}]`",
      'build.input("fresh start")',
      'if (role === "param")',
    ])
      expect(FORBIDDEN.test(line), line).toBe(true);
    expect(lines.filter(({ file, line }) => file === HOME && FORBIDDEN.test(line)).length).toBeGreaterThan(10);
  });
});

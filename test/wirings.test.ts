// Programs that use the language in unusual ways: each file of test/wirings, its first definition, compiles; its
// gradient agrees with central differences on the reference, for ragged batches; and tfjs and wasm give what the reference does, for full
// batches too.
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { renderDiagnostics } from "../src/base/render.ts";
import { check, lowerVerified } from "../src/compile.ts";
import { nameOfInput } from "../src/graph/node.ts";
import type { Program } from "../src/lang/elaborate/program.ts";
import { loadFromDisk } from "../src/shipped/specs.ts";
import type { Target } from "../src/targets/target.ts";
import { tfjsTarget } from "../src/targets/tfjs/target.ts";
import { wasmTarget } from "../src/targets/wasm/target.ts";
import { expectClose } from "./ops/arrays.ts";
import { expectGradient, TOLERANCE } from "./support/differences.ts";
import { named, run, sizesOf, valuesFor } from "./support/run.ts";
import { floatOutputs, LAYOUTS, programFrom, requestFor } from "./support/specs.ts";

const folder = "test/wirings";
const files = readdirSync(folder).sort();
const textOf = (file: string): string => readFileSync(`${folder}/${file}`, "utf8");

/** float32 through a few dozen operations; gradients sum over steps. */
const FLOAT32 = 1e-4;

const tfjs = await tfjsTarget("cpu");
const wasm = await wasmTarget();

function outputsOf(program: Program): readonly string[] {
  return program.graph.outputs.has("loss") ? ["loss"] : floatOutputs(program);
}

describe("every wiring", () => {
  test.each(files)("%s has nothing wrong with it", (file) => {
    const said = check({ name: file, text: textOf(file) }, loadFromDisk);
    expect(renderDiagnostics(said, { color: false })).toBe("");
  });
});

for (const [layout, options] of LAYOUTS) {
  const programOf = (file: string): Program => {
    const text = textOf(file);
    // A model's states start as it says; a cell's are given, so that there is a gradient by them.
    return programFrom(text, { ...options, states: /^model /m.exec(text) === null ? "given" : "initial" });
  };

  // The gradient of a ragged batch has the equations of a full one, and those of its padding.
  if (options.ragged)
    describe(`gradients, ${layout}: within ${TOLERANCE} of central differences`, () => {
      test.each(files)("%s", (file) => {
        const program = programOf(file);
        expectGradient(program, outputsOf(program));
      });
    });

  const expectAsReference = async <T>(file: string, target: Target<T>): Promise<void> => {
    const program = programOf(file);
    const graph = lowerVerified(program.graph, requestFor(program, outputsOf(program)));
    const sizes = sizesOf(graph);
    const inputs = valuesFor(graph, sizes);
    const expected = run(graph, inputs, sizes);
    const given = [...inputs].map(([name, { shape, data }]) => {
      const { dtype } = graph.inputs().find((node) => nameOfInput(node) === name)?.type ?? { dtype: "float" };
      return [name, target.upload({ dtype, shape, data })] as const;
    });
    const results = target.compile(graph).run(new Map(given), sizes);
    for (const [name, tensor] of results) {
      expectClose((await target.download(tensor)).data, named(expected, name).data, FLOAT32, name);
      target.dispose(tensor);
    }
    given.forEach(([, tensor]) => target.dispose(tensor));
  };

  describe(`${layout}: within ${FLOAT32} of the reference, outputs and gradients`, () => {
    test.each(files)("%s on tfjs-cpu", (file) => expectAsReference(file, tfjs));
    test.each(files)("%s on wasm", (file) => expectAsReference(file, wasm));
  });
}

// Compares a cell, run on a target, with a golden file: its output, final states, and every gradient.
import { UserError } from "../base/diagnostic.ts";
import { lower, programOf } from "../compile.ts";
import { printInput, printOutput, shortPath, type Output } from "../graph/border.ts";
import type { Graph } from "../graph/graph.ts";
import { nameOfInput } from "../graph/node.ts";
import type { Program } from "../lang/elaborate/program.ts";
import type { ScopedDefinition } from "../lang/scope.ts";
import { constant, symbolOf, type Sizes } from "../shape/dim.ts";
import {
  BoundProgram,
  compileGraph,
  notFed,
  ONLY_IN_PARTS,
  ONLY_IN_TRAINING,
  type Feeders,
  type InputNode,
  type Run,
} from "../targets/bound.ts";
import type { HostArray, Target } from "../targets/target.ts";
import { compare, type Comparison, type Expected } from "./compare.ts";
import { COTANGENT, given, places, programName } from "./golden-inputs.ts";
import type { Golden } from "./golden.ts";

const OUTPUT: Output = { kind: "output" };

/** Runs the cell with the file's values and compares everything that the file has. Throws a UserError where the two do not fit. */
export async function verify<T>(
  definition: ScopedDefinition,
  golden: Golden,
  target: Target<T>,
): Promise<readonly Comparison[]> {
  const isRagged = golden.lengths != null || Object.keys(golden.memory_lengths).length > 0;
  const statics = new Map(Object.entries(golden.args).map(([name, value]) => [name, constant(value)]));
  const unknown = Object.keys(golden.args).find((name) =>
    definition.definition.parameters.every((each) => each.name.name !== name),
  );
  if (unknown !== undefined)
    throw new UserError(`the file gives \`${unknown}\`, which \`${golden.cell}\` does not take`);
  const options = { ragged: isRagged, training: true, states: "given", given: givenStates(golden) } as const;
  const program = programOf(
    definition,
    statics,
    golden.wiring === undefined ? options : { ...options, wiring: golden.wiring },
  );
  const values = given(program, golden);
  const expected = expectations(program, golden);
  const by = expected.flatMap((each) =>
    each.outputs.flatMap((output) => (output.kind === "gradient" ? [output.by] : [])),
  );
  const request = golden.cotangent === undefined ? null : { from: new Map([[printOutput(OUTPUT), COTANGENT]]), by };
  const graph = lower(program.graph, request);
  const sizes = sizesFrom(graph, values);
  const compiled = compileGraph(graph, target);
  const results = new BoundProgram(compiled, target, feeders<T>()).run(values, sizes);
  try {
    const comparisons: Comparison[] = [];
    for (const each of expected) {
      const parts: HostArray[] = [];
      for (const output of each.outputs) {
        const tensor = results.get(printOutput(output));
        if (tensor === undefined) throw new UserError(`the cell has no \`${each.name}\``);
        parts.push(await target.download(tensor));
      }
      comparisons.push(compare(each, parts));
    }
    return comparisons;
  } finally {
    results.forEach((tensor) => target.dispose(tensor));
    compiled.executable.dispose();
  }
}

function expectations(program: Program, golden: Golden): readonly Expected[] {
  const where = places(golden.wiring);
  const pathsOf = (name: string): readonly string[] => where.map((place) => place.program + name);
  const list: Expected[] = [{ name: "output", outputs: [OUTPUT], array: golden.output, isSequence: true }];
  for (const [name, array] of Object.entries(golden.final)) {
    const outputs = pathsOf(name).map((path): Output => ({ kind: "final", path }));
    list.push({ name: `final ${name}`, outputs, array, isSequence: false });
  }
  for (const [name, array] of Object.entries(golden.grads.params)) {
    list.push({
      name: `gradient of ${name}`,
      outputs: [{ kind: "gradient", by: programName(name, golden) }],
      array,
      isSequence: false,
    });
  }
  for (const [name, array] of [...Object.entries(golden.grads.inputs), ...Object.entries(golden.grads.memories)]) {
    list.push({
      name: `gradient of ${name}`,
      outputs: [{ kind: "gradient", by: name }],
      array,
      isSequence: true,
    });
  }
  for (const [name, array] of Object.entries(golden.grads.initial)) {
    list.push({
      name: `gradient of the first ${name}`,
      outputs: pathsOf(name).map((path) => ({ kind: "gradient", by: printInput({ kind: "state", path }) })),
      array,
      isSequence: false,
    });
  }
  const names = new Set([
    ...program.parameters.map((each) => each.name),
    ...program.inputs.map((each) => each.name),
    ...program.states.map((each) => printInput({ kind: "state", path: each.name })),
  ]);
  const wrong = list.find((each) =>
    each.outputs.some((output) =>
      output.kind === "gradient" ? !names.has(output.by) : !program.graph.outputs.has(printOutput(output)),
    ),
  );
  if (wrong !== undefined)
    throw new UserError(`the file has \`${wrong.name}\`, which \`${golden.cell}\` does not have`);
  return list;
}

/** The states whose first values the file gives; any other starts as the spec says. */
function givenStates({ initial, grads, wiring }: Golden): ReadonlySet<string> {
  const without = Object.keys(grads.initial).find((name) => initial[name] === undefined);
  if (without !== undefined)
    throw new UserError(
      `the file has a gradient by the first \`${without}\`, so it must give that value in \`initial\``,
    );
  return new Set(Object.keys(initial).flatMap((name) => places(wiring).map(({ program }) => program + name)));
}

type Values = ReadonlyMap<string, HostArray>;

/** Everything comes from the file. */
function feeders<T>(): Feeders<T, Values> {
  const given = (node: InputNode, { context, sizes, upload }: Run<T, Values>): T =>
    upload(checkedValue(node, context, sizes));
  return {
    ...ONLY_IN_PARTS,
    ...ONLY_IN_TRAINING,
    weight: given,
    data: given,
    lengths: given,
    state: given,
    cotangent: given,
    labelled: notFed,
    fresh: notFed,
  };
}

function checkedValue({ name, axes }: InputNode, values: Values, sizes: Sizes): HostArray {
  const shape = axes(sizes);
  const known = values.get(name);
  if (known === undefined) throw new UserError(`the file lacks \`${name}\``);
  if (known.shape.join() === shape.join()) return known;
  throw new UserError(
    `\`${shortPath(name)}\` has shape [${known.shape.join(", ")}] in the file, but the cell needs [${shape.join(", ")}]`,
  );
}

/** Sizes by name, read off the arrays wherever an axis is a bare name. */
function sizesFrom(graph: Graph, values: ReadonlyMap<string, HostArray>): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  for (const node of graph.inputs()) {
    const array = values.get(nameOfInput(node));
    node.type.axes.forEach((axis, index) => {
      const name = symbolOf(axis.size);
      const size = array?.shape[index];
      if (name !== undefined && size !== undefined) sizes.set(name, size);
    });
  }
  return sizes;
}

// Compares a cell or a model, run on a target, with a golden file: its outputs, final states, loss and gradients.
import { UserError } from "../base/diagnostic.ts";
import { lower } from "../compile.ts";
import { printOutput, shortPath } from "../graph/border.ts";
import type { Graph } from "../graph/graph.ts";
import { nameOfInput } from "../graph/node.ts";
import type { ScopedDefinition } from "../lang/scope.ts";
import { symbolOf, type Sizes } from "../shape/dim.ts";
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
import { cellCase } from "./cell-values.ts";
import { compare, type Comparison } from "./compare.ts";
import type { Case } from "./golden-case.ts";
import { vocabularySizes } from "./golden-vocabularies.ts";
import type { Golden } from "./golden.ts";
import { modelCase } from "./model-values.ts";

/** Runs the definition with the file's values and compares all results that the file has. Throws a UserError if the two do not fit. */
export async function verify<T>(
  definition: ScopedDefinition,
  golden: Golden,
  target: Target<T>,
): Promise<readonly Comparison[]> {
  const { program, values, expected, request } = caseOf(definition, golden);
  const graph = lower(program.graph, request);
  const sizes = new Map([...sizesFrom(graph, values), ...vocabularySizes(program, golden)]);
  const compiled = compileGraph(graph, target);
  const results = new BoundProgram(compiled, target, feeders<T>()).run(values, sizes);
  try {
    const comparisons: Comparison[] = [];
    for (const each of expected) {
      const parts: HostArray[] = [];
      for (const output of each.outputs) {
        const tensor = results.get(printOutput(output));
        if (tensor === undefined) throw new UserError(`\`${program.name}\` has no \`${each.name}\``);
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

function caseOf(definition: ScopedDefinition, golden: Golden): Case {
  const { kind, name } = definition.definition;
  if (kind !== golden.kind) throw new UserError(`the file is for a ${golden.kind}, but \`${name.name}\` is a ${kind}`);
  return golden.kind === "cell" ? cellCase(definition, golden) : modelCase(definition, golden);
}

type Values = ReadonlyMap<string, HostArray>;

/** All values come from the file. */
function feeders<T>(): Feeders<T, Values> {
  const feed = (node: InputNode, { context, sizes, upload }: Run<T, Values>): T =>
    upload(checkedValue(node, context, sizes));
  return {
    ...ONLY_IN_PARTS,
    ...ONLY_IN_TRAINING,
    weight: feed,
    data: feed,
    lengths: feed,
    state: feed,
    cotangent: feed,
    labelled: notFed,
    fresh: notFed,
  };
}

function checkedValue({ name, axes }: InputNode, values: Values, sizes: Sizes): HostArray {
  const shape = axes(sizes);
  const known = values.get(name);
  if (known === undefined) throw new UserError(`the file does not have \`${name}\``);
  if (known.shape.join() === shape.join()) return known;
  throw new UserError(
    `\`${shortPath(name)}\` has shape [${known.shape.join(", ")}] in the file, but [${shape.join(", ")}] is needed`,
  );
}

/** Sizes by name, from the arrays whose axes have a bare name as size. */
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

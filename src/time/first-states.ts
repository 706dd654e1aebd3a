// Where the states of a program begin that was elaborated with states carried. There each begins with
// `select(fresh, its initial value, its input)`. Here this becomes what a caller asks for: afterwards the states that are replaced do not
// depend on the input `fresh` any more.
import type { Graph } from "../graph/graph.ts";
import type { Node } from "../graph/node.ts";
import type { Builder } from "../ops/builder.ts";
import { rewrite } from "../ops/rewrite.ts";

/** The start of one state in a graph. */
interface Start {
  /** The path of the state. */
  readonly name: string;
  /** The node of the initial value. */
  readonly initial: string;
  /** The node of the input. */
  readonly given: string;
}

/** States `names` begin with their inputs, whatever `fresh` is. */
export function withGivenStates(graph: Graph, names: ReadonlySet<string>): Graph {
  return withStarts(graph, ({ name, given }) => (names.has(name) ? given : undefined));
}

/**
 * For gradients by first states: states `names` begin with their inputs, and each other state that is a float begins with the sum of
 * its initial value and its input. With zeros as that input nothing changes, and the gradient by it is that by the first state.
 */
export function withMovableStates(graph: Graph, names: ReadonlySet<string>): Graph {
  return withStarts(graph, ({ name, initial, given }, build) => {
    if (names.has(name)) return given;
    return build.type(given).dtype === "float" ? build.op("add", [initial, given]) : undefined;
  });
}

/** `startOf` gives the node with which a state begins; undefined leaves it as it is. */
function withStarts(graph: Graph, startOf: (start: Start, build: Builder) => string | undefined): Graph {
  return rewrite(graph, {
    replace: (node, build, of) => {
      const start = startIn(graph, node);
      if (start === undefined) return undefined;
      return startOf({ ...start, initial: of(start.initial), given: of(start.given) }, build);
    },
  });
}

function startIn(graph: Graph, { op, operands }: Node): Start | undefined {
  const [, initial, given] = op === "select" ? operands : [];
  if (initial === undefined || given === undefined) return undefined;
  const { input } = graph.node(given);
  return input?.kind === "state" ? { name: input.path, initial, given } : undefined;
}

// The texts of diagnostics about `states = enc`, which hands the last states of one application to another one.
import type { Diagnostic } from "../base/diagnostic.ts";
import type { Span } from "../base/source.ts";
import { error } from "./error.ts";
import { listed } from "./messages-statements.ts";

/** Inside a cell, where each application is one step. */
export function handedInside(span: Span): Diagnostic {
  return error("not-allowed", "`states` hands over the states of a whole sequence, so it belongs in a model", span, {
    help: "in a cell, pass each state by its name: `GRU(H)(x, h = h[t-1])`",
  });
}

export function handedNothing(text: string, span: Span): Diagnostic {
  return error("wrong-type", `\`${text}\` is not the result of a cell or a wiring, so it has no states`, span, {
    help: "name an application: `enc = stack(GRU(H), 2)(x)`, then `states = enc`",
  });
}

type Kind = "cell" | "stack" | "bidirectional";

const APPLIED: Readonly<Record<Kind, string>> = {
  cell: "a cell that runs in one direction",
  stack: "a stack",
  bidirectional: "a bidirectional wiring",
};

/** The states of a bidirectional encoder for a decoder that runs one way, a stack's for one cell, and so on. */
export function handedOther(text: string, given: Kind, needed: Kind, span: Span): Diagnostic {
  const help =
    given === "bidirectional"
      ? `choose one direction, as in \`h = last(${text}.forward)\`, or join both by a \`linear\``
      : "pass each state by its name, as in `h = last(enc)`, or a list for layers: `h = [a, b]`";
  return error(
    "wrong-type",
    `\`${text}\` has the states of ${APPLIED[given]}, but ${APPLIED[needed]} is applied here`,
    span,
    {
      help,
    },
  );
}

export function handedLayers(text: string, given: number, needed: number, span: Span): Diagnostic {
  const [has, needs] = [given, needed].map((count) => (count === 1 ? "1 layer" : `${count} layers`));
  return error("wrong-type", `\`${text}\` has the states of ${has}, but there are ${needs} here`, span, {
    help: "stack the same number of layers, or give each its own: `h = [a, b]`",
  });
}

interface Owner {
  readonly title: string;
  readonly states: readonly string[];
}

export function handedStates(given: Owner, needed: Owner, span: Span): Diagnostic {
  const told = ({ title, states }: Owner): string =>
    `\`${title}\` has ${states.length === 0 ? "no states" : `the ${states.length === 1 ? "state" : "states"} ${listed(states)}`}`;
  return error("wrong-type", `${told(given)}, but ${told(needed)}`, span, {
    help: "pass each state by its name: `h = last(enc)`",
  });
}

/** A state that is passed by its name as well. */
export function handedTwice(span: Span, states: Span): Diagnostic {
  return error("given-twice", "this state is also handed over by `states`", span, {
    labels: [{ span: states, text: "all states are handed over here" }],
    help: "remove one of them",
  });
}

/** A cell that carries states of cells which it applies: they have no name by which they could be passed. */
export function handedNested(title: string, span: Span): Diagnostic {
  return error("not-allowed", `\`${title}\` carries states of cells inside it, which cannot be handed over`, span, {
    help: "use a cell whose states are all its own",
  });
}

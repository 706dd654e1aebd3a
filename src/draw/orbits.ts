// Draws states and the steps between them: arrows from each state to the next, fixed points and cycles in colour. With energies, states
// of equal energy stand side by side, the highest ones above: a landscape in which arrows lead downhill.
import { groupedBy } from "../base/grouped.ts";
import { FONT, quote } from "./dot.ts";
import { svgOfDot } from "./svg.ts";

export interface DrawnState {
  /** `1 -1`. */
  readonly label: string;
  readonly energy?: number;
  /** Undefined: it is left again, and not part of a fixed point or cycle. */
  readonly rests?: "fixed point" | "cycle" | "set";
}

export interface DrawnStep {
  readonly from: number;
  readonly to: number;
  /** `k = 0`; "" for none. */
  readonly label: string;
}

export interface DrawnOrbits {
  readonly title: string;
  /** The name of the energy; undefined for none. */
  readonly energy?: string;
  readonly states: readonly DrawnState[];
  readonly steps: readonly DrawnStep[];
}

const LOOKS = {
  "fixed point": `fillcolor="#dff0d8" color="#2e8b40" penwidth=2.4`,
  cycle: `fillcolor="#fdeedd" color="#d0802f" penwidth=2.4`,
  set: `fillcolor="#fdeedd" color="#d0802f" penwidth=2.4`,
} as const;
const PLAIN = `fillcolor="#ffffff" color="#7d8792"`;

/** As SVG. Throws a UserError if Graphviz is not installed. */
export function drawOrbits(drawn: DrawnOrbits): Promise<string> {
  return svgOfDot(dotOfOrbits(drawn));
}

/** As Graphviz' DOT, without coordinates. */
export function dotOfOrbits({ title, energy, states, steps }: DrawnOrbits): string {
  const lines = [
    `digraph ${quote(title)} {`,
    `  graph [rankdir=TB bgcolor=white pad=0.3 nodesep=0.35 ranksep=0.55 fontname="${FONT}" fontsize=16 labelloc=t label=${quote(title)}]`,
    `  node [shape=box style="rounded,filled" fontname="${FONT}" fontsize=12 height=0.36]`,
    `  edge [color="#68707a" arrowsize=0.7 fontname="${FONT}" fontsize=10 fontcolor="#68707a"]`,
    ...(energy === undefined ? [] : levels(states, energy)),
    ...states.map(
      ({ label, rests }, index) => `  s${index} [label=${quote(label)} ${rests === undefined ? PLAIN : LOOKS[rests]}]`,
    ),
    ...joined(steps).map(
      ({ from, to, label }) => `  s${from} -> s${to}${label === "" ? "" : ` [label=${quote(label)}]`}`,
    ),
    "}",
  ];
  return `${lines.join("\n")}\n`;
}

/** A scale at the left, and the states of each energy beside its mark. */
function levels(states: readonly DrawnState[], energy: string): readonly string[] {
  const numbered = states.map((state, index) => ({ index, level: rounded(state.energy ?? NaN) }));
  const byLevel = groupedBy(numbered, ({ level }) => String(level));
  const ordered = [...byLevel].toSorted(([a], [b]) => Number(b) - Number(a));
  const mark = (index: number): string => `e${index}`;
  return [
    ...ordered.map(
      ([level], index) =>
        `  ${mark(index)} [shape=plain style="" fontcolor="#68707a" label=${quote(`${energy} = ${level}`)}]`,
    ),
    ...(ordered.length < 2
      ? []
      : [`  ${ordered.map((_, index) => mark(index)).join(" -> ")} [style=dotted arrowhead=none]`]),
    ...ordered.map(
      ([, own], index) => `  { rank=same; ${[mark(index), ...own.map((each) => `s${each.index}`)].join("; ")} }`,
    ),
  ];
}

/** Energies that differ by rounding only are one level. */
function rounded(energy: number): number {
  return Number(energy.toPrecision(5)) + 0;
}

/** Steps between the same two states are one arrow with all labels. */
function joined(steps: readonly DrawnStep[]): readonly DrawnStep[] {
  return [...groupedBy(steps, ({ from, to }) => `${from} ${to}`).values()].flatMap((own) => {
    const [first] = own;
    const labels = own.map(({ label }) => label).filter((label) => label !== "");
    return first === undefined ? [] : [{ ...first, label: labels.join("\n") }];
  });
}

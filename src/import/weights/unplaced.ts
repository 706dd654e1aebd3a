// What could not be placed, as a table for a person: arrays of theirs and weights of ours, those of one shape side by side.
import { UserError } from "../../base/diagnostic.ts";
import { assignments, Misfit } from "./assign.ts";
import { printShape } from "./map.ts";
import { weightsIn, type OurLayer, type OurWeight } from "./ours.ts";
import type { Placing } from "./placing.ts";
import { tensorsIn, type TheirLayer, type TheirTensor } from "./theirs.ts";

export interface Left {
  readonly tensors: readonly TheirTensor[];
  readonly weights: readonly OurWeight[];
  readonly theirs: readonly TheirLayer[];
  readonly ours: readonly OurLayer[];
}

const HEADING = ["theirs", "shape", "ours", "shape"];
const MOST_ROWS = 200;

export function unplaced(path: string, left: Left, placing: Placing): UserError {
  const rows = rowsOf(left, placing);
  const more = rows.length > MOST_ROWS ? [`and ${rows.length - MOST_ROWS} more`] : [];
  const lines = [
    `${path}: ${countOf(left)}`,
    ...aligned([HEADING, ...rows.slice(0, MOST_ROWS)]).map((line) => `  ${line}`),
    ...more,
    ...reasons(left, placing),
    "Map what is left as `THEIRS=OURS`; `THEIRS=` leaves an array out, and `=OURS` keeps the first values of a weight",
  ];
  return new UserError(lines.join("\n"));
}

function countOf({ tensors, weights }: Left): string {
  const [theirs, ours] = [counted(tensors.length, "array"), counted(weights.length, "weight")];
  if (weights.length === 0)
    return `${theirs} of the file ${tensors.length === 1 ? "has" : "have"} no place in the spec`;
  if (tensors.length === 0) return `the file has nothing for ${ours} of the spec`;
  return `${theirs} of the file and ${ours} of the spec do not fit by themselves`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

type Row = readonly string[];

/** Theirs in the order of the file, each beside the next of ours that has the same shape, or that of the transpose. */
function rowsOf({ tensors, weights }: Left, placing: Placing): readonly Row[] {
  const rest = weights.map((weight): Row => [weight.name, printShape(placing.shapeOf(weight))]);
  const rows = tensors.map((tensor): Row => {
    const shape = printShape(tensor.shape);
    const turned = printShape(tensor.shape.toReversed());
    const same = rest.findIndex(([, own]) => own === shape);
    const index = same < 0 ? rest.findIndex(([, own]) => own === turned) : same;
    const [own = ["", ""]] = index < 0 ? [] : rest.splice(index, 1);
    return [shownName(tensor.name), shape, ...own];
  });
  return [...rows, ...rest.map((own): Row => ["", "", ...own])];
}

const LONGEST = 60;

/** A name of a file may be anything. */
export function shownName(name: string): string {
  const plain = name.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "?");
  return plain.length > LONGEST ? `${plain.slice(0, LONGEST)}…` : plain;
}

function aligned(rows: readonly Row[]): readonly string[] {
  const widths = HEADING.map((_, column) =>
    rows.reduce((widest, row) => Math.max(widest, row[column]?.length ?? 0), 0),
  );
  return rows.map((row) =>
    row
      .map((entry, column) => entry.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

const MOST_REASONS = 8;

/** Of the first layers that are left: which ones they could be, or else why they are not the one at the same place. */
function reasons({ theirs, ours }: Left, placing: Placing): readonly string[] {
  return theirs.slice(0, MOST_REASONS).flatMap((layer) => {
    const others = ours.filter(({ kind }) => kind === layer.kind);
    const found = others.map((other) => ({ other, why: whyNot(layer, other, placing) }));
    const fitting = found.flatMap(({ other, why }) => (why === undefined ? [`\`${keyOf(other)}\``] : []));
    const their = `\`${shownName(keyOf(layer))}\``;
    if (fitting.length > 0) return [`${their} could be ${fitting.slice(0, MOST_REASONS).join(" or ")}`];
    const same = theirs.filter(({ kind }) => kind === layer.kind).indexOf(layer);
    const beside = found[Math.min(same, found.length - 1)];
    return beside === undefined ? [] : [`${their} is not \`${keyOf(beside.other)}\`: ${beside.why}`];
  });
}

function keyOf({ key, label }: TheirLayer | OurLayer): string {
  return key === "" ? label : key;
}

/** Undefined for layers that fit. */
function whyNot(theirs: TheirLayer, ours: OurLayer, placing: Placing): string | undefined {
  try {
    const wrong = placing.wrong(assignments(theirs, ours));
    if (wrong === undefined) return undefined;
    const [own, other] = [wrong.shape, placing.shapeOf(wrong.weight)].map(printShape);
    return `for \`${wrong.weight.name}\` it has ${own}, not ${other}`;
  } catch (problem) {
    if (problem instanceof Misfit) return problem.message;
    throw problem;
  }
}

/** What is left when all that fits is placed. */
export function leftOver(
  all: { readonly tensors: readonly TheirTensor[]; readonly weights: readonly OurWeight[] },
  layers: { readonly theirs: readonly TheirLayer[]; readonly ours: readonly OurLayer[] },
  placing: Placing,
): Left | undefined {
  const tensors = all.tensors.filter((tensor) => !placing.isUsed(tensor) && tensor.isCount !== true);
  const weights = all.weights.filter((weight) => !placing.isFilled(weight));
  if (tensors.length === 0 && weights.length === 0) return undefined;
  return {
    tensors,
    weights,
    theirs: layers.theirs.filter((layer) => tensorsIn(layer).some((tensor) => tensors.includes(tensor))),
    ours: layers.ours.filter((layer) => weightsIn(layer).some((weight) => weights.includes(weight))),
  };
}

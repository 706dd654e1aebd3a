// Whether labels without an alignment (`by ctc`) fit into the steps that they are read from: each takes a step, and so does a blank between
// two equal ones. Labels that do not fit have no path, so their loss would be infinite.

/** The fewest steps that have these labels. */
export function stepsForLabels(labels: readonly (number | string)[]): number {
  return labels.length + labels.filter((label, at) => at > 0 && label === labels[at - 1]).length;
}

interface Labels {
  /** The target, or a place in it. */
  readonly name: string;
  readonly labels: readonly (number | string)[];
  /** How many steps the model has for them. */
  readonly steps: number;
}

/** The error for labels that do not fit; undefined if they fit. */
export function labelsNotFit({ name, labels, steps }: Labels): string | undefined {
  const needed = stepsForLabels(labels);
  if (needed <= steps) return undefined;
  const blanks = needed - labels.length;
  const between = blanks === 0 ? "" : `, ${blanks} of them between equal labels`;
  return `\`${name}\` has ${labels.length} ${labels.length === 1 ? "label" : "labels"}, which take ${needed} ${needed === 1 ? "step" : "steps"}${between}, but the model reads them from ${steps}: no alignment is possible`;
}

// The numbers that a target may have, as its loss says.
export interface TargetRange {
  readonly least: number;
  /** Null if there is no greatest. */
  readonly most: number | null;
  readonly by: string;
}

export function isWithin(value: number, { least, most }: TargetRange): boolean {
  return value >= least && value <= (most ?? Infinity);
}

/** `from 0 to 1`. */
export function rangeText({ least, most }: TargetRange): string {
  return most === null ? `at least ${least}` : `from ${least} to ${most}`;
}

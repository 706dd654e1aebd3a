// How long sequences are: the inputs that say it, and what a mask of it looks like.

/** The input that says how many of a window's steps have a value so many steps ahead, `[B]`. */
export function lengthAhead(time: string, ahead: number): string {
  return `length ${time} ahead ${ahead}`;
}

/** The input that is 1 where a target has a value, else 0: `[T, B]`, or `[B]` for one value an example. */
export function labelledSteps(target: string): string {
  return `labelled ${target}`;
}

export interface MaskForm {
  /** Whether the time is a memory's axis. */
  readonly memory: boolean;
  /** Own axes behind the time. */
  readonly after?: number;
  /** Last steps that do not count. */
  readonly drop?: number;
}

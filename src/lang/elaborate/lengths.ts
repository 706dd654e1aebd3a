// How long sequences are: the inputs that say it, and what a mask of it looks like.

/** The input that says how many of a window's steps have a value so many steps ahead, `[B]`. */
export function lengthAhead(time: string, ahead: number): string {
  return `length ${time} ahead ${ahead}`;
}

export interface MaskForm {
  /** Whether the time is a memory's axis. */
  readonly memory: boolean;
  /** Own axes behind the time. */
  readonly after?: number;
  /** Last steps that do not count. */
  readonly drop?: number;
}

// Names of the inputs that say how long sequences are.

/** The input that says how many of a window's steps have a value so many steps ahead, `[B]`. */
export function lengthAhead(time: string, ahead: number): string {
  return `length ${time} ahead ${ahead}`;
}

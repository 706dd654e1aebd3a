// What a name stands for in a picture: a node at each step, or one node for all steps.

export interface Drawn {
  /** The node that holds it at a step; undefined where nothing is drawn (before the start). */
  readonly at: (step: number) => string | undefined;
  /** The sequence whose time it has, or null for a value without time. */
  readonly time: string | null;
  /** `h.c`: what else a cell has inside. */
  readonly members: ReadonlyMap<string, Drawn>;
}

export const NO_MEMBERS: ReadonlyMap<string, Drawn> = new Map();

export function single(id: string): Drawn {
  return { at: () => id, time: null, members: NO_MEMBERS };
}

// The kinds of entries in a list that a driver walks; the numbers stand in lists and in the drivers of all targets.

export const ENTRY = { end: 0, call: 1, loop: 2, again: 3, meet: 4, leave: 5 } as const;

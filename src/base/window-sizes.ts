// The sizes that only a window of truncated training has. No spec can write such names. And the length of a window that is a whole row.

/** The steps that a new window adds. */
export const NEW_STEPS = "new.steps";

/** The steps after which the states are kept, with which the next window begins. */
export const KEPT_STEPS = "kept.steps";

/** For k1 and k2: more steps than any sequence has. */
export const WHOLE_ROW = 2 ** 30;

/** The most steps of `each`: a step of the backward pass has a copy of its operations for each of them. */
export const MOST_EACH = 100;

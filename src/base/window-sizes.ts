// The sizes that only a window of truncated training has. No spec can write such names.

/** The steps that a new window adds. */
export const NEW_STEPS = "new.steps";

/** The steps after which the states are kept, with which the next window begins. */
export const KEPT_STEPS = "kept.steps";

// Numbers of a training run that neither the caller nor the spec gives. `steps`: of running text, from one cut to the next.

export const DEFAULTS = { batch: 32, epochs: 1, seed: 1, steps: 64 };

// What a user gives to a trainer and to its updates, and what an update returns. `npm run generate` copies these types into those of modules.

export interface TrainerOptions {
  /** Another learning rate than that of the spec; the kind of optimizer and its other settings are compiled. */
  readonly optimizer?: { readonly kind?: string; readonly lr?: number };
  /** Decides the numbers of dropout. */
  readonly seed?: number;
  /** Whether each batch is the next chunk of longer sequences, and begins with the last states of the batch before. Default: false. */
  readonly carriesState?: boolean;
  /** An update every `k1` steps. */
  readonly k1?: number;
  /** Gradients go back through `k2` steps. Another `k2` than `k1` is compiled if `truncate` of the spec has one that is greater, or smaller, too. */
  readonly k2?: number;
  /** Sets both. Default: one update through whole sequences. */
  readonly steps?: number;
}

export interface UpdateOptions {
  readonly lengths?: Readonly<Record<string, ArrayLike<number>>>;
  /** With `carriesState`: whether the batch starts new sequences. Default: true for the first update only. */
  readonly isFresh?: boolean;
  /** Scales the learning rate, as a schedule does. Default: 1. */
  readonly rate?: number;
}

export interface Updated {
  /** The loss of the batch before the update: the mean over all steps that are not padding. */
  readonly loss: number;
  /** The norm of the whole gradient, before it was clipped to a norm. */
  readonly norm: number;
}

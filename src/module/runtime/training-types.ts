// What a user gives to a trainer and to its updates, and what an update returns. `npm run generate` copies these types into those of modules.

export interface TrainerOptions {
  /** Another learning rate than that of the spec; the kind of optimizer and its other settings are compiled. */
  readonly optimizer?: { readonly kind?: string; readonly lr?: number };
  /** Decides the numbers of dropout. */
  readonly seed?: number;
  /** Whether each batch is the next chunk of longer sequences, and begins with the last states of the batch before. Default: false. */
  readonly carriesState?: boolean;
  /** An update every `steps` steps, with gradients through as many. Default: one update through whole sequences. */
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

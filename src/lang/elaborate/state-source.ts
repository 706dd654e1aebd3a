// Where a state comes from, and how what is carried begins.

/** How a carried value begins. */
export interface Start {
  readonly name: string;
  readonly initial: string;
  /** The last value of an example without steps. */
  readonly empty: string;
}

/** Where a state comes from: `id` is a node outside the scan, or a value inside it that the caller passes at every step. */
export type StateSource =
  /**
   * `isOpen`: it was not passed, so a program that takes its states from outside has an input for it. `empty`: what the last value of an
   * example without steps is, if not the first value.
   */
  | {
      readonly kind: "before-first";
      readonly id: string;
      readonly isOpen: boolean;
      readonly empty?: string | undefined;
    }
  | { readonly kind: "each-step"; readonly id: string };

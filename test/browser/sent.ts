// The messages between Node and a page: plain lists, which playwright sends unchanged, including NaN and infinities.
import type { HostArray } from "../../src/targets/target.ts";

export interface SentArray {
  readonly dtype: HostArray["dtype"];
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

export interface Asked {
  /** As `printGraph` writes it. */
  readonly graph: string;
  readonly inputs: readonly (readonly [string, Omit<SentArray, "dtype">])[];
  readonly sizes: readonly (readonly [string, number])[];
}

/** Results by output name. */
export type Found = readonly (readonly [string, SentArray])[];

// What Node and a page send each other: plain lists, which playwright carries as they are, NaN and infinities too.
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

// What a module knows of how its weights are stored. All are 32-bit floats in memory.

export interface StoredWeights {
  /** The bytes that a weight takes. */
  readonly bytesOf: (shape: readonly number[]) => number;
  /** Widens a weight from its bytes into `out`. */
  readonly widen: (shape: readonly number[], bytes: Uint8Array, out: Float32Array) => void;
}

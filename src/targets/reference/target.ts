// The reference target: float64 in host memory. Tests compare the results of the other targets with it.
// Integers are floats here too, so a downloaded array always has the type `float`.
import type { NdArray } from "../../ops/nd.ts";
import { checkCount } from "../inputs.ts";
import type { HostArray, Target } from "../target.ts";
import { interpret } from "./interpreter.ts";

export function referenceTarget(): Target<NdArray> {
  return {
    name: "reference",
    upload: (array) => {
      checkCount(array);
      // Integers of 32 bits, as on the other targets.
      const whole = array.dtype === "int" ? Int32Array.from(array.data) : array.data;
      return { shape: array.shape, data: Float64Array.from(whole) };
    },
    download: (array) => Promise.resolve(copied(array)),
    downloadNow: copied,
    shape: ({ shape }) => shape,
    dispose: () => undefined,
    compile: interpret,
  };
}

function copied({ shape, data }: NdArray): HostArray {
  return { dtype: "float", shape, data: data.slice() };
}

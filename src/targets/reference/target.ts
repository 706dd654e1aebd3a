// The reference target: float64 in host memory. All that another target computes is compared with it.
// Integers are kept as floats too, so that what is downloaded always says `float`.
import type { NdArray } from "../../ops/nd.ts";
import { checkCount } from "../inputs.ts";
import type { HostArray, Target } from "../target.ts";
import { interpret } from "./interpreter.ts";

export function referenceTarget(): Target<NdArray> {
  return {
    name: "reference",
    upload: (array) => {
      checkCount(array);
      // Whole numbers of 32 bits, as on the others.
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

// tfjs-layers in its usual form: a model of an LSTM and a dense layer at each step, and `trainOnBatch` with Adam. It does not clip.
import type * as Tf from "@tensorflow/tfjs";
import { OUTPUTS, type Workload } from "../workload.ts";
import { RATE } from "./training.ts";
import { tensorOf, type Tfjs } from "./tfjs-layers.ts";

export interface Fitted {
  readonly once: () => Promise<unknown>;
  readonly dispose: () => void;
}

/** On tfjs' current backend. */
export function layersFit(tf: Tfjs, load: Workload): Fitted {
  const { T, I, H } = load;
  const model: Tf.LayersModel = tf.sequential({
    layers: [
      tf.layers.lstm({
        units: H,
        inputShape: [T, I],
        returnSequences: true,
        recurrentActivation: "sigmoid",
        // The default needs a decomposition that takes minutes.
        recurrentInitializer: "glorotNormal",
      }),
      tf.layers.dense({ units: OUTPUTS }),
    ],
  });
  model.compile({ optimizer: tf.train.adam(RATE), loss: "meanSquaredError" });
  const [x, y] = [tensorOf(tf, load, "x"), tensorOf(tf, load, "y")];
  return {
    once: () => model.trainOnBatch(x, y),
    dispose: () => {
      for (const each of [model, x, y]) each.dispose();
    },
  };
}

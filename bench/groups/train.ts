// Updates: forward, gradient, clipping by norm, Adam; of a cell with a dense layer and squared error at each step.
import { TRAINED } from "../cases.ts";
import { ourTraining } from "../contestants/recurra.ts";
import { trainingFlops } from "../flops.ts";
import type { Measuring } from "../measure.ts";
import type { Peers } from "../peers.ts";
import type { Row } from "../results.ts";
import { measureLoads, type Loads } from "./loads.ts";

export function measureTraining(
  peers: Peers,
  measuring: Measuring,
  report: (what: string) => void,
): Promise<readonly Row[]> {
  const contestants: Loads["contestants"] = async (load, weights) => [
    ...(await ourTraining(load, weights)),
    ...(await peers.training(load, weights)),
  ];
  return measureLoads({ what: "train", lists: TRAINED, flops: trainingFlops, contestants }, measuring, report);
}

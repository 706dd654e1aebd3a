// Inference: all outputs of a cell for whole sequences.
import { RUN } from "../cases.ts";
import { ourRun } from "../contestants/recurra.ts";
import { runFlops } from "../flops.ts";
import type { Measuring } from "../measure.ts";
import type { Peers } from "../peers.ts";
import type { Row } from "../results.ts";
import { measureLoads, type Loads } from "./loads.ts";

export function measureRuns(
  peers: Peers,
  measuring: Measuring,
  report: (what: string) => void,
): Promise<readonly Row[]> {
  const contestants: Loads["contestants"] = async (load, weights) => [
    ...(await ourRun(load, weights)),
    ...(await peers.running(load, weights)),
  ];
  return measureLoads({ what: "run", lists: RUN, flops: runFlops, contestants }, measuring, report);
}

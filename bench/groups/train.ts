// Updates: forward, gradient, clipping by norm, Adam; of a cell with a dense layer and squared error at each step.
import { TRAINED } from "../cases.ts";
import { ourTraining } from "../contestants/recurra.ts";
import { trainingFlops } from "../flops.ts";
import { measureTogether, type Entry, type Measuring } from "../measure.ts";
import type { Peers } from "../peers.ts";
import type { Row } from "../results.ts";
import { caseName, weightsOf, type Workload } from "../workload.ts";

export async function measureTraining(
  peers: Peers,
  measuring: Measuring,
  tell: (what: string) => void,
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const loads of TRAINED) {
    tell(`train ${loads.map(caseName).join(", ")}`);
    const entries: Entry[] = [];
    for (const load of loads) entries.push(...(await entriesOf(load, peers)));
    rows.push(...(await measureTogether(entries, measuring)));
  }
  return rows;
}

async function entriesOf(load: Workload, peers: Peers): Promise<readonly Entry[]> {
  const weights = weightsOf(load);
  const flops = trainingFlops(load);
  const contestants = [...(await ourTraining(load, weights)), ...(await peers.training(load, weights))];
  return contestants.map((contestant) => ({ case: caseName(load), what: "train", contestant, flops }));
}

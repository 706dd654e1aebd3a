// Inference: all outputs of a cell for whole sequences.
import { RUN } from "../cases.ts";
import { ourRun } from "../contestants/recurra.ts";
import { runFlops } from "../flops.ts";
import { measureTogether, type Entry, type Measuring } from "../measure.ts";
import type { Peers } from "../peers.ts";
import type { Row } from "../results.ts";
import { caseName, weightsOf, type Workload } from "../workload.ts";

export async function measureRuns(
  peers: Peers,
  measuring: Measuring,
  tell: (what: string) => void,
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const loads of RUN) {
    tell(`run ${loads.map(caseName).join(", ")}`);
    const entries: Entry[] = [];
    for (const load of loads) entries.push(...(await entriesOf(load, peers)));
    rows.push(...(await measureTogether(entries, measuring)));
  }
  return rows;
}

async function entriesOf(load: Workload, peers: Peers): Promise<readonly Entry[]> {
  const weights = weightsOf(load);
  const flops = runFlops(load);
  const contestants = [...(await ourRun(load, weights)), ...(await peers.running(load, weights))];
  return contestants.map((contestant) => ({ case: caseName(load), what: "run", contestant, flops }));
}

// The workloads of a cell. Those of one list are measured in turn.
import type { Contestant } from "../contestant.ts";
import { measureTogether, type Entry, type Measuring } from "../measure.ts";
import type { Row } from "../results.ts";
import { caseName, weightsOf, type Weights, type Workload } from "../workload.ts";

export interface Loads {
  readonly what: "train" | "run";
  readonly lists: readonly (readonly Workload[])[];
  readonly flops: (load: Workload) => number;
  readonly contestants: (load: Workload, weights: Weights) => Promise<readonly Contestant[]>;
}

export async function measureLoads(
  { what, lists, flops, contestants }: Loads,
  measuring: Measuring,
  report: (what: string) => void,
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const list of lists) {
    const loads = list.filter((load) => measuring.chosen.isCase(caseName(load)));
    if (loads.length === 0) continue;
    report(`${what} ${loads.map(caseName).join(", ")}`);
    const entries: Entry[] = [];
    for (const load of loads) {
      const shared = { case: caseName(load), what, flops: flops(load) };
      for (const contestant of await contestants(load, weightsOf(load))) entries.push({ ...shared, contestant });
    }
    rows.push(...(await measureTogether(entries, measuring)));
  }
  return rows;
}

// What the page measures: updates in turn, on the visitor's GPU: ours fused, ours op by op, and tfjs-layers where it has the cell.
import * as tf from "@tensorflow/tfjs";
import "@tensorflow/tfjs-backend-webgpu";
import { webgpuTarget } from "../../../src/targets/tfjs/fused/target.ts";
import { tfjsTarget } from "../../../src/targets/tfjs/target.ts";
import { repeated, SHORT_REST, type Contestant } from "../../contestant.ts";
import { layersFit } from "../../contestants/tfjs-layers-fit.ts";
import { agree } from "../../measure.ts";
import { median } from "../../median.ts";
import { FULL, inTurn, QUICK } from "../../turns.ts";
import { caseName, weightsOf, type Workload } from "../../workload.ts";
import { ourTraining } from "../ours.ts";

/** The cases by the value of `?sizes=`. */
export const CASES: Readonly<Record<"usual" | "tiny", readonly Workload[]>> = {
  usual: [
    { cell: "LSTM", B: 32, T: 50, I: 64, H: 128 },
    { cell: "LSTM", B: 64, T: 128, I: 256, H: 256 },
    { cell: "GRU", B: 64, T: 128, I: 256, H: 256 },
    { cell: "LEM", B: 64, T: 128, I: 256, H: 256 },
  ],
  // To try the page.
  tiny: [
    { cell: "LSTM", B: 2, T: 3, I: 4, H: 5 },
    { cell: "LEM", B: 2, T: 3, I: 4, H: 5 },
  ],
};
export type Sizes = keyof typeof CASES;

export interface PageRow {
  readonly case: string;
  readonly who: string;
  /** Milliseconds of an update, the median. */
  readonly ms: number;
  /** How many times as long as the first contestant: the median of the ratios of samples taken in one round. */
  readonly ratio: number;
  readonly samples: number;
}

export interface PageResults {
  readonly adapter: string;
  readonly browser: string;
  readonly date: string;
  readonly rows: readonly PageRow[];
}

interface Browser {
  readonly gpu?: GPU;
  readonly userAgent: string;
}

/** The types of this project are Node's. */
function browser(): Browser {
  return Reflect.get(globalThis, "navigator");
}

/** `vendor, architecture, device, description`, as far as the browser tells them. Throws an Error if there is no GPU. */
export async function adapterName(): Promise<string> {
  const adapter = await browser().gpu?.requestAdapter({ powerPreference: "high-performance" });
  if (adapter === null || adapter === undefined) throw new Error("this browser gives no GPU: WebGPU has no adapter");
  const { vendor, architecture, device, description } = adapter.info;
  const words = [...new Set([vendor, architecture, device, description])].filter((word) => word !== "");
  return words.length === 0 ? "an adapter without a name" : words.join(", ");
}

/** Calls `report` before each case, and with each row. */
export async function measure(
  sizes: Sizes,
  report: (what: string, rows: readonly PageRow[]) => void,
): Promise<PageResults> {
  const adapter = await adapterName();
  const rows: PageRow[] = [];
  for (const load of CASES[sizes]) {
    report(caseName(load), rows);
    const contestants = await contestantsOf(load);
    // The first updates compile, and show whether our forms compute the same.
    const losses: (readonly number[])[] = [];
    for (const contestant of contestants) losses.push(await contestant.first());
    const [own = [], other = []] = losses;
    if (!agree(other, own))
      throw new Error(`${caseName(load)}: losses of our two forms differ: ${own.join()}; ${other.join()}`);
    const samples = await inTurn(contestants, sizes === "tiny" ? QUICK : FULL);
    const first = samples[0] ?? [];
    contestants.forEach(({ who }, index) => {
      const own = samples[index] ?? [];
      const pairs = Math.min(own.length, first.length);
      const ratios = Array.from({ length: pairs }, (_, round) => (own[round] ?? NaN) / (first[round] ?? NaN));
      rows.push({ case: caseName(load), who, ms: median(own), ratio: median(ratios), samples: own.length });
    });
    for (const contestant of contestants) await contestant.dispose();
  }
  return { adapter, browser: browser().userAgent, date: new Date().toISOString(), rows };
}

async function contestantsOf(load: Workload): Promise<readonly Contestant[]> {
  const weights = weightsOf(load);
  const [fused, ops] = [await webgpuTarget(), await tfjsTarget("webgpu")];
  const ours = [ourTraining("recurra-fused", fused, load, weights), ourTraining("recurra-ops", ops, load, weights)];
  if (load.cell !== "LSTM") return ours;
  await tf.setBackend("webgpu");
  const fitted = layersFit(tf, load);
  const once = async (): Promise<number> => {
    await fitted.once();
    return 0;
  };
  const layers = repeated({ who: "tfjs-layers", threads: 1, once, compared: 0, dispose: fitted.dispose });
  return [...ours, { ...layers, rest: SHORT_REST }];
}

/** For the page's own script. */
Reflect.set(globalThis, "recurra", { adapterName, measure, CASES });

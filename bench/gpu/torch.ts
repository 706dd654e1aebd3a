// PyTorch on the same GPU: cuDNN's cells, other cells written out, and PyTorch's compilers for those. Each form that may be stopped early
// runs in its own process.
import type { Contestant } from "../contestant.ts";
import { hasTorch, Torch, type TorchPlace, type TorchWay } from "../contestants/torch.ts";
import { OUTPUTS, type Weights } from "../workload.ts";
import { beside } from "./beside.ts";
import type { Measured } from "./cases.ts";

/** The limit of steps for compiling the unrolled loop, which takes too long beyond it. */
const LONGEST_COMPILED = 128;
const NATIVE = ["LSTM", "GRU"];

export interface TorchSettings {
  readonly device: string;
  readonly python: string;
  /** The seconds to wait for one answer. */
  readonly timeout: number;
  /** Whether \`torch.compile\` is measured, which takes minutes. */
  readonly compiles: boolean;
}

export interface Torches {
  readonly versions: Readonly<Record<string, string>>;
  readonly missing: readonly string[];
  /** Calls `report` for each form that does not work, and leaves it out. */
  open(measured: Measured, weights: Weights, report: (problem: string) => void): Promise<readonly Contestant[]>;
  stop(): void;
}

export async function openTorches({ device, python, timeout, compiles }: TorchSettings): Promise<Torches> {
  const none: Torches = { versions: {}, missing: [], open: async () => [], stop: () => {} };
  if (device !== "cuda" && device !== "cpu") return { ...none, missing: ["PyTorch: it was not requested"] };
  const place: TorchPlace = { python, device, server: beside("torch/serve.py"), timeout: 1000 * timeout };
  if (!hasTorch(place)) return { ...none, missing: [`PyTorch: \`${python}\` does not have it for ${device}`] };
  const open = new Map<TorchWay, Torch>();
  const processFor = async (way: TorchWay): Promise<Torch> => {
    // Forms that need no compiling share one process.
    const key = way.startsWith("native") ? "custom" : way;
    const known = open.get(key);
    if (known !== undefined && !known.hasEnded) return known;
    known?.stop();
    const started = await Torch.start(1, place);
    open.set(key, started);
    return started;
  };
  const { version } = await processFor("custom");
  return {
    versions: { PyTorch: version },
    missing: [],
    open: async ({ what, load }, weights, report) => {
      const { cell, B, T, I, H, S } = load;
      if (load.ragged === true) return [];
      // One step of a cell is a run of one step; serve.py's `step` is that of a character model.
      const memory = S === undefined ? {} : { S };
      const opening = {
        what: what === "train" ? "train" : "run",
        cell,
        sizes: { B, T, I, H, O: OUTPUTS, ...memory },
        weights,
      } as const;
      const contestants: Contestant[] = [];
      for (const way of waysFor({ what, load }, device, compiles)) {
        try {
          contestants.push(await (await processFor(way)).open(way, opening));
        } catch (error) {
          report(`${what} ${cell}, torch-${way}: ${error instanceof Error ? error.message : String(error)}`);
        }
      }
      return contestants;
    },
    stop: () => open.forEach((torch) => torch.stop()),
  };
}

function waysFor(
  { what, load: { cell, T } }: Measured,
  device: "cpu" | "cuda",
  compiles: boolean,
): readonly TorchWay[] {
  const native: readonly TorchWay[] = device === "cuda" ? ["native", "native-tf32"] : ["native"];
  if (NATIVE.includes(cell)) return native;
  if (what !== "train") return ["custom"];
  const whole = T > LONGEST_COMPILED ? [] : (["compile"] as const);
  const compiled: readonly TorchWay[] = compiles ? ["compile-step", ...whole] : [];
  return device === "cuda" ? ["custom", "graph", ...compiled] : ["custom", ...compiled];
}

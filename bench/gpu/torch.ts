// PyTorch on the same GPU: cuDNN's cells, other cells written out, and PyTorch's compilers for those. Each form that may be stopped early
// runs in its own process.
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Contestant } from "../contestant.ts";
import { hasTorch, Torch, type TorchPlace, type TorchWay } from "../contestants/torch.ts";
import { OUTPUTS, type Weights, type Workload } from "../workload.ts";

/** The limit of steps for compiling the unrolled loop, which takes too long beyond it. */
const LONGEST_COMPILED = 128;
const NATIVE = ["LSTM", "GRU"];

export interface TorchSettings {
  readonly device: string;
  readonly python: string;
  /** The seconds to wait for one answer. */
  readonly timeout: number;
}

export interface Torches {
  readonly versions: Readonly<Record<string, string>>;
  readonly missing: readonly string[];
  /** Calls `report` for each form that does not work, and leaves it out. */
  training(load: Workload, weights: Weights, report: (problem: string) => void): Promise<readonly Contestant[]>;
  stop(): void;
}

export async function openTorches({ device, python, timeout }: TorchSettings): Promise<Torches> {
  const none: Torches = { versions: {}, missing: [], training: async () => [], stop: () => {} };
  if (device !== "cuda" && device !== "cpu") return { ...none, missing: ["PyTorch: it was not requested"] };
  const place: TorchPlace = { python, device, server: serverFile(), timeout: 1000 * timeout };
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
    training: async (load, weights, report) => {
      const { cell, B, T, I, H } = load;
      const opening = { what: "train", cell, sizes: { B, T, I, H, O: OUTPUTS }, weights } as const;
      const contestants: Contestant[] = [];
      for (const way of waysFor(load, device)) {
        try {
          contestants.push(await (await processFor(way)).open(way, opening));
        } catch (error) {
          report(`train ${cell}, torch-${way}: ${error instanceof Error ? error.message : String(error)}`);
        }
      }
      return contestants;
    },
    stop: () => open.forEach((torch) => torch.stop()),
  };
}

function waysFor({ cell, T }: Workload, device: "cpu" | "cuda"): readonly TorchWay[] {
  if (NATIVE.includes(cell)) return device === "cuda" ? ["native", "native-tf32"] : ["native"];
  const whole = T > LONGEST_COMPILED ? [] : (["compile"] as const);
  return device === "cuda" ? ["custom", "graph", "compile-step", ...whole] : ["custom", "compile-step"];
}

/** In the package it is beside the bundle. */
function serverFile(): string {
  const packed = join(import.meta.dirname, "torch/serve.py");
  return existsSync(packed) ? packed : join(import.meta.dirname, "../torch/serve.py");
}

// PyTorch on the same GPU: cuDNN's cells, other cells written out, and PyTorch's compilers for those. Each form that may be stopped early
// runs in its own process.
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Contestant } from "../contestant.ts";
import { hasTorch, Torch, type TorchPlace, type TorchWay } from "../contestants/torch.ts";
import { OUTPUTS, type Weights, type Workload } from "../workload.ts";

/** Steps beyond which compiling the unrolled whole takes longer than anyone waits. */
const LONGEST_COMPILED = 128;
const NATIVE = ["LSTM", "GRU"];

export interface TorchSettings {
  readonly device: string;
  readonly python: string;
  /** Seconds for one answer. */
  readonly patience: number;
}

export interface Torches {
  readonly versions: Readonly<Record<string, string>>;
  readonly missing: readonly string[];
  /** Tells of each way that does not work, and leaves it out. */
  training(load: Workload, weights: Weights, tell: (problem: string) => void): Promise<readonly Contestant[]>;
  stop(): void;
}

export async function openTorches({ device, python, patience }: TorchSettings): Promise<Torches> {
  const none: Torches = { versions: {}, missing: [], training: async () => [], stop: () => {} };
  if (device !== "cuda" && device !== "cpu") return { ...none, missing: ["PyTorch: not asked for"] };
  const place: TorchPlace = { python, device, server: serverFile(), patience: 1000 * patience };
  if (!hasTorch(place)) return { ...none, missing: [`PyTorch: \`${python}\` has none for ${device}`] };
  const open = new Map<TorchWay, Torch>();
  const processFor = async (way: TorchWay): Promise<Torch> => {
    // Those that need no patience share one.
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
    training: async (load, weights, tell) => {
      const { cell, B, T, I, H } = load;
      const opening = { what: "train", cell, sizes: { B, T, I, H, O: OUTPUTS }, weights } as const;
      const contestants: Contestant[] = [];
      for (const way of waysFor(load, device)) {
        try {
          contestants.push(await (await processFor(way)).open(way, opening));
        } catch (error) {
          tell(`train ${cell}, torch-${way}: ${error instanceof Error ? error.message : String(error)}`);
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

/** In a package it stands beside the bundle. */
function serverFile(): string {
  const packed = join(import.meta.dirname, "torch/serve.py");
  return existsSync(packed) ? packed : join(import.meta.dirname, "../torch/serve.py");
}

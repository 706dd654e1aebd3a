// The peers that are installed.
import { availableParallelism } from "node:os";
import { jaxTraining, openJax } from "./contestants/jax-js.ts";
import { openOrt, ortRun } from "./contestants/ort.ts";
import { installedVersion, PEERS_INSTALL } from "./contestants/peer.ts";
import { layersRun, layersTraining, openTfjs } from "./contestants/tfjs-layers.ts";
import { hasTorch, Torch, TORCH_INSTALL, type Opening } from "./contestants/torch.ts";
import type { Contestant } from "./contestant.ts";
import { OUTPUTS, type Weights, type Workload } from "./workload.ts";

export interface Peers {
  training(load: Workload, weights: Weights): Promise<readonly Contestant[]>;
  running(load: Workload, weights: Weights): Promise<readonly Contestant[]>;
  /** PyTorch's `LSTMCell` in a character model. */
  stepping(H: number, weights: Weights): Promise<readonly Contestant[]>;
  readonly versions: Readonly<Record<string, string>>;
  readonly missing: readonly { readonly who: string; readonly install: string }[];
  stop(): void;
}

export const NO_PEERS: Peers = {
  training: async () => [],
  running: async () => [],
  stepping: async () => [],
  versions: {},
  missing: [],
  stop: () => {},
};

/** PyTorch has cells of its own for these. */
const NATIVE = ["LSTM", "GRU"];
/** The limit of steps for tfjs-layers and jax-js. They unroll, and would take longer than all other contestants together. */
const LONGEST_UNROLLED = 100;

/** TorchScript is deprecated since PyTorch 2, whose compiler takes the step of a cell. */
function compiledBy([torch]: readonly Torch[]): "script" | "compile-step" {
  return torch?.version.startsWith("1.") === true ? "script" : "compile-step";
}

export async function openPeers(): Promise<Peers> {
  const [tf, jax, ort] = [await openTfjs(), await openJax(), await openOrt()];
  const torches = hasTorch() ? [await Torch.start(1), await Torch.start(2)] : [];
  const fromTorch = async (opening: Opening): Promise<Contestant[]> => {
    const isNative = NATIVE.includes(opening.cell);
    const native = isNative ? (["native"] as const) : [];
    const ways = opening.what === "step" ? native : ([...native, "custom", "equations", compiledBy(torches)] as const);
    const all: Contestant[] = [];
    for (const torch of torches) for (const how of ways) all.push(await torch.open(how, opening));
    return all;
  };
  const opening = (what: "train" | "run", { cell, B, T, I, H }: Workload, weights: Weights): Opening => {
    return { what, cell, sizes: { B, T, I, H, O: OUTPUTS }, weights };
  };
  const installed = (all: readonly (Contestant | undefined)[]): Contestant[] =>
    all.filter((each) => each !== undefined);
  return {
    training: async (load, weights) => {
      const unrolled =
        load.T > LONGEST_UNROLLED
          ? []
          : [layersTraining(tf, load, weights), jax === undefined ? undefined : jaxTraining(jax, load, weights)];
      return installed([...unrolled, ...(await fromTorch(opening("train", load, weights)))]);
    },
    running: async (load, weights) => {
      const threads = [...new Set([1, availableParallelism()])];
      const sessions = ort === undefined ? [] : threads.map((count) => ortRun(ort, load, weights, count));
      const ours = [layersRun(tf, load, weights), ...(await Promise.all(sessions))];
      return installed([...ours, ...(await fromTorch(opening("run", load, weights)))]);
    },
    stepping: async (H, weights) =>
      fromTorch({ what: "step", cell: "LSTM", sizes: { B: 1, T: 1, I: 0, H, O: 0 }, weights }),
    versions: {
      tfjs: tf.version.tfjs,
      ...(jax === undefined ? {} : { "jax-js": installedVersion("@jax-js/jax") }),
      ...(ort === undefined ? {} : { "onnxruntime-node": installedVersion("onnxruntime-node") }),
      ...(torches[0] === undefined ? {} : { PyTorch: torches[0].version }),
    },
    missing: [
      ...(jax === undefined ? [{ who: "jax-js-wasm", install: PEERS_INSTALL }] : []),
      ...(ort === undefined ? [{ who: "ort-node", install: PEERS_INSTALL }] : []),
      ...(torches.length === 0 ? [{ who: "torch", install: TORCH_INSTALL }] : []),
    ],
    stop: () => torches.forEach((torch) => torch.stop()),
  };
}

// Whether loops run in slices on a device. A wait that gives up leaves a mark on the device; the same submission then computes the loop
// again by examples, so no value is lost. The host reads the mark with the next values, and lets no workgroup of that device wait any more:
// one slice that holds all weights, which waits for nothing, is used on.
import { WITHOUT_WAITING } from "../../../codegen/wgsl/loop-plan.ts";
import type { SliceLimits } from "../../../codegen/wgsl/slices.ts";
import { importTfjs } from "../module.ts";
import { lacksGpu } from "../webgpu.ts";
import type { Gpu } from "./gpu.ts";
import { probe } from "./probe.ts";

export class Slicing {
  #limits: SliceLimits | null;
  readonly #tell: (sentence: string) => void;
  constructor(limits: SliceLimits | null, tell: (sentence: string) => void) {
    this.#limits = limits;
    this.#tell = tell;
  }

  /** Null if slices are not used. */
  get limits(): SliceLimits | null {
    return this.#limits;
  }

  /** Whether workgroups may wait for each other. */
  get mayWait(): boolean {
    return this.#limits !== null && this.#limits.waits !== false;
  }

  /** A wait has given up: no workgroup waits any more. */
  readonly refuse = (): void => {
    if (!this.mayWait) return;
    this.#limits = WITHOUT_WAITING;
    this.#tell(
      "workgroups of this GPU waited for each other in vain: what they computed was computed again, and no workgroup waits for another one from now on",
    );
  };
}

/** Kept by device: the probe runs once, and what gave up stays given up. */
const known = new WeakMap<Gpu, Promise<Slicing>>();

export async function slicingOn(gpu: Gpu, wanted: "auto" | "off" | SliceLimits): Promise<Slicing> {
  if (wanted === "off") return NO_SLICES;
  if (wanted !== "auto") return new Slicing(wanted, tell);
  const slicing = known.get(gpu) ?? probed(gpu);
  known.set(gpu, slicing);
  return slicing;
}

async function probed(gpu: Gpu): Promise<Slicing> {
  if (!(await areAllowed()) || (await lacksGpu()) !== null) return NO_SLICES;
  return new Slicing((await probe(gpu)) ?? WITHOUT_WAITING, tell);
}

/** A flag of tfjs, so that a page can set it by its address; in Node an environment variable. */
const FLAG = "RECURRA_SLICES";

async function areAllowed(): Promise<boolean> {
  const tf = await importTfjs("webgpu");
  tf.env().registerFlag(FLAG, () => globalThis.process?.env?.[FLAG] !== "off");
  return tf.env().getBool(FLAG);
}

/** Training and inference go on, so it is no error of theirs: Node prints a warning, and a page's console shows one. */
function tell(sentence: string): void {
  if (typeof globalThis.process?.emitWarning === "function") process.emitWarning(sentence, "Recurra");
  // oxlint-disable-next-line no-console -- a page has no other place for it
  else console.warn(sentence);
}

export const NO_SLICES = new Slicing(null, () => undefined);

// Schedules recorded instructions: drops those whose results are not needed, and releases each value right after its last use.
import { at } from "../../base/invariant.ts";
import type { Device } from "./device.ts";
import { read, type Instruction, type Slots, type Trace } from "./trace.ts";

export interface Schedule {
  /** Slots that the instructions read but do not fill. */
  readonly reads: readonly number[];
  readonly run: (slots: Slots) => void;
}

/**
 * `results` are the slots that stay after the run. `given` are slots that the caller fills; the schedule takes over their values.
 * All given values, and those that the instructions fill, are released unless a result uses their memory.
 */
export function schedule(
  trace: Trace,
  recorded: readonly Instruction[],
  results: readonly number[],
  given: readonly number[],
): Schedule {
  const needed = new Set(results);
  const kept = recorded
    .toReversed()
    .filter((instruction) => {
      const isNeeded = instruction.writes.some((slot) => needed.has(slot));
      if (isNeeded) for (const slot of instruction.reads) needed.add(slot);
      return isNeeded;
    })
    .toReversed();
  const root = (slot: number): number => at(trace.rootOf, slot, "tfjs");
  const filled = new Set(kept.flatMap((instruction) => instruction.writes));
  const owned = new Set([...given, ...filled].map(root).filter((slot) => filled.has(slot) || given.includes(slot)));
  const lastUse = new Map<number, number>([...owned].map((slot) => [slot, -1]));
  kept.forEach(({ reads, writes }, index) => {
    for (const slot of [...reads, ...writes]) if (owned.has(root(slot))) lastUse.set(root(slot), index);
  });
  for (const slot of results) lastUse.delete(root(slot));
  const dead: number[][] = kept.map(() => []);
  const unused: number[] = [];
  for (const [slot, index] of lastUse) (dead[index] ?? unused).push(slot);
  const steps = kept.map((instruction, index) => ({ run: instruction.run, dead: dead[index] ?? [] }));
  const reads = [...new Set(kept.flatMap((instruction) => instruction.reads))].filter((slot) => !filled.has(slot));
  return {
    reads,
    run: (slots) => {
      release(trace.device, slots, unused);
      for (const step of steps) {
        step.run(slots);
        if (step.dead.length > 0) release(trace.device, slots, step.dead);
      }
    },
  };
}

function release(device: Device, slots: Slots, dead: readonly number[]): void {
  for (const slot of dead) {
    device.release(read(slots, slot));
    slots[slot] = undefined;
  }
}

/** Ensures that each result has its own reference: that of its root, if the root is owned and has no other result yet, or a new one. */
export function retainer(
  trace: Trace,
  results: readonly number[],
  isOwned: (root: number) => boolean,
): (slots: Slots) => void {
  const taken = new Set<number>();
  const extra = results.filter((slot) => {
    const root = at(trace.rootOf, slot, "tfjs");
    const isFirst = isOwned(root) && !taken.has(root);
    taken.add(root);
    return !isFirst;
  });
  return (slots) => {
    for (const slot of extra) trace.device.retain(read(slots, slot));
  };
}

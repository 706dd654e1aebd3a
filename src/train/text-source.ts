// Running text for training: windows over parallel streams. The state is carried from window to window.
import { printInput } from "../graph/border.ts";
import { KEPT_STEPS, NEW_STEPS } from "../base/window-sizes.ts";
import { printDim } from "../shape/dim.ts";
import { timeOf } from "../shape/type.ts";
import type { HostArray } from "../targets/target.ts";
import type { Streams } from "../data/text.ts";
import type { Batch, MeasuredSource, TrainingSource } from "./source.ts";
import type { TextInput } from "./text-input.ts";
import { cutsOf, windowAt, windowCount, type Truncation, type Window } from "./windows.ts";

/** The number of steps of each stream that have a target. */
function stepsWithTargets({ length }: Streams, { ahead }: TextInput): number {
  return length - Math.max(...ahead);
}

export function textTraining(text: TextInput, streams: Streams, truncation: Truncation): TrainingSource {
  const steps = stepsWithTargets(streams, text);
  const epoch = {
    updates: windowCount(steps, truncation),
    batch: (index: number) => {
      const window = windowAt(steps, truncation, index);
      const arrays = windowArrays(text, streams, window);
      if (truncation.k2 < truncation.k1) {
        const data = cutsOf(window, truncation);
        arrays.set(printInput({ kind: "cut" }), { dtype: "float", shape: [data.length], data });
      }
      return Promise.resolve(batchOf(text, streams, window, arrays));
    },
  };
  return { epoch: () => Promise.resolve(epoch) };
}

/** Reads the streams once, `steps` at a time. */
export function textMeasured(text: TextInput, streams: Streams, steps: number): MeasuredSource {
  const total = stepsWithTargets(streams, text);
  const plain = { k1: steps, k2: steps };
  return {
    async *batches() {
      for (let index = 0; index < windowCount(total, plain); index++) {
        const window = windowAt(total, plain, index);
        yield batchOf(text, streams, window, windowArrays(text, streams, window));
      }
    },
  };
}

/** Reads the streams once, up to their ends, without targets. */
export function textRead(text: TextInput, streams: Streams, steps: number): MeasuredSource {
  const plain = { k1: steps, k2: steps };
  return {
    async *batches() {
      for (let index = 0; index < windowCount(streams.length, plain); index++) {
        const window = windowAt(streams.length, plain, index);
        yield batchOf(text, streams, window, windowArrays({ ...text, ahead: [] }, streams, window));
      }
    },
  };
}

function windowArrays({ input, ahead }: TextInput, streams: Streams, { start, end }: Window): Map<string, HostArray> {
  const steps = end - start;
  const array = (from: number): HostArray => ({
    dtype: "int",
    shape: [steps, streams.batch],
    data: streams.window(from, steps),
  });
  const arrays = new Map([[input.name, array(start)]]);
  for (const each of ahead)
    arrays.set(printInput({ kind: "data", name: input.name, use: "target", ahead: each }), array(start + each));
  return arrays;
}

function batchOf(text: TextInput, { batch }: Streams, window: Window, arrays: ReadonlyMap<string, HostArray>): Batch {
  const { start, end, fresh, advance } = window;
  const time = timeOf(text.input.type);
  return {
    arrays,
    sizes: new Map([
      ["B", batch],
      [NEW_STEPS, fresh],
      [KEPT_STEPS, Math.max(1, advance)],
      ...(time === undefined ? [] : [[printDim(time), end - start] as const]),
    ]),
    isFresh: start === 0,
    holdsState: advance === 0,
    tokens: fresh * batch,
  };
}

// Keeps a card's clock up. An idle card lowers it (an H200 to a sixth) and needs some 10 ms of work to raise it: what is timed after a
// pause of the host would look up to six times slower. So each sample begins right behind work of this kind.
import type { Contestant } from "../contestant.ts";

const MILLISECONDS = 20;
/** Terms of one invocation: a dispatch takes about 0.4 ms on an H200. */
const TERMS = 20_000;
const GROUPS = 1056;

const TEXT = `@group(0) @binding(0) var<storage, read_write> numbers: array<f32>;
@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  var x = f32(id.x);
  for (var term = 0; term < ${TERMS}; term++) { x = fma(x, 0.9999f, 0.5f); }
  numbers[id.x % 256u] = x;
}`;

export interface Clock {
  /** Works until the clock is up. */
  warm(): Promise<void>;
}

/** On a software device there is no clock to raise. */
export function clockOf(device: GPUDevice, isSoftware: boolean): Clock {
  if (isSoftware) return { warm: async () => {} };
  const pipeline = device.createComputePipeline({
    layout: "auto",
    compute: { module: device.createShaderModule({ code: TEXT }), entryPoint: "main" },
  });
  const buffer = device.createBuffer({ size: 1024, usage: GPUBufferUsage.STORAGE });
  const group = device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: [{ binding: 0, resource: { buffer } }],
  });
  const work = async (): Promise<void> => {
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    for (let dispatch = 0; dispatch < 8; dispatch++) pass.dispatchWorkgroups(GROUPS);
    pass.end();
    device.queue.submit([encoder.finish()]);
    await device.queue.onSubmittedWorkDone();
  };
  return {
    warm: async () => {
      const start = performance.now();
      do await work();
      while (performance.now() - start < MILLISECONDS);
    },
  };
}

/** The same contestant, with the clock up before each sample, whoever's process computes it. */
export function warmed(contestant: Contestant, clock: Clock): Contestant {
  return {
    ...contestant,
    sample: async (times) => {
      await clock.warm();
      return contestant.sample(times);
    },
  };
}

// Counts all kernels that this process starts on WebGPU.

interface Passes {
  readonly prototype: Pick<GPUComputePassEncoder, "dispatchWorkgroups" | "dispatchWorkgroupsIndirect">;
}

/** How many compute kernels are started while `run` does; WebGPU's classes are there. Copies are none. */
export async function launchesOf(run: () => Promise<unknown>): Promise<number> {
  const { prototype }: Passes = GPUComputePassEncoder;
  const { dispatchWorkgroups, dispatchWorkgroupsIndirect } = prototype;
  let count = 0;
  prototype.dispatchWorkgroups = function (...groups) {
    count += 1;
    return dispatchWorkgroups.apply(this, groups);
  };
  prototype.dispatchWorkgroupsIndirect = function (...place) {
    count += 1;
    return dispatchWorkgroupsIndirect.apply(this, place);
  };
  try {
    await run();
  } finally {
    Object.assign(prototype, { dispatchWorkgroups, dispatchWorkgroupsIndirect });
  }
  return count;
}

// Counts the calls that this process makes of WebGPU: what it starts, what it copies, what it makes. WebGPU's classes must be globals.

/** The methods that are counted, by their classes. */
const COUNTED = {
  GPUDevice: ["createBuffer", "createBindGroup", "createComputePipeline", "createCommandEncoder"],
  GPUQueue: ["writeBuffer", "submit"],
  GPUBuffer: ["mapAsync"],
  GPUCommandEncoder: ["copyBufferToBuffer", "clearBuffer", "beginComputePass"],
  GPUComputePassEncoder: ["setPipeline", "setBindGroup", "dispatchWorkgroups", "dispatchWorkgroupsIndirect"],
} as const;

type Method = (typeof COUNTED)[keyof typeof COUNTED][number];

export interface Calls {
  readonly count: number;
  /** Milliseconds in all of them. */
  readonly ms: number;
}

export interface HostWork {
  /** Only of methods that were called. */
  readonly calls: ReadonlyMap<Method, Calls>;
  /** Milliseconds until the last kernels of `run` were submitted; 0 if there were none. */
  readonly untilSubmit: number;
}

/** The calls of WebGPU during `run`. */
export async function hostWorkOf(run: () => Promise<unknown>): Promise<HostWork> {
  const calls = new Map<Method, Calls>();
  const put: (() => void)[] = [];
  let hasKernels = false;
  let untilSubmit = 0;
  const begin = performance.now();
  for (const [name, methods] of Object.entries(COUNTED)) {
    const { prototype }: { readonly prototype: object } = Reflect.get(globalThis, name);
    for (const method of methods) {
      const original: unknown = Reflect.get(prototype, method);
      if (typeof original !== "function") continue;
      const counted = function (this: unknown, ...given: unknown[]): unknown {
        const before = performance.now();
        const result: unknown = Reflect.apply(original, this, given);
        const after = performance.now();
        const { count, ms } = calls.get(method) ?? { count: 0, ms: 0 };
        calls.set(method, { count: count + 1, ms: ms + after - before });
        if (method.startsWith("dispatch")) hasKernels = true;
        if (method === "submit" && hasKernels) [untilSubmit, hasKernels] = [after - begin, false];
        return result;
      };
      Reflect.set(prototype, method, counted);
      put.push(() => Reflect.set(prototype, method, original));
    }
  }
  try {
    await run();
  } finally {
    for (const back of put) back();
  }
  return { calls, untilSubmit };
}

/** The number of compute kernels that start during `run`, without copies. */
export async function launchesOf(run: () => Promise<unknown>): Promise<number> {
  const { calls } = await hostWorkOf(run);
  const methods = ["dispatchWorkgroups", "dispatchWorkgroupsIndirect"] as const;
  return methods.reduce((sum, method) => sum + (calls.get(method)?.count ?? 0), 0);
}

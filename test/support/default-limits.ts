// A device with the limits that WebGPU grants everywhere, in place of the adapter's, as on a small GPU. In Node and in a page, before
// tfjs asks for its device.

/** Those that kernels could exceed: bytes of workgroup memory, invocations of a workgroup, and storage buffers of a shader. */
export const DEFAULT_LIMITS = {
  maxComputeWorkgroupStorageSize: 16_384,
  maxComputeInvocationsPerWorkgroup: 256,
  maxStorageBuffersPerShaderStage: 8,
} as const;

/** As text, for a page; `GPUAdapter` is a global there. */
export const ASK_FOR_DEFAULTS = `{
  const request = GPUAdapter.prototype.requestDevice;
  GPUAdapter.prototype.requestDevice = function (wanted = {}) {
    const { requiredLimits, ...rest } = wanted;
    return request.call(this, rest);
  };
}`;

/** The limits of a device that are in question. */
export function limitsOf(device: GPUDevice): Readonly<Record<keyof typeof DEFAULT_LIMITS, number>> {
  const { maxComputeWorkgroupStorageSize, maxComputeInvocationsPerWorkgroup, maxStorageBuffersPerShaderStage } =
    device.limits;
  return { maxComputeWorkgroupStorageSize, maxComputeInvocationsPerWorkgroup, maxStorageBuffersPerShaderStage };
}

// Tensors that stay on the device between runs: weights, slots of the optimizer, carried states. Replaced tensors are disposed of.
import { fail } from "../base/invariant.ts";
import type { HostArray, Target } from "../targets/target.ts";
import { downloaded } from "./downloaded.ts";

export class DeviceState<T> {
  readonly #target: Target<T>;
  readonly #tensors = new Map<string, T>();
  #changes = 0;

  constructor(target: Target<T>) {
    this.#target = target;
  }

  put(name: string, array: HostArray): void {
    this.replace(name, this.#target.upload(array));
  }

  /** The number of changes. Values computed from the tensors are valid until it changes. */
  get changes(): number {
    return this.#changes;
  }

  /** Takes ownership of `tensor`, and disposes of the one before. */
  replace(name: string, tensor: T): void {
    const before = this.#tensors.get(name);
    this.#tensors.set(name, tensor);
    this.#changes += 1;
    if (before !== undefined && before !== tensor) this.#target.dispose(before);
  }

  get(name: string): T {
    return this.#tensors.get(name) ?? fail("device state", `nothing under ${name}`);
  }

  entries(): ReadonlyMap<string, T> {
    return this.#tensors;
  }

  async downloadAll(): Promise<ReadonlyMap<string, HostArray>> {
    return downloaded(this.#target, this.#tensors);
  }

  async download(name: string): Promise<HostArray> {
    return this.#target.download(this.get(name));
  }

  dispose(): void {
    for (const tensor of this.#tensors.values()) this.#target.dispose(tensor);
    this.#tensors.clear();
  }
}

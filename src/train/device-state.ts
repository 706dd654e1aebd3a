// What lives on a device between updates: weights, the optimiser's slots, the carried states. Replaced after each run, never leaked.
import { fail } from "../base/invariant.ts";
import type { HostArray, Target } from "../targets/target.ts";

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

  /** How often something was put here: what is computed from it is current while this stays. */
  get changes(): number {
    return this.#changes;
  }

  /** Takes ownership of `tensor`; what stood under the name is disposed. */
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
    const found = new Map<string, HostArray>();
    for (const name of this.#tensors.keys()) found.set(name, await this.download(name));
    return found;
  }

  async download(name: string): Promise<HostArray> {
    return this.#target.download(this.get(name));
  }

  dispose(): void {
    for (const tensor of this.#tensors.values()) this.#target.dispose(tensor);
    this.#tensors.clear();
  }
}

// When results of float32 agree with float64: DESIGN.md section 5.
import { expect } from "vitest";
import type { HostArray } from "../../src/targets/target.ts";

export const FORWARD = 1e-5;
export const GRADIENT = 1e-4;

export function toleranceOf(name: string): number {
  return name.startsWith("grad") ? GRADIENT : FORWARD;
}

/** The same outputs, every element within its tolerance as a part of the tensor's greatest. */
export function expectResults(got: ReadonlyMap<string, HostArray>, expected: ReadonlyMap<string, HostArray>): void {
  expect([...got.keys()]).toEqual([...expected.keys()]);
  for (const [name, { data, shape }] of expected) {
    const other = got.get(name) ?? expect.fail(`no ${name}`);
    expect(other.shape, name).toEqual(shape);
    const greatest = Array.from(data).reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3);
    const bound = greatest * toleranceOf(name);
    const isNear = (value: number, index: number): boolean =>
      Math.abs(value - (other.data[index] ?? NaN)) <= bound || Object.is(value, other.data[index]);
    const far = Array.from(data).findIndex((value, index) => !isNear(value, index));
    expect(far, `${name}[${far}]: ${other.data[far]} instead of ${data[far]}`).toBe(-1);
  }
}

// Describes values of a user in messages. They may have any type, and reading them may throw.
import { UserError } from "../base/diagnostic.ts";

const LONGEST = 40;

/** A value in a message. */
export function describeValue(value: unknown): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value.length > LONGEST ? `${value.slice(0, LONGEST)}…` : value);
    case "number":
    case "boolean":
    case "undefined":
      return String(value);
    case "bigint":
      return "a BigInt";
    case "symbol":
      return "a symbol";
    case "function":
      return "a function";
    case "object":
      return value === null ? "null" : describeObject(value);
  }
}

/** A proxy may throw at every access. */
function describeObject(value: object): string {
  try {
    if (Array.isArray(value)) return value.length === 0 ? "an empty array" : "an array";
    if (value instanceof Promise) return "a promise, which is not awaited,";
    return ArrayBuffer.isView(value) ? `a ${nameOfView(value)}` : "an object";
  } catch {
    return "an object that cannot be read";
  }
}

/** `Float32Array`, `DataView`, … */
export function nameOfView(view: ArrayBufferView): string {
  return Object.prototype.toString.call(view).slice("[object ".length, -1);
}

/** Runs `read`, and turns errors of getters and proxies into a UserError. `what` is the name of the value in its message. */
export function readSafely<R>(what: string, read: () => R): R {
  try {
    return read();
  } catch (problem) {
    if (problem instanceof UserError) throw problem;
    throw new UserError(`${what} cannot be read: ${reasonOf(problem)}`);
  }
}

function reasonOf(problem: unknown): string {
  try {
    return problem instanceof Error ? String(problem.message) : describeValue(problem);
  } catch {
    return "it throws";
  }
}

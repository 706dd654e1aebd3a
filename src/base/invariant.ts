// Faults of the compiler itself. Their messages begin with `internal:` and name the stage.

export class InternalError extends Error {
  constructor(stage: string, message: string) {
    super(`internal: ${stage}: ${message}`);
    this.name = "InternalError";
  }
}

export function fail(stage: string, message: string): never {
  throw new InternalError(stage, message);
}

export function invariant(condition: boolean, stage: string, message: string): asserts condition {
  if (!condition) fail(stage, message);
}

/** `array[index]`, which must exist. */
export function at<T>(array: readonly T[], index: number, stage: string): T {
  const value = array[index < 0 ? array.length + index : index];
  if (value === undefined) fail(stage, `index ${index} is outside an array of ${array.length}`);
  return value;
}

/** `map.get(key)`, which must exist. */
export function lookup<K, V>(map: ReadonlyMap<K, V>, key: K, stage: string): V {
  const value = map.get(key);
  if (value === undefined) fail(stage, `no entry for ${String(key)}`);
  return value;
}

/** For the `default` of an exhaustive switch. */
export function unreachable(value: never, stage: string): never {
  fail(stage, `unexpected ${JSON.stringify(value)}`);
}

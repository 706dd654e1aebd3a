// The times of a batch: the number of steps of each, the inputs that share it, and targets that lie ahead.
import { UserError } from "../base/diagnostic.ts";
import { printInput } from "../graph/border.ts";
import type { ProgramInput } from "../lang/elaborate/inputs.ts";
import type { Program } from "../lang/elaborate/program.ts";
import { stepsNotLeft } from "../data/steps-left.ts";
import { countThinned, thinned } from "../shape/thinned.ts";
import { timeName } from "../shape/type.ts";
import type { HostArray } from "../targets/target.ts";
import { sliceSteps } from "../train/array-parts.ts";

/** One time of the program: its steps, and the input from which they are known. */
export interface Time {
  readonly steps: number;
  readonly by: string;
  /** `[B]`, for a ragged program. */
  readonly lengths?: Int32Array;
}

/** Empty if the input has no time. */
export function nameOfTime({ type }: Pick<ProgramInput, "type">): string {
  return timeName(type) ?? "";
}

export function addTime(times: Map<string, Time>, name: string, time: Time): void {
  const known = times.get(name);
  times.set(name, known ?? time);
  if (known === undefined || known.steps === time.steps) return;
  throw new UserError(
    `\`${known.by}\` has ${known.steps} steps, but \`${time.by}\` has ${time.steps}: they are read together, step by step`,
  );
}

/** The lengths of times that have each k-th step of another one, where they are not given. */
export function addLengthsLeft(times: Map<string, Time>): void {
  for (const [key, time] of times) {
    const parts = thinned(key);
    const whole = times.get(parts?.of ?? "")?.lengths;
    if (parts === undefined || whole === undefined || time.lengths !== undefined) continue;
    times.set(key, { ...time, lengths: whole.map((length) => countThinned(length, parts.every)) });
  }
}

/** Throws a UserError for a sequence that has not as many steps as are left of the time from which its own is made. */
export function refuseOtherThanLeft(times: ReadonlyMap<string, Time>): void {
  for (const [key, { steps, by, lengths }] of times) {
    const parts = thinned(key);
    const whole = times.get(parts?.of ?? "");
    if (parts === undefined || whole === undefined) continue;
    const refuse = (own: number, of: number): never => {
      throw new UserError(stepsNotLeft({ name: by, steps: own }, { name: whole.by, steps: of }, parts.every));
    };
    if (steps !== countThinned(whole.steps, parts.every)) refuse(steps, whole.steps);
    lengths?.forEach((own, example) => {
      const of = whole.lengths?.[example] ?? whole.steps;
      if (own !== countThinned(of, parts.every)) refuse(own, of);
    });
  }
}

/**
 * Adds the targets that lie ahead, as `text[t+1]`. The last steps have no target: a ragged program masks them, and in a full batch they
 * are cut off from all sequences of that time.
 */
export function addTargetsAhead(program: Program, found: Map<string, HostArray>, times: Map<string, Time>): void {
  for (const [key, time] of times) {
    const along = program.inputs.filter((input) => nameOfTime(input) === key);
    const ahead = new Map(along.map(({ name }) => [name, stepsAhead(program, name)] as const));
    const most = Math.max(0, ...[...ahead.values()].flat());
    if (most === 0) continue;
    const steps = time.lengths === undefined ? time.steps - most : time.steps;
    if (steps < 1)
      throw new UserError(
        `\`${time.by}\` has ${time.steps} steps, but a prediction lies ${most} ahead: give ${most + 1} steps or more`,
      );
    times.set(key, { ...time, steps });
    for (const [name, all] of ahead) {
      const whole = found.get(name);
      if (whole === undefined) continue;
      for (const each of all)
        found.set(printInput({ kind: "data", name, use: "target", ahead: each }), shiftBack(whole, each, steps));
      found.set(name, sliceSteps(whole, 0, steps));
    }
    const { lengths } = time;
    if (lengths === undefined) continue;
    for (const each of new Set([...ahead.values()].flat())) {
      const data = lengths.map((length) => Math.max(0, length - each));
      found.set(printInput({ kind: "lengths", time: key, ahead: each }), { dtype: "int", shape: [data.length], data });
    }
  }
}

/** The numbers of steps that an input is predicted ahead, each once. */
export function stepsAhead(program: Program, name: string): readonly number[] {
  const ahead = program.predictions.flatMap((each) => (each.target === name && each.ahead > 0 ? [each.ahead] : []));
  return [...new Set(ahead)];
}

/** `steps` steps of a sequence `[T, …]` from step `ahead` on, and zeros after its end. */
function shiftBack(whole: HostArray, ahead: number, steps: number): HostArray {
  const { shape, data } = sliceSteps(whole, ahead, Math.min(ahead + steps, whole.shape[0] ?? 0));
  const width = shape.slice(1).reduce((product, size) => product * size, 1);
  const out = whole.data.slice(0, steps * width).fill(0);
  out.set(data);
  return { dtype: whole.dtype, shape: [steps, ...shape.slice(1)], data: out };
}

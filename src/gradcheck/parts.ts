// A program fed in parts, against the same program run over all steps at once.
import type { Program } from "../lang/elaborate/program.ts";
import { printInput } from "../graph/border.ts";
import { timeName, timeOf } from "../shape/type.ts";
import type { Sizes } from "../shape/dim.ts";
import { referenceTarget } from "../targets/reference/target.ts";
import type { HostArray } from "../targets/target.ts";
import { sliceSteps } from "../train/array-parts.ts";
import { DeviceState } from "../train/device-state.ts";
import { fedNames, isFed } from "../train/step-inputs.ts";
import { Stepper } from "../train/stepper.ts";
import { apart, type Apart } from "../golden/compare.ts";
import { named, resultsOn } from "./run.ts";
import type { Arrays } from "./point.ts";

const reference = referenceTarget();

export interface Partition {
  /** The time that is cut. */
  readonly time: string;
  /** The numbers of steps of the parts. */
  readonly parts: readonly number[];
}

interface Subject {
  /** Elaborated without training, with states carried. */
  readonly program: Program;
  /** The outputs to compare. */
  readonly needed: readonly string[];
  readonly inputs: Arrays;
  readonly sizes: Sizes;
}

/** For each output: sequences at all steps, results without time after the last part. */
export async function partsAgainstRun(
  { program, needed, inputs, sizes }: Subject,
  { time, parts }: Partition,
): Promise<readonly ({ readonly name: string } & Apart)[]> {
  const whole = await resultsOn(reference, program.graph, inputs, sizes);
  const weights = new DeviceState(reference);
  for (const { name } of program.parameters) weights.put(name, host(named(inputs, name)));
  const stepper = new Stepper(program, reference, {
    time,
    fed: fedNames(program),
    needed,
    weights,
    sizes,
  });
  const data = new Map(
    program.graph.inputs().flatMap(({ input }): [string, HostArray][] => {
      if (input?.kind !== "data") return [];
      const name = printInput(input);
      return [[name, host(named(inputs, name))]];
    }),
  );
  const isCut = (name: string): boolean =>
    program.inputs.some((input) => input.name === name && isFed(program, input) && timeName(input.type) === time);
  stepper.beginNow({
    arrays: new Map([...data].filter(([name]) => !isCut(name))),
    sizes: new Map([["B", sizes.get("B") ?? 1]]),
    isFresh: true,
    tokens: 0,
  });
  const joined = new Map<string, number[]>();
  let from = 0;
  for (const steps of parts) {
    const fed = [...data].filter(([name]) => isCut(name));
    const sliced = fed.map(([name, array]): [string, HostArray] => [name, sliceSteps(array, from, from + steps)]);
    for (const [name, { data: numbers }] of stepper.step(new Map(sliced), steps)) {
      const isSequence = timeOf(program.graph.output(name).type) !== undefined;
      joined.set(name, [...(isSequence ? (joined.get(name) ?? []) : []), ...numbers]);
    }
    from += steps;
  }
  stepper.dispose();
  return needed.map((name) => {
    const expected = whole.get(name) ?? { shape: [], data: Float64Array.of(NaN) };
    return { name, ...apart(joined.get(name) ?? [], expected) };
  });
}

function host({ shape, data }: { readonly shape: readonly number[]; readonly data: Float64Array }): HostArray {
  return { dtype: "float", shape, data };
}

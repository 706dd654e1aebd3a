// `null` in targets: steps without a target do not count in the loss. Their marks are inputs of the program.
import { UserError } from "../base/diagnostic.ts";
import { printInput } from "../graph/border.ts";
import type { Program } from "../lang/elaborate/program.ts";
import type { HostArray } from "../targets/target.ts";
import type { Batch } from "../train/source.ts";
import { mayLack } from "../train/row-model.ts";

/** The name of the marks of a target in a batch. */
function marksOf(target: string): string {
  return printInput({ kind: "labelled", target });
}

/** Whether a batch has marks for a target. */
export function isPartlyLabelled({ arrays }: Batch, program: Program): boolean {
  return program.inputs.some(({ name }) => arrays.has(marksOf(name)));
}

/** The batch with marks for every target that may have missing values. Targets without marks get 1 at every step. */
export function withMarks(batch: Batch, program: Program): Batch {
  const arrays = new Map(batch.arrays);
  for (const input of program.inputs) {
    const array = arrays.get(input.name);
    const marks = marksOf(input.name);
    if (array === undefined || arrays.has(marks) || !mayLack(program, input)) continue;
    const shape = array.shape.slice(0, input.type.axes.filter(({ tag }) => tag !== "plain").length);
    const count = shape.reduce((product, size) => product * size, 1);
    arrays.set(marks, { dtype: "float", shape, data: new Float32Array(count).fill(1) });
  }
  return { ...batch, arrays };
}

/** Throws a UserError if every target of the batch is `null`. */
export function refuseAllNull(program: Program, arrays: ReadonlyMap<string, HostArray>): void {
  const targets = program.predictions.map(({ target }) => target);
  const isNull = (name: string): boolean => arrays.get(marksOf(name))?.data.every((mark) => mark === 0) === true;
  if (targets.length > 0 && targets.every(isNull))
    throw new UserError(
      `there is nothing to learn: \`${targets.join("` and `")}\` is null at every step of this batch`,
    );
}

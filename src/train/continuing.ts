// Goes on from a given history: the model reads the sequences that it predicts, and then writes their next steps.
import { UserError } from "../base/diagnostic.ts";
import { fail } from "../base/invariant.ts";
import { lengths, printInput } from "../graph/border.ts";
import type { Program } from "../lang/elaborate/program.ts";
import type { ProgramInput } from "../lang/elaborate/inputs.ts";
import { timeName } from "../shape/type.ts";
import type { HostArray } from "../targets/target.ts";
import { batchAxis, selectExamples, sliceSteps } from "./array-parts.ts";
import { Pauses } from "./pauses.ts";
import { checkSampling } from "./sampling.ts";
import type { Feedback, Session } from "./session.ts";
import type { Batch } from "./source.ts";
import { isReadInUse } from "./step-inputs.ts";
import { Column, type RowWritingOptions, type VocabularyOf, type Written } from "./writing-rows.ts";

/** Whether a model reads the sequence that it predicts up to the step before, as `predict x[t+1]` does, so that it needs a history. */
export function needsHistory(feedback: readonly Feedback[]): boolean {
  return feedback.some(({ prediction }) => prediction.ahead > 0);
}

/** Throws a UserError if the model reads another sequence at each step, whose values after the history are not known. */
export function refuseUnknownFuture(feedback: readonly Feedback[], program: Program): void {
  const own = new Set(feedback.map(({ input }) => input.name));
  const time = timeName(feedback[0]?.input.type ?? { dtype: "float", axes: [] });
  const other = program.inputs.find((input) => {
    const { role, name, type } = input;
    return role !== "memory" && timeName(type) === time && !own.has(name) && isReadInUse(program, input);
  });
  if (other === undefined) return;
  throw new UserError(
    `\`${[...own].join("`, `")}\` cannot go on from a history: \`${other.name}\` is read at each step too, and its next values are not known. Predict \`${other.name}[t+1]\` as well`,
  );
}

/**
 * Writes the steps that follow the histories of a batch, whose arrays hold the sequences that are fed back, `[T, B, …]`, and their lengths.
 * Examples whose histories are equally long go together.
 */
export async function continueRows<T>(
  session: Session<T>,
  { batch, inputs }: { readonly batch: Batch; readonly inputs: readonly ProgramInput[] },
  vocabularyOf: VocabularyOf,
  options: RowWritingOptions,
): Promise<readonly Written[]> {
  checkSampling(options);
  const time = timeName(session.feedback[0]?.input.type ?? fail("writing", "nothing is fed back")) ?? "";
  const count = batch.sizes.get("B") ?? 1;
  const given = batch.arrays.get(printInput(lengths(time)))?.data;
  const stepsOf = (row: number): number => given?.[row] ?? batch.sizes.get(time) ?? 0;
  const empty = Array.from({ length: count }, (_, row) => row).find((row) => stepsOf(row) === 0);
  if (empty !== undefined)
    throw new UserError(`${count === 1 ? "the history" : `history ${empty}`} is empty: give one step or more`);
  const written: Written[] = [];
  for (const steps of new Set(Array.from({ length: count }, (_, row) => stepsOf(row)))) {
    const rows = Array.from({ length: count }, (_, row) => row).filter((row) => stepsOf(row) === steps);
    const part = selected(batch, inputs, { rows, time });
    const found = await continueEqual(session, { part, steps }, vocabularyOf, { ...options, rows });
    for (const [index, row] of rows.entries()) written[row] = found[index] ?? new Map();
  }
  return written;
}

/** Examples of a batch, without the lengths along `time`. */
function selected(
  { arrays, sizes, ...rest }: Batch,
  inputs: readonly ProgramInput[],
  { rows, time }: { readonly rows: readonly number[]; readonly time: string },
): Batch {
  const own = [...arrays].filter(([name]) => name !== printInput(lengths(time)));
  const axisOf = (name: string): number => batchAxis(inputs.find((input) => input.name === name)?.type.axes ?? []) ?? 0;
  return {
    ...rest,
    arrays: new Map(own.map(([name, array]) => [name, selectExamples(array, axisOf(name), rows)])),
    sizes: new Map([...sizes].filter(([name]) => name !== time)).set("B", rows.length),
  };
}

async function continueEqual<T>(
  session: Session<T>,
  { part, steps }: { readonly part: Batch; readonly steps: number },
  vocabularyOf: VocabularyOf,
  { rows, ...options }: RowWritingOptions & { readonly rows: readonly number[] },
): Promise<readonly Written[]> {
  const { onWritten, numbers } = options;
  const own = {
    ...options,
    numbers: rows.map((row) => numbers?.[row] ?? row),
    ...(onWritten === undefined
      ? {}
      : { onWritten: (each: Parameters<typeof onWritten>[0]) => onWritten({ ...each, row: rows[each.row] ?? 0 }) }),
  };
  const columns = session.feedback.map((feedback) => new Column(feedback, vocabularyOf(feedback), own));
  const fed = new Set(columns.map(({ name }) => name));
  const pauses = new Pauses(options.signal);
  await session.begin({ ...part, arrays: new Map([...part.arrays].filter(([name]) => !fed.has(name))) });
  const places = [...rows.keys()];
  const history = new Map(
    columns.map(({ name }) => [name, part.arrays.get(name) ?? fail("writing", `no history of ${name}`)]),
  );
  if (!needsHistory(session.feedback)) return await goOnWith(session, { columns, history, steps }, places, own);
  let next: ReadonlyMap<string, HostArray> = new Map(
    [...history].map(([name, array]) => [name, sliceSteps(array, 0, steps)]),
  );
  for (let step = 0; step < options.length; step++) {
    const isOpen = (row: number): boolean => columns.some((column) => !column.hasEnded(row));
    if (!places.some(isOpen)) break;
    await pauses.next();
    const read = next.get(columns[0]?.name ?? "")?.shape[0] ?? 1;
    const results = await session.step(next, read);
    const last = new Map([...results].map(([name, array]) => [name, sliceSteps(array, read - 1, read)]));
    next = new Map(
      columns.map((column): [string, HostArray] => {
        const { shape, ...value } = column.take(last, step, places, isOpen);
        return [column.name, { ...value, shape: [1, ...shape] }];
      }),
    );
  }
  return places.map((row) => new Map(columns.map((column) => [column.name, column.written(row)])));
}

interface Past {
  readonly columns: readonly Column[];
  readonly history: ReadonlyMap<string, HostArray>;
  readonly steps: number;
}

/** As the rest of `continueEqual`, for a target that is read with a delay: in the steps of the history its values are put in place of the predicted ones. */
async function goOnWith<T>(
  session: Session<T>,
  { columns, history, steps }: Past,
  places: readonly number[],
  options: RowWritingOptions,
): Promise<readonly Written[]> {
  const pauses = new Pauses(options.signal);
  for (let step = 0; step < steps + options.length; step++) {
    const isOpen = (row: number): boolean => columns.some((column) => !column.hasEnded(row));
    if (!places.some(isOpen)) break;
    await pauses.next();
    const results = await session.step(new Map());
    for (const column of columns) {
      const known = step < steps ? history.get(column.name) : undefined;
      if (known === undefined) session.correct(column.name, column.take(results, step - steps, places, isOpen));
      else {
        const { shape, ...value } = sliceSteps(known, step, step + 1);
        session.correct(column.name, { ...value, shape: shape.slice(1) });
      }
    }
  }
  return places.map((row) => new Map(columns.map((column) => [column.name, column.written(row)])));
}

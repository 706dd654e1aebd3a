// A model of rows: the fields that its program needs, and the sizes that data give it.
import { UserError } from "../base/diagnostic.ts";
import type { RowRequest } from "../data/row-origin.ts";
import type { Dataset } from "../data/dataset.ts";
import type { FieldSpec, NumberField, TokenField } from "../data/field.ts";
import { startName } from "../graph/border.ts";
import { isDim } from "../graph/attributes.ts";
import type { ProgramInput } from "../lang/elaborate/inputs.ts";
import { outputOf } from "../lang/elaborate/predict.ts";
import type { Program } from "../lang/elaborate/program.ts";
import { constantOf, printDim, symbolOf, type Sizes } from "../shape/dim.ts";
import { ownAxes, timeName } from "../shape/type.ts";

/**
 * The fields of each row, in the order of the spec: its inputs and, for training, its targets.
 * Throws a UserError if a size of an input cannot be read from rows.
 */
export function fieldsOf(program: Program, use: "training" | "inference"): readonly FieldSpec[] {
  return program.inputs.map((input) => {
    const required = use === "training" || input.role !== "target";
    return input.token === undefined
      ? numberField(program, input, required)
      : tokenField(program, input, { required, ...input.token });
  });
}

/** What rows are opened for. `heldOut`: the share of each series that is held out; null if the model is used. */
export function requestOf(program: Program, fields: readonly FieldSpec[], heldOut: number | null): RowRequest {
  const after = timesAfter(program);
  const hasLater = program.inputs.some(({ role, type }) => role === "target" && timeName(type) === undefined);
  return {
    fields,
    after,
    readsWindow: after.size > 0 || hasLater,
    heldOut: heldOut ?? 0,
    isForUse: heldOut === null,
  };
}

/** The times of targets that lie after the inputs: those that no input has alone, if inputs have a time without targets. */
export function timesAfter({ inputs }: Program): ReadonlySet<string> {
  const times = inputs.flatMap(({ type, role }) => {
    const time = timeName(type);
    return time === undefined ? [] : [{ time, role }];
  });
  const predicted = new Set(times.flatMap(({ time, role }) => (role === "target" ? [time] : [])));
  return times.some(({ time }) => !predicted.has(time)) ? predicted : new Set();
}

/** Whether data may have `null` for an input: only for a target that is predicted and not read. */
export function mayLack({ predictions, targetsRead }: Program, { name, role }: ProgramInput): boolean {
  const own = predictions.filter(({ target }) => target === name);
  return (
    role === "target" &&
    !targetsRead.includes(name) &&
    own.length > 0 &&
    own.every(({ isAutoregressive }) => !isAutoregressive)
  );
}

function common(
  program: Program,
  input: ProgramInput,
): Pick<FieldSpec, "name" | "time" | "ahead" | "mayLack" | "isTarget"> {
  const predictions = program.predictions.filter((each) => each.target === input.name);
  const ahead = predictions.filter((each) => each.ahead > 0);
  return {
    name: input.name,
    time: timeName(input.type) ?? null,
    ahead: [...new Set(ahead.map((each) => each.ahead))],
    ...(mayLack(program, input) && { mayLack: true }),
    ...(input.role === "target" && { isTarget: true }),
  };
}

function numberField(program: Program, input: ProgramInput, required: boolean): NumberField {
  const shape = ownAxes(input.type).map(({ size }) => {
    const known = constantOf(size) ?? symbolOf(size);
    if (known !== undefined) return known;
    throw new UserError(
      `\`${input.name}\` has an axis of ${printDim(size)}, which cannot be read from rows: give values to its names, or write one name`,
    );
  });
  const ranges = program.predictions.flatMap(({ target, range }) => (target === input.name ? (range ?? []) : []));
  return { kind: "number", ...common(program, input), required, shape, ...(ranges.length > 0 && { ranges }) };
}

type Token = NonNullable<ProgramInput["token"]> & { readonly required: boolean };

function tokenField(program: Program, input: ProgramInput, { reading, vocabulary, required }: Token): TokenField {
  const fixed = /^\d+$/.test(vocabulary) ? Number(vocabulary) : null;
  return {
    kind: "token",
    ...common(program, input),
    required,
    reading,
    vocabulary: vocabularyKey(input),
    most: fixed,
    start: (reading === "char" || reading === "word") && usesStart(program, vocabulary),
    end: reading !== "token" && hasEnd(program, input),
    ...readFrom(program, input),
  };
}

function readFrom({ graph, predictions }: Program, { name }: ProgramInput): Pick<TokenField, "readFrom"> {
  const labels = predictions.find(({ target, kind }) => target === name && kind === "labels");
  const time = labels === undefined ? undefined : timeName(graph.output(outputOf(labels)).type);
  return time === undefined ? {} : { readFrom: time };
}

/** The name under which an input's vocabulary is stored: that of its size, or of the input if the size is a number. */
export function vocabularyKey({ name, token }: Pick<ProgramInput, "name" | "token">): string {
  return token === undefined || /^\d+$/.test(token.vocabulary) ? name : token.vocabulary;
}

/** Whether tokens are read with a delay, so that a start token comes before the first. */
export function usesStart({ graph }: Program, vocabulary: string): boolean {
  return graph.all().some(({ attributes: { dims } }) => {
    return Array.isArray(dims) && dims.filter(isDim).some((size) => symbolOf(size) === startName(vocabulary));
  });
}

/** Whether sequences end with an end token: if they are autoregressive, and not as long as another sequence. */
export function hasEnd({ inputs, predictions }: Program, input: ProgramInput): boolean {
  const time = timeName(input.type);
  const isWritten = predictions.some((each) => each.target === input.name && each.isAutoregressive);
  if (!isWritten || time === undefined) return false;
  return inputs.every((other) => other.name === input.name || timeName(other.type) !== time);
}

/** The sizes of a model that come from data: of vocabularies with their start tokens, and of named axes. */
export function sizesOf(fields: readonly FieldSpec[], { vocabularies, sizes }: DataSizes): Sizes {
  const found = new Map(sizes);
  for (const field of fields) {
    const vocabulary = field.kind === "token" ? vocabularies.get(field.vocabulary) : undefined;
    if (field.kind !== "token" || vocabulary === undefined) continue;
    const name = field.most === null ? field.vocabulary : String(field.most);
    if (field.most === null) found.set(name, vocabulary.size);
    if (vocabulary.start !== null) found.set(startName(name), vocabulary.start);
  }
  return found;
}

export type DataSizes = Pick<Dataset, "vocabularies" | "sizes">;

// What must hold of a random model as a program uses it: a stream's steps are those of a run, a batch gives what its examples give, chunks
// of carried training give what the whole gives, and other ways to write the same model give the same.
import { expect } from "vitest";
import { UserError } from "../../src/base/diagnostic.ts";
import { compile } from "../../src/index.ts";
import type { Arrays, CompiledModel, Lengths } from "../../src/library/types.ts";
import type { NumberArray } from "../../src/library/given.ts";
import { drawn, expectClose, uniform } from "../ops/arrays.ts";
import { STEPS } from "./arrays.ts";
import type { Input, RandomProgram } from "./model.ts";
import { PLAIN, type Style } from "./style.ts";

const EXACT = 1e-6;
const OTHER_STEPS = 3;

interface Given {
  readonly input: Input;
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** Values `[B, T, …]` for the inputs and the target, as `valuesOf` draws them. */
function givenFor(program: RandomProgram, batch: number): readonly Given[] {
  return [...program.inputs, program.target].map((input, index) => {
    const steps = input.time === null ? [] : [input.time === "x" ? STEPS : OTHER_STEPS];
    const shape = [batch, ...steps, ...input.shape];
    const { data } = drawn(shape, 50 + index, 0.5, 1.5);
    const { tokens } = input;
    return {
      input,
      shape,
      data: tokens === null ? data : data.map((_, at) => Math.floor(uniform(90 + index, at) * tokens)),
    };
  });
}

/** The part of `[B, T, …]` from step `from` to `to`, of one example or all; a single step loses its axis. */
function cut(
  { input, shape, data }: Given,
  at: { readonly b?: number; readonly from: number; readonly to: number; readonly isStep?: boolean },
): NumberArray {
  const isStepped = input.time === "x";
  const [batch = 0, ...rest] = shape;
  const steps = isStepped ? (rest[0] ?? 0) : 1;
  const inner = (isStepped ? rest.slice(1) : rest).reduce((product, size) => product * size, 1);
  const [from, to] = isStepped ? [at.from, Math.min(at.to, steps)] : [0, 1];
  const kept: number[] = [];
  for (let b = 0; b < batch; b++) {
    if (at.b !== undefined && at.b !== b) continue;
    for (let t = from; t < to; t++) kept.push(...data.subarray((b * steps + t) * inner, (b * steps + t + 1) * inner));
  }
  const own = isStepped ? rest.slice(1) : rest;
  const time = isStepped && at.isStep !== true ? [to - from] : [];
  return { shape: [...(at.b === undefined ? [batch] : []), ...time, ...own], data: Float64Array.from(kept) };
}

function arraysOf(
  given: readonly Given[],
  style: Style,
  at: Parameters<typeof cut>[1],
  keep: (input: Input) => boolean,
): Arrays {
  return Object.fromEntries(
    given.filter(({ input }) => keep(input)).map((each) => [style.name(each.input.name), cut(each, at)]),
  );
}

function isInput(program: RandomProgram): (input: Input) => boolean {
  return (input) => input !== program.target;
}

function modelOf(program: RandomProgram, style: Style = PLAIN): Promise<CompiledModel> {
  return compile(program.text(style), { target: "reference", seed: 3, model: "M" });
}

function resultOf(results: Readonly<Record<string, NumberArray>>, name: string): NumberArray {
  return results[name] ?? expect.fail(`there is no result ${name}`);
}

/** Step k of a stream gives what a run over all steps gives there, or, without a time, what a run over the first k steps gives. */
export async function expectSteps(program: RandomProgram): Promise<void> {
  const model = await modelOf(program);
  const given = givenFor(program, 2);
  const name = program.target.name.written;
  const text = program.text(PLAIN);
  const isFed = (input: Input): boolean => input !== program.target && input.time === "x";
  const isHeld = (input: Input): boolean => input !== program.target && input.time !== "x";
  try {
    const stream = model.start({ batch: 2, inputs: arraysOf(given, PLAIN, { from: 0, to: STEPS }, isHeld) });
    for (let step = 0; step < STEPS; step++) {
      const got = resultOf(
        stream.step(arraysOf(given, PLAIN, { from: step, to: step + 1, isStep: true }, isFed)),
        name,
      );
      const until = program.target.time === null ? step + 1 : STEPS;
      const whole = resultOf(await model.run(arraysOf(given, PLAIN, { from: 0, to: until }, isInput(program))), name);
      const expected =
        program.target.time === null
          ? whole
          : cut(
              { input: program.target, shape: whole.shape, data: Float64Array.from(whole.data) },
              { from: step, to: step + 1, isStep: true },
            );
      expect(got.shape, `shape of step ${step}\n${text}`).toEqual(expected.shape);
      expectClose(got.data, expected.data, EXACT, `step ${step}\n${text}`);
    }
  } catch (problem) {
    // Only what a stream cannot know may be refused.
    if (!(problem instanceof UserError) || program.streams === true)
      throw new Error(`step against run\n${text}`, { cause: problem });
  } finally {
    model.dispose();
  }
}

/** A batch gives what each of its examples gives. */
export async function expectBatch(program: RandomProgram): Promise<void> {
  const model = await modelOf(program);
  const batch = 3;
  const given = givenFor(program, batch);
  const name = program.target.name.written;
  const text = program.text(PLAIN);
  const together = resultOf(await model.run(arraysOf(given, PLAIN, { from: 0, to: STEPS }, isInput(program))), name);
  const shape = [batch, ...(program.target.time === null ? [] : [STEPS]), ...program.target.shape];
  expect(together.shape, `shape\n${text}`).toEqual(shape);
  const size = together.data.length / batch;
  for (let b = 0; b < batch; b++) {
    const alone = resultOf(await model.run(arraysOf(given, PLAIN, { b, from: 0, to: STEPS }, isInput(program))), name);
    expectClose(together.data.slice(b * size, (b + 1) * size), alone.data, EXACT, `example ${b}\n${text}`);
  }
  model.dispose();
}

/** Two chunks of carried training have, together, the loss of the whole. */
export async function expectChunks(program: RandomProgram): Promise<void> {
  if (program.streams !== true || program.reduces || program.target.time === null) return;
  const model = await modelOf(program);
  const given = givenFor(program, 2);
  const lossOf = async (chunks: readonly (readonly [number, number])[]): Promise<number> => {
    const trainer = await model.trainer({ carriesState: true, optimizer: { kind: "sgd", lr: 0 } });
    let sum = 0;
    for (const [from, to] of chunks)
      sum += (await trainer.update(arraysOf(given, PLAIN, { from, to }, () => true))).loss;
    trainer.dispose();
    return sum / chunks.length;
  };
  const half = STEPS / 2;
  const text = program.text(PLAIN);
  const whole = await lossOf([[0, STEPS]]);
  const chunks = await lossOf([
    [0, half],
    [half, STEPS],
  ]);
  expectClose([chunks], [whole], EXACT, `loss of two chunks\n${text}`);
  model.dispose();
}

/** The same model, written in another way, has as many weights and, with the same values in them, gives the same. */
export async function expectSameIn(program: RandomProgram, style: Style): Promise<void> {
  const [plain, other] = [await modelOf(program), await modelOf(program, style)];
  const what = `${program.text(PLAIN)}\nand\n${program.text(style)}`;
  expect(
    other.parameters.map(({ shape }) => shape),
    what,
  ).toEqual(plain.parameters.map(({ shape }) => shape));
  const weights = await plain.weights();
  const moved = new Map(
    plain.parameters.flatMap(({ name }, index): [string, NumberArray][] => {
      const value = weights.get(name);
      const there = other.parameters[index];
      return value === undefined || there === undefined ? [] : [[there.name, value]];
    }),
  );
  other.setWeights(moved);
  const given = givenFor(program, 2);
  const at = { from: 0, to: STEPS };
  const expected = resultOf(
    await plain.run(arraysOf(given, PLAIN, at, isInput(program))),
    PLAIN.name(program.target.name),
  );
  const got = resultOf(await other.run(arraysOf(given, style, at, isInput(program))), style.name(program.target.name));
  expectClose(got.data, expected.data, EXACT, `result of ${what}`);
  plain.dispose();
  other.dispose();
}

/** The parts of a sequence, each run from the state of the part before, give what a run over the whole gives; so do those of a ragged batch. */
export async function expectParts(program: RandomProgram): Promise<void> {
  if (program.streams !== true) return;
  const model = await modelOf(program);
  const lengths = [STEPS, STEPS / 2 - 1];
  const given = givenFor(program, lengths.length);
  const text = program.text(PLAIN);
  const { target } = program;
  const name = target.name.written;
  const stepped = program.inputs.find(({ time }) => time === "x") ?? expect.fail(`nothing is stepped\n${text}`);
  const half = STEPS / 2;
  for (const isRagged of [false, true]) {
    const lengthsOf = (from: number, to: number): { readonly lengths?: Lengths } => {
      const own = lengths.map((length) => Math.max(0, Math.min(length, to) - from));
      return isRagged ? { lengths: { [PLAIN.name(stepped.name)]: own } } : {};
    };
    const partOf = (from: number, to: number): Arrays => arraysOf(given, PLAIN, { from, to }, isInput(program));
    const whole = resultOf(await model.run(partOf(0, STEPS), lengthsOf(0, STEPS)), name);
    const first = await model.runChunk(partOf(0, half), lengthsOf(0, half));
    const second = await model.runChunk(partOf(half, STEPS), { ...lengthsOf(half, STEPS), state: first.state });
    const as = (array: NumberArray): Given => ({
      input: target,
      shape: array.shape,
      data: Float64Array.from(array.data),
    });
    const what = `in two parts${isRagged ? " of a ragged batch" : ""}\n${text}`;
    if (target.time === null) {
      expectClose(resultOf(second.results, name).data, whole.data, EXACT, what);
      continue;
    }
    for (const [b, length] of lengths.entries())
      for (const [{ results }, from] of [
        [first, 0],
        [second, half],
      ] as const) {
        const to = Math.min(from + half, isRagged ? length : STEPS);
        if (to <= from) continue;
        const got = cut(as(resultOf(results, name)), { b, from: 0, to: to - from });
        expectClose(got.data, cut(as(whole), { b, from, to }).data, EXACT, `example ${b} ${what}`);
      }
  }
  model.dispose();
}

// One step of a cell from many states at once, and the value of an equation in many states.
import { combinations } from "../base/combinations.ts";
import { UserError } from "../base/diagnostic.ts";
import { at, fail } from "../base/invariant.ts";
import type { ProgramInput } from "../lang/elaborate/inputs.ts";
import type { Compiled } from "../library/compiled.ts";
import { readArray, type NumberArray } from "../library/given.ts";
import { resultsOf } from "../library/results.ts";
import { carriedStates, readFirstStates, withFirstStates } from "../library/states.ts";
import type { Arrays, State } from "../library/types.ts";
import { countOf } from "../ops/nd.ts";
import { evaluateDim, symbolsOf } from "../shape/dim.ts";
import type { Type } from "../shape/type.ts";
import { gatherBatch } from "../library/feed.ts";
import { stateName } from "../train/feeds.ts";
import { shownOutput } from "../lang/elaborate/predict.ts";
import { Runner } from "../train/runner.ts";
import { isFed } from "../train/step-inputs.ts";
import { holdingStates } from "./held-state.ts";

/** The numbers of all states of a cell, one after the other. */
export type Place = readonly number[];

/** A state of the cell and the shape of its numbers, without the axis of examples. */
export interface StatePart {
  readonly name: string;
  readonly shape: readonly number[];
}

/** Tokens of one step by the names of their inputs. */
export type Choice = ReadonlyMap<string, number>;

/** More choices of tokens at a step would make a picture that cannot be read. */
const MOST_CHOICES = 64;

export class Moves<T> {
  readonly parts: readonly StatePart[];
  /** What the tokens of a step may be that are not given; one empty choice if all are. */
  readonly choices: readonly Choice[];
  readonly #model: Compiled<T>;
  readonly #given: Arrays;

  /** `given`: inputs of one step, the same at each step. Throws a UserError for a model without states, and for sizes that nothing says. */
  constructor(model: Compiled<T>, given: Arrays) {
    this.#model = model;
    this.#given = given;
    this.parts = carriedStates(model).map(({ shown, type }) => {
      if (type.dtype === "int")
        throw new UserError(`\`${shown}\` holds tokens; orbits are those of states with numbers`);
      return { name: shown, shape: this.#shapeOf(type, shown) };
    });
    if (this.parts.length === 0) throw new UserError(`\`${model.name}\` has no state`);
    this.choices = this.#choicesOf(
      model.program.inputs.filter(({ name, token }) => token !== undefined && !(name in given)),
    );
  }

  /** How many numbers a place has. */
  get size(): number {
    return this.parts.reduce((sum, { shape }) => sum + countOf(shape), 0);
  }

  /** Where a step with these tokens leads from each place. */
  async after(places: readonly Place[], choice: Choice): Promise<readonly Place[]> {
    const { state } = await this.#model.runChunk(this.#inputs(places.length, choice), { state: this.#stateOf(places) });
    return places.map((_, index) =>
      this.parts.flatMap(({ name }) => rowOf(state[name] ?? fail("orbits", `no ${name}`), index)),
    );
  }

  /** The value of an equation in each place. Throws a UserError if it is not one number. */
  async valueIn(places: readonly Place[], name: string): Promise<readonly number[]> {
    const model = this.#model;
    model.checkShown([name]);
    const state = readFirstStates(model, this.#stateOf(places), { sizes: model.sizes.known, allowNonFinite: false });
    const first = at(this.choices, 0, "orbits");
    const { batch } = gatherBatch(model, this.#inputs(places.length, first), {
      lengths: null,
      use: "run",
      allowNonFinite: false,
    });
    const moving = withFirstStates(model.carried(false, [name]), state);
    const program = { ...moving, graph: holdingStates(moving.graph) };
    const needed = [shownOutput(name)];
    const runner = new Runner(program, model.device, { needed, weights: model.ready(), sizes: model.sizes.known });
    try {
      const states = [...state.arrays].map(([own, array]) => [stateName(own), array] as const);
      const found = await runner.run({ ...batch, arrays: new Map([...batch.arrays, ...states]) });
      const { [name]: value } = resultsOf(program, found, { isSingle: false, isStep: false });
      if (value === undefined || value.data.length !== places.length)
        throw new UserError(`\`${name}\` is not one number for each state`);
      return Array.from(value.data);
    } finally {
      runner.dispose();
    }
  }

  #shapeOf({ axes }: Type, of: string): readonly number[] {
    const { known } = this.#model.sizes;
    return axes
      .filter(({ tag }) => tag !== "batch" && tag !== "time")
      .map(({ size }) => {
        const missing = symbolsOf(size).find((symbol) => !known.has(symbol));
        if (missing === undefined) return evaluateDim(size, known);
        throw new UserError(`the size ${missing} of \`${of}\` is not known: say it, as in --set ${missing}=2`);
      });
  }

  #choicesOf(tokens: readonly ProgramInput[]): readonly Choice[] {
    const choices = combinations(
      tokens.map(({ name, token }) => {
        const { vocabulary = "" } = token ?? {};
        const count = this.#model.sizes.known.get(vocabulary) ?? (Number(vocabulary) || 0);
        return [name, [...Array(count).keys()]] as const;
      }),
    );
    if (choices.length > 0 && choices.length <= MOST_CHOICES) return choices;
    const names = tokens.map(({ name }) => `\`${name}\``).join(", ");
    throw new UserError(
      `each value of ${names} would be tried at each step, and these are ${choices.length}; from 1 to ${MOST_CHOICES} can be: give some by --inputs`,
    );
  }

  /** The inputs of one step for so many examples: given ones, tokens, and 0 for other numbers. */
  #inputs(count: number, choice: Choice): Arrays {
    const { program } = this.#model;
    return Object.fromEntries(
      program.inputs
        .filter(({ role }) => role !== "target")
        .map((input): [string, NumberArray] => {
          const one = this.#oneOf(input, choice);
          const data = new Float64Array(count * one.data.length);
          for (let row = 0; row < count; row++) data.set(one.data, row * one.data.length);
          return [input.name, { shape: [count, ...(isFed(program, input) ? [1] : []), ...one.shape], data }];
        }),
    );
  }

  #oneOf({ name, role, type }: ProgramInput, choice: Choice): NumberArray {
    const given = this.#given[name];
    if (given !== undefined) {
      const { shape, read } = readArray(given, name);
      const data = Float64Array.from(read());
      return { shape: shape ?? [data.length], data };
    }
    const token = choice.get(name);
    if (token !== undefined) return { shape: [], data: Float64Array.of(token) };
    if (role === "memory") throw new UserError(`\`${name}\` is a memory: give it by --inputs`);
    const shape = this.#shapeOf(type, name);
    return { shape, data: new Float64Array(countOf(shape)) };
  }

  #stateOf(places: readonly Place[]): State {
    let from = 0;
    return Object.fromEntries(
      this.parts.map(({ name, shape }) => {
        const [begin, size] = [from, countOf(shape)];
        from += size;
        const data = Float64Array.from(places.flatMap((place) => place.slice(begin, begin + size)));
        return [name, { shape: [places.length, ...shape], data }];
      }),
    );
  }
}

function rowOf({ shape, data }: NumberArray, row: number): readonly number[] {
  const size = countOf(shape.slice(1));
  return Array.from(data.subarray(row * size, (row + 1) * size));
}

// A cell's golden file as a comparison: the arrays under the names and in the layout of the cell's program, and what it must return.
import { UserError } from "../base/diagnostic.ts";
import { programOf, type Wiring } from "../compile.ts";
import { CELL, lengths as lengthsOf, printInput, printOutput, type Output } from "../graph/border.ts";
import type { Program } from "../lang/elaborate/program.ts";
import type { ScopedDefinition } from "../lang/scope.ts";
import { symbolOf } from "../shape/dim.ts";
import type { HostArray } from "../targets/target.ts";
import type { Expected } from "./compare.ts";
import { host, intArray, parts, timeMajor } from "./golden-arrays.ts";
import { encoded } from "./golden-vocabularies.ts";
import type { CellGolden } from "./golden.ts";
import { addWeights, argumentsOf, refuseMissing, type Case } from "./golden-case.ts";

const OUTPUT: Output = { kind: "output" };
/** The gradient with respect to the cell's output. */
const COTANGENT = { kind: "cotangent", of: null } as const;

/** Throws a UserError if the file does not fit the cell. */
export function cellCase(definition: ScopedDefinition, golden: CellGolden): Case {
  const ragged = golden.lengths != null || Object.keys(golden.memory_lengths).length > 0;
  const options = { ragged, training: true, states: "given", given: givenStates(golden) } as const;
  const { wiring } = golden;
  const statics = argumentsOf(definition, golden);
  const program = programOf(definition, statics, wiring === undefined ? options : { ...options, wiring });
  const expected = expectations(program, golden);
  const by = expected.flatMap(({ outputs }) => outputs.flatMap((each) => (each.kind === "gradient" ? [each.by] : [])));
  return {
    program,
    values: valuesOf(program, golden),
    expected,
    request: golden.cotangent === undefined ? null : { from: new Map([[printOutput(OUTPUT), COTANGENT]]), by },
  };
}

/**
 * How the file and the program name each layer and direction. A file always names a direction, `forward` if there is only one; a program
 * names it only in a bidirectional wiring.
 */
function layerNames(wiring: Wiring | undefined): readonly { readonly file: string; readonly program: string }[] {
  if (wiring === undefined) return [{ file: "", program: `${CELL}.` }];
  const directions = wiring.bidirectional ? ["forward", "backward"] : ["forward"];
  return Array.from({ length: wiring.layers }, (_, layer) =>
    directions.map((direction) => ({
      file: `layer${layer}.${direction}.`,
      program: wiring.bidirectional ? `${CELL}.layer${layer}.${direction}.` : `${CELL}.layer${layer}.`,
    })),
  ).flat();
}

function programName(name: string, { wiring }: CellGolden): string {
  const layer = layerNames(wiring).find((each) => name.startsWith(each.file));
  return layer === undefined ? `${CELL}.${name}` : layer.program + name.slice(layer.file.length);
}

/** The file's arrays under the names of the program's inputs. */
function valuesOf(program: Program, golden: CellGolden): ReadonlyMap<string, HostArray> {
  const values = new Map<string, HostArray>();
  const inputs = new Map(program.inputs.map((input) => [input.name, input]));
  for (const [name, array] of [...Object.entries(golden.inputs), ...Object.entries(golden.memories)]) {
    const input = inputs.get(name);
    if (input === undefined)
      throw new UserError(`the file has \`${name}\`, which is not an input of \`${golden.cell}\``);
    values.set(name, timeMajor(encoded(name, array, input, golden), input.type.dtype));
  }
  refuseMissing("input", inputs.keys(), values);
  addWeights(program, golden.params, (name) => programName(name, golden), values);
  if (golden.cotangent !== undefined) values.set(printInput(COTANGENT), timeMajor(golden.cotangent, "float"));
  addStates(program, golden, values);
  addLengths(program, golden, values);
  return values;
}

function addStates(program: Program, golden: CellGolden, values: Map<string, HostArray>): void {
  const layers = layerNames(golden.wiring);
  for (const [name, array] of Object.entries(golden.initial)) {
    parts(array, golden.wiring === undefined ? 1 : layers.length).forEach((part, index) => {
      const state = `${layers[index]?.program ?? `${CELL}.`}${name}`;
      if (!program.states.some((each) => each.name === state))
        throw new UserError(`the file has the state \`${name}\`, which \`${golden.cell}\` does not have`);
      values.set(printInput({ kind: "state", path: state }), host(golden.wiring === undefined ? array : part));
    });
  }
}

function addLengths(program: Program, golden: CellGolden, values: Map<string, HostArray>): void {
  for (const input of program.inputs) {
    const lengths = input.role === "memory" ? golden.memory_lengths[input.name] : golden.lengths;
    const time = input.type.axes.find((axis) => axis.tag === "time");
    const array = values.get(input.name);
    const name = time === undefined ? undefined : symbolOf(time.size);
    if (name === undefined || array === undefined) continue;
    const [T = 0, B = 0] = array.shape;
    values.set(printInput(lengthsOf(name)), intArray(lengths ?? Array.from({ length: B }, () => T)));
  }
}

function expectations(program: Program, golden: CellGolden): readonly Expected[] {
  const { output, final, grads } = golden;
  const pathsOf = (name: string): readonly string[] => layerNames(golden.wiring).map((layer) => layer.program + name);
  const list: Expected[] = [{ name: "output", outputs: [OUTPUT], array: output, isSequence: true }];
  for (const [name, array] of Object.entries(final)) {
    const outputs = pathsOf(name).map((path): Output => ({ kind: "final", path }));
    list.push({ name: `final ${name}`, outputs, array, isSequence: false });
  }
  for (const [name, array] of Object.entries(grads.params)) {
    const by = programName(name, golden);
    list.push({ name: `gradient of ${name}`, outputs: [{ kind: "gradient", by }], array, isSequence: false });
  }
  for (const [name, array] of [...Object.entries(grads.inputs), ...Object.entries(grads.memories)])
    list.push({ name: `gradient of ${name}`, outputs: [{ kind: "gradient", by: name }], array, isSequence: true });
  for (const [name, array] of Object.entries(grads.initial)) {
    const states = pathsOf(name).map((path) => printInput({ kind: "state", path }));
    const outputs = states.map((by): Output => ({ kind: "gradient", by }));
    list.push({ name: `gradient of the first ${name}`, outputs, array, isSequence: false });
  }
  const states = program.states.map((each) => printInput({ kind: "state", path: each.name }));
  const names = new Set([...[...program.parameters, ...program.inputs].map(({ name }) => name), ...states]);
  const isThere = (each: Output): boolean =>
    each.kind === "gradient" ? names.has(each.by) : program.graph.outputs.has(printOutput(each));
  const wrong = list.find(({ outputs }) => !outputs.every(isThere));
  if (wrong !== undefined)
    throw new UserError(`the file has \`${wrong.name}\`, which \`${golden.cell}\` does not have`);
  return list;
}

/** The states whose first values the file has. Any other starts as the spec says. */
function givenStates({ initial, grads, wiring }: CellGolden): ReadonlySet<string> {
  const without = Object.keys(grads.initial).find((name) => initial[name] === undefined);
  if (without !== undefined)
    throw new UserError(
      `the file has a gradient with respect to the first \`${without}\`, but \`initial\` does not have that value`,
    );
  return new Set(Object.keys(initial).flatMap((name) => layerNames(wiring).map(({ program }) => program + name)));
}

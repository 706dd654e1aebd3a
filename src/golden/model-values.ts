// A model's golden file as a comparison: the arrays under the names and in the layout of the model's program, and what it must return.
import { UserError } from "../base/diagnostic.ts";
import { programOf } from "../compile.ts";
import { printInput, printOutput, type Input, type Output } from "../graph/border.ts";
import { inputOf } from "../graph/node.ts";
import type { Program } from "../lang/elaborate/program.ts";
import type { ScopedDefinition } from "../lang/scope.ts";
import { symbolOf } from "../shape/dim.ts";
import type { Type } from "../shape/type.ts";
import type { HostArray } from "../targets/target.ts";
import type { Expected } from "./compare.ts";
import { host, intArray, timeMajor } from "./golden-arrays.ts";
import { addWeights, argumentsOf, refuseMissing, type Case } from "./golden-case.ts";
import { encoded } from "./golden-vocabularies.ts";
import type { GoldenArray, ModelGolden } from "./golden.ts";

const LOSS: Output = { kind: "loss" };

/** Dropout is off, and states start as the spec says. Throws a UserError if the file does not fit the model. */
export function modelCase(definition: ScopedDefinition, golden: ModelGolden): Case {
  const options = { ragged: golden.lengths != null, training: false, states: "initial" } as const;
  const program = programOf(definition, argumentsOf(definition, golden), options);
  const values = new Map<string, HostArray>();
  addWeights(program, golden.params, (name) => name, values);
  addData(program, golden, values);
  addLengths(program, golden, values);
  const expected = expectations(program, golden);
  const by = expected.flatMap(({ outputs }) => outputs.flatMap((each) => (each.kind === "gradient" ? [each.by] : [])));
  const hasLoss = program.graph.outputs.has(printOutput(LOSS));
  if (by.length > 0 && !hasLoss) throw new UserError(`the file has gradients, but \`${golden.model}\` has no loss`);
  return {
    program,
    values,
    expected,
    request: by.length === 0 ? null : { from: new Map([[printOutput(LOSS), null]]), by },
  };
}

interface DataNode {
  readonly input: Input<"data">;
  readonly type: Type;
}

/** Inputs and targets, also those ahead: `text` and `text[t+1]`. */
function dataNodes({ graph }: Program): ReadonlyMap<string, DataNode> {
  const nodes = graph.inputs().flatMap((node): [string, DataNode][] => {
    const input = inputOf(node);
    return input.kind === "data" ? [[printInput(input), { input, type: node.type }]] : [];
  });
  return new Map(nodes);
}

function addData(program: Program, golden: ModelGolden, values: Map<string, HostArray>): void {
  const nodes = dataNodes(program);
  for (const [name, data] of [...Object.entries(golden.inputs), ...Object.entries(golden.targets)]) {
    const node = nodes.get(name);
    const input = program.inputs.find((each) => each.name === node?.input.name);
    if (node === undefined || input === undefined)
      throw new UserError(`the file has \`${name}\`, which is not an input or target of \`${golden.model}\``);
    const array = encoded(name, data, input, golden);
    values.set(name, isSequence(node.type) ? timeMajor(array, node.type.dtype) : plain(array, node.type.dtype));
  }
  refuseMissing("input or target", nodes.keys(), values);
}

/** Graphs have time as the first axis. */
function isSequence({ axes }: Type): boolean {
  return axes[0]?.tag === "time";
}

function plain(array: GoldenArray, dtype: HostArray["dtype"]): HostArray {
  return dtype === "float" ? host(array) : { dtype, shape: array.shape, data: Int32Array.from(array.data) };
}

/** The lengths of every time; ahead of themselves examples have fewer steps. */
function addLengths(program: Program, { lengths, model }: ModelGolden, values: Map<string, HostArray>): void {
  if (lengths == null) return;
  const byName = Array.isArray(lengths) ? {} : lengths;
  const unknown = Object.keys(byName).find((name) => program.inputs.every((input) => input.name !== name));
  if (unknown !== undefined)
    throw new UserError(`the file has lengths of \`${unknown}\`, which is not an input or target of \`${model}\``);
  for (const input of program.graph.inputs().map(inputOf)) {
    if (input.kind !== "lengths") continue;
    const along = program.inputs.filter(({ type: { axes } }) => axes[0] && symbolOf(axes[0].size) === input.time);
    const named = along.find(({ name }) => byName[name] !== undefined)?.name ?? "";
    const [T = 0, B = 0] = values.get(along[0]?.name ?? "")?.shape ?? [];
    const steps = Array.isArray(lengths) ? lengths : (byName[named] ?? Array.from({ length: B }, () => T));
    values.set(printInput(input), intArray(steps.map((each) => Math.max(0, each - input.ahead))));
  }
}

function expectations(program: Program, { model, loss, outputs, grads }: ModelGolden): readonly Expected[] {
  const list: Expected[] = [];
  const types = new Map(program.inputs.map(({ name, type }) => [name, type]));
  const weights = new Set(program.parameters.map(({ name }) => name));
  const refuse = (what: string): never => {
    throw new UserError(`the file has ${what}, which \`${model}\` does not have`);
  };
  if (loss !== undefined) {
    if (!program.graph.outputs.has(printOutput(LOSS))) refuse("a `loss`");
    list.push({ name: "loss", outputs: [LOSS], array: { shape: [], data: [loss] }, isSequence: false });
  }
  for (const [name, array] of Object.entries(outputs)) {
    const output = outputNamed(program, name) ?? refuse(`the output \`${name}\``);
    const { type } = program.graph.output(printOutput(output));
    list.push({ name: `output ${name}`, outputs: [output], array, isSequence: isSequence(type) });
  }
  for (const [name, array] of Object.entries(grads.params)) {
    if (!weights.has(name)) refuse(`the gradient of \`${name}\``);
    list.push({ name: `gradient of ${name}`, outputs: [{ kind: "gradient", by: name }], array, isSequence: false });
  }
  for (const [name, array] of Object.entries(grads.inputs)) {
    const type = types.get(name);
    if (type?.dtype !== "float") return refuse(`the gradient of \`${name}\``);
    const by: Output = { kind: "gradient", by: name };
    list.push({ name: `gradient of ${name}`, outputs: [by], array, isSequence: isSequence(type) });
  }
  return list;
}

/** A prediction, or an equation that `output` names. */
function outputNamed({ graph }: Program, of: string): Output | undefined {
  const kinds: readonly Output[] = [
    { kind: "logits", of },
    { kind: "value", of },
  ];
  return kinds.find((output) => graph.outputs.has(printOutput(output)));
}

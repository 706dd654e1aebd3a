// LSTM, GRU and RNN of ONNX as applications of a cell, one for each direction, and the rows of their weights as the weights of its gates.
import { at } from "../../base/invariant.ts";
import type { OnnxNode } from "../../onnx/model.ts";
import { ACTIVATION_COUNTS, ACTIVATIONS, cellText, GATES, type OperatorName, type Variant } from "../../onnx/cells.ts";
import type { Reading } from "./reading.ts";
import { floatsOf, unsupported, type ArrayValue, type Value } from "./value.ts";

const DEFAULT_ACTIVATIONS: Readonly<Record<OperatorName, readonly string[]>> = {
  LSTM: ["Sigmoid", "Tanh", "Tanh"],
  GRU: ["Sigmoid", "Tanh"],
  RNN: ["Tanh"],
};

/** Blocks of a tensor `[directions, blocks · H, width]`, by direction and block. */
interface Blocks {
  readonly width: number;
  readonly block: (direction: number, index: number) => Float32Array;
}

/** A node as it was checked. */
interface Recurrent extends Omit<Parts, "direction"> {
  readonly operator: OperatorName;
  readonly node: OnnxNode;
  readonly reading: Reading;
  /** The name of the sequence. */
  readonly x: string;
  readonly directions: readonly ("forward" | "reverse")[];
  readonly variants: readonly Variant[];
  /** The names of first states, of h and c, by direction; none where they are 0. */
  readonly states: readonly (readonly string[])[];
}

export function readRecurrent(operator: OperatorName, node: OnnxNode, place: number, reading: Reading): void {
  writeEquations(checked(operator, node, place, reading));
}

function checked(operator: OperatorName, node: OnnxNode, place: number, reading: Reading): Recurrent {
  const refuse = (reason: string): never => {
    throw unsupported(node, place, reason);
  };
  const input = (index: number): Value | undefined => reading.value(node.inputs[index] ?? "");
  const x = input(0);
  if (x?.kind !== "array" || x.axes.join() !== "time,batch,feature")
    return refuse("the input is not a sequence [T, B, I]");
  const directions = directionsOf(node) ?? refuse("its direction is unknown");
  const [H, layout] = [node.attributes.get("hidden_size")?.value, node.attributes.get("layout")?.value ?? 0];
  if (typeof H !== "number" || H < 1) return refuse("its hidden_size is missing");
  if (layout !== 0 || node.attributes.get("input_forget")?.value === 1)
    return refuse("layout and input_forget other than 0 are not read");
  const isLstm = operator === "LSTM";
  const count = GATES[operator].length;
  const blocks = (index: number, name: string, shape: readonly number[]): Blocks | null => {
    const value = input(index);
    if (value === undefined || value.kind === "zeros") return null;
    const whole = [directions.length, ...shape];
    if (value.kind !== "constant" || value.tensor.shape.join() !== whole.join())
      return refuse(`${name} is not a constant [${whole.join(", ")}]`);
    return blocksOf(floatsOf(value.tensor), H, shape);
  };
  const P = isLstm ? blocks(7, "P", [3 * H]) : null;
  return {
    operator,
    node,
    reading,
    x: at(x.parts, 0, "onnx"),
    directions,
    H,
    W: blocks(1, "W", [count * H, x.width]) ?? refuse("W is missing"),
    R: blocks(2, "R", [count * H, H]) ?? refuse("R is missing"),
    B: blocks(3, "B", [2 * count * H]),
    P,
    variants: directions.map(
      (_, index) =>
        variantOf(operator, node, { index, hasPeepholes: P !== null }) ?? refuse("its activations are not read"),
    ),
    states: [input(5), ...(isLstm ? [input(6)] : [])].map(
      (value) => statesOf(value, directions.length, H) ?? refuse("its first states are not read"),
    ),
  };
}

function blocksOf(data: Float32Array, H: number, [rows = 0, width = 1]: readonly number[]): Blocks {
  const [count, size] = [rows / H, H * width];
  return {
    width,
    block: (direction, block) => {
      const from = (direction * count + block) * size;
      return data.slice(from, from + size);
    },
  };
}

function writeEquations(recurrent: Recurrent): void {
  const { operator, node, reading, directions, H } = recurrent;
  const readsMemory = operator === "LSTM" && reading.used.has(node.outputs[2] ?? "");
  const parts = directions.map((_, index) => writeApplication(recurrent, index, readsMemory));
  const results = readsMemory ? parts.map((part) => reading.equation("h", `${part}.h`)) : parts;
  const put = (index: number, own: readonly string[], axes: ArrayValue["axes"]): void => {
    reading.put(node.outputs[index], { kind: "array", parts: own, axes, width: H });
  };
  put(0, results, ["time", "direction", "batch", "feature"]);
  const ends = (own: readonly string[]): readonly string[] =>
    own.map((part, index) => reading.equation("end", `${directions[index] === "reverse" ? "first" : "last"}(${part})`));
  const last: ArrayValue["axes"] = ["direction", "batch", "feature"];
  if (reading.used.has(node.outputs[1] ?? "")) put(1, ends(results), last);
  if (readsMemory) put(2, ends(parts.map((part) => `${part}.c`)), last);
}

/** One direction; returns the name of its equation. A cell whose memory is read has it as an output. */
function writeApplication(recurrent: Recurrent, direction: number, readsMemory: boolean): string {
  const { operator, node, reading, directions, H, x, states } = recurrent;
  const variant = at(recurrent.variants, direction, "onnx");
  const cell = reading.cell(operator, (name) => {
    const text = cellText(name, variant);
    return readsMemory ? text.replace(/\}$/, "  output h, c\n}") : text;
  });
  const first = states.flatMap((each, state) => {
    const name = each[direction];
    return name === undefined ? [] : [`, ${state === 0 ? "h" : "c"} = ${name}`];
  });
  const which = at(directions, direction, "onnx");
  const applied = which === "reverse" ? `reverse(${cell}(${H}))` : `${cell}(${H})`;
  const own = node.outputs.find((each) => each !== "") ?? operator;
  const name = reading.equation(directions.length === 2 ? `${which}_${own}` : own, `${applied}(${x}${first.join("")})`);
  putWeights(reading, name, variant, { ...recurrent, direction });
  return name;
}

export function directionsOf(node: OnnxNode): readonly ("forward" | "reverse")[] | undefined {
  switch (node.attributes.get("direction")?.value ?? "forward") {
    case "forward":
      return ["forward"];
    case "reverse":
      return ["reverse"];
    case "bidirectional":
      return ["forward", "reverse"];
    default:
      return undefined;
  }
}

/** Undefined for functions that are not ours. */
export function variantOf(
  operator: OperatorName,
  node: OnnxNode,
  { index, hasPeepholes }: { readonly index: number; readonly hasPeepholes: boolean },
): Variant | undefined {
  const given = node.attributes.get("activations");
  const count = ACTIVATION_COUNTS[operator];
  const names =
    given?.kind === "strings" && given.value.length > 0
      ? given.value.slice(index * count, (index + 1) * count)
      : DEFAULT_ACTIVATIONS[operator];
  const activations = names.flatMap((name) =>
    [...ACTIVATIONS].flatMap(([own, theirs]) => (theirs.toLowerCase() === name.toLowerCase() ? [own] : [])),
  );
  const clip = node.attributes.get("clip");
  const limit = clip?.kind === "float" ? clip.value : undefined;
  if (activations.length !== count || (limit !== undefined && !(limit > 0 && limit < Infinity))) return undefined;
  return {
    operator,
    activations,
    clip: limit,
    linearBeforeReset: node.attributes.get("linear_before_reset")?.value === 1,
    hasPeepholes,
  };
}

/** The names of first states by direction; none where they are 0. */
function statesOf(value: Value | undefined, directions: number, H: number): readonly string[] | undefined {
  if (value === undefined || value.kind === "zeros") return [];
  if (value.kind === "constant") return floatsOf(value.tensor).every((each) => each === 0) ? [] : undefined;
  const isState = value.kind === "array" && value.axes.join() === "direction,batch,feature" && value.width === H;
  return isState && value.parts.length === directions ? value.parts : undefined;
}

interface Parts {
  readonly W: Blocks;
  readonly R: Blocks;
  readonly B: Blocks | null;
  readonly P: Blocks | null;
  readonly H: number;
  readonly direction: number;
}

function putWeights(
  reading: Reading,
  name: string,
  { operator, linearBeforeReset }: Variant,
  { W, R, B, P, H, direction }: Parts,
): void {
  const gates = GATES[operator];
  const zeros = new Float32Array(H);
  gates.forEach((gate, index) => {
    const isSplit = gate === "n" && linearBeforeReset;
    reading.addWeight(`${name}.${isSplit ? "nx" : gate}.x`, [H, W.width], W.block(direction, index));
    const recurrent = isSplit ? "u.h" : gate === "n" ? "n.arg2" : `${gate}.h`;
    reading.addWeight(`${name}.${recurrent}`, [H, H], R.block(direction, index));
    const [own, other] = [index, gates.length + index].map((block) => B?.block(direction, block) ?? zeros);
    if (isSplit) {
      reading.addWeight(`${name}.nx.b`, [H], own ?? zeros);
      reading.addWeight(`${name}.u.b`, [H], other ?? zeros);
    } else
      reading.addWeight(
        `${name}.${gate}.b`,
        [H],
        (own ?? zeros).map((bias, i) => bias + (other?.[i] ?? 0)),
      );
  });
  if (P === null) return;
  ["pi", "po", "pf"].forEach((peephole, index) =>
    reading.addWeight(`${name}.${peephole}`, [H], P.block(direction, index)),
  );
}

/** Directions side by side, as `concat` gives them. */
export function joinedDirections(value: ArrayValue, reading: Reading): ArrayValue {
  const axes = value.axes.filter((axis) => axis !== "direction");
  if (value.parts.length === 1) return { ...value, axes };
  const name = reading.equation("both", `concat(${value.parts.join(", ")})`);
  return { kind: "array", parts: [name], axes, width: value.width * value.parts.length };
}

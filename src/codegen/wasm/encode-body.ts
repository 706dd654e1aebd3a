// The code of one function: its locals, then its instructions in the order of evaluation.
import { fail, invariant } from "../../base/invariant.ts";
import { type Bytes, float32, int32, signed, TYPE_CODE, unsigned, vector } from "./bytes.ts";
import { collectLocals } from "./collect.ts";
import { rowOf, type ValueType } from "./opcodes.ts";
import type { Const, Expr, Func, Local } from "./tree.ts";

const CONST_CODE = { i32: 0x41, i64: 0x42, f32: 0x43, f64: 0x44 } as const;
const CONTROL_CODE = { block: 0x02, loop: 0x03 } as const;
const EMPTY = 0x40;
const ELSE = 0x05;
const END = 0x0b;

/** Where a module has its functions and types. */
export interface Indices {
  readonly functions: ReadonlyMap<string, number>;
  readonly typeOfOperands: (operands: readonly Expr[]) => Bytes;
}

export function encodeBody(func: Func, indices: Indices): Bytes {
  const locals = collectLocals(func);
  const types = [...new Set(locals.map(({ type }) => type))];
  const count = (type: ValueType): number => locals.filter((each) => each.type === type).length;
  const body = new BodyEncoder(func, locals, indices);
  const instructions = body.encode(func.value === undefined ? func.body : [...func.body, func.value]);
  return [...vector(types.map((type) => [...unsigned(count(type)), TYPE_CODE[type]])), ...instructions, END];
}

type Control = Extract<Expr, { kind: "block" | "loop" | "sequence" | "if" | "br" | "return" }>;

class BodyEncoder {
  readonly #func: Func;
  readonly #indices: Indices;
  /** The numbers of parameters and locals, by name. */
  readonly #slots: ReadonlyMap<string, number>;
  readonly #out: number[] = [];
  /** Of the blocks around the current instruction, outermost first; an `if` has none. */
  readonly #labels: string[] = [];

  constructor(func: Func, locals: readonly Local[], indices: Indices) {
    this.#func = func;
    this.#indices = indices;
    this.#slots = new Map([...func.locals, ...locals].map(({ name }, index) => [name, index] as const));
  }

  encode(nodes: readonly Expr[]): Bytes {
    this.#emitAll(nodes);
    return this.#out;
  }

  #emitAll(nodes: readonly Expr[]): void {
    for (const node of nodes) this.#emit(node);
  }

  #emit(node: Expr): void {
    const out = this.#out;
    switch (node.kind) {
      case "local":
        out.push(0x20, ...this.#slot(node));
        return;
      case "const":
      case "lanes":
        out.push(...constant(node));
        return;
      case "op": {
        const { code, align, lanes = 0 } = rowOf(node.name);
        invariant(node.lanes.length === lanes, "wasm", `${node.name} needs ${lanes} lanes, not ${node.lanes.length}`);
        this.#emitAll(node.operands);
        out.push(...code, ...(align === undefined ? [] : [align, ...unsigned(node.offset)]), ...node.lanes);
        return;
      }
      case "set":
      case "tee":
        this.#emit(node.value);
        out.push(node.kind === "set" ? 0x21 : 0x22, ...this.#slot(node.local));
        return;
      case "select":
        this.#emitAll([node.yes, node.no, node.condition]);
        out.push(0x1b);
        return;
      case "drop":
        this.#emit(node.value);
        out.push(0x1a);
        return;
      case "call":
        this.#emitAll(node.operands);
        out.push(0x10, ...unsigned(this.#indices.functions.get(node.callee.name) ?? 0));
        return;
      case "callAt":
        this.#emitAll([...node.operands, node.index]);
        out.push(0x11, ...this.#indices.typeOfOperands(node.operands), 0x00);
        return;
      default:
        this.#emitControl(node);
    }
  }

  #emitControl(node: Control): void {
    const out = this.#out;
    switch (node.kind) {
      case "block":
      case "loop":
        out.push(CONTROL_CODE[node.kind], EMPTY);
        this.#emitWithin(node.label, node.body);
        out.push(END);
        return;
      case "sequence":
        out.push(CONTROL_CODE.block, TYPE_CODE[node.type]);
        this.#emitWithin("", [...node.body, node.value]);
        out.push(END);
        return;
      case "if":
        this.#emit(node.condition);
        out.push(0x04, EMPTY);
        this.#emitWithin("", node.yes);
        if (node.no.length > 0) out.push(ELSE);
        this.#emitWithin("", node.no);
        out.push(END);
        return;
      case "br":
        if (node.condition !== undefined) this.#emit(node.condition);
        out.push(node.condition === undefined ? 0x0c : 0x0d, ...unsigned(this.#depthOf(node.label)));
        return;
      case "return":
        if (node.value !== undefined) this.#emit(node.value);
        out.push(0x0f);
    }
  }

  #emitWithin(label: string, nodes: readonly Expr[]): void {
    this.#labels.push(label);
    this.#emitAll(nodes);
    this.#labels.pop();
  }

  #slot({ name }: Local): Bytes {
    return unsigned(this.#slots.get(name) ?? 0);
  }

  /** How many blocks a branch to `label` leaves besides that one. */
  #depthOf(label: string): number {
    const depth = this.#labels.length - 1 - this.#labels.lastIndexOf(label);
    return depth < this.#labels.length
      ? depth
      : fail("wasm", `no block \`${label}\` around a branch in \`${this.#func.name}\``);
  }
}

function constant(node: Const): Bytes {
  switch (node.type) {
    case "v128":
      return [0xfd, 0x0c, ...node.lanes.flatMap((lane) => (node.shape === "f32x4" ? float32(lane) : int32(lane)))];
    case "i32":
      return [CONST_CODE.i32, ...signed(node.value | 0)];
    case "i64":
      return [CONST_CODE.i64, ...signed(node.value)];
    case "f32":
      return [CONST_CODE.f32, ...float32(node.value)];
    case "f64":
      return [CONST_CODE.f64, ...new Uint8Array(Float64Array.of(node.value).buffer)];
  }
}

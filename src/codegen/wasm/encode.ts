// From a module's tree to its bytes, in the binary format of the core specification, with functions' names in a name section
// (for profilers and stack traces). What is wrong with a label or a call is an internal fault here; `WebAssembly.validate`
// says the rest.
import { fail, invariant } from "../../base/invariant.ts";
import { collectFunctions, collectLocals, paramsOf } from "./collect.ts";
import { rowOf, type Type, type ValueType } from "./opcodes.ts";
import { type Const, type Expr, type Func, type Memory, type Module, type Table } from "./tree.ts";

type Bytes = readonly number[];

const TYPE_CODE = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b } as const satisfies Record<
  ValueType,
  number
>;
const CONST_CODE = { i32: 0x41, i64: 0x42, f32: 0x43, f64: 0x44 } as const;
const CONTROL_CODE = { block: 0x02, loop: 0x03 } as const;
const HEADER: Bytes = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
const EMPTY = 0x40;
const END = 0x0b;

export function encode(module: Module): Uint8Array<ArrayBuffer> {
  const { imports, functions, calledAt } = collectFunctions(module);
  const callees = [...imports, ...functions];
  const indexOf = new Map(callees.map(({ name }, index) => [name, index] as const));
  const signatures = callees.map(({ params, result }) => signature(params, result));
  const tableSignatures = calledAt.map((params) => signature(params, "none"));
  const types = [
    ...new Map([...signatures, ...tableSignatures].map((bytes) => [bytes.join(), bytes] as const)).values(),
  ];
  const typeIndex = new Map(types.map((bytes, index) => [bytes.join(), index] as const));
  const typeNamed = (bytes: Bytes): Bytes => unsigned(typeIndex.get(bytes.join()) ?? 0);
  const typeOf = (callee: number): Bytes => typeNamed(signatures[callee] ?? []);
  const indices = {
    functions: indexOf,
    typeOfOperands: (operands: readonly Expr[]) => typeNamed(signature(paramsOf(operands), "none")),
  };

  const importEntries = [
    ...(module.memory === undefined ? [] : [memoryImport(module.memory)]),
    ...(module.table === undefined ? [] : [tableImport(module.table)]),
    ...imports.map((each, index) => [...text(each.module), ...text(each.name), 0x00, ...typeOf(index)]),
  ];
  const exportEntries = module.exports.map(({ name }) => [...text(name), 0x00, ...unsigned(indexOf.get(name) ?? 0)]);
  return Uint8Array.from([
    ...HEADER,
    ...section(1, vector(types)),
    ...section(2, vector(importEntries)),
    ...section(3, vector(functions.map((_, index) => typeOf(imports.length + index)))),
    ...section(7, vector(exportEntries)),
    ...section(10, vector(functions.map((func) => sized(code(func, indices))))),
    ...section(0, [
      ...text("name"),
      1,
      ...sized(vector(callees.map(({ name }, i) => [...unsigned(i), ...text(name)]))),
    ]),
  ]);
}

function signature(params: readonly ValueType[], result: Type): Bytes {
  const results = result === "none" ? [] : [[TYPE_CODE[result]]];
  return [0x60, ...vector(params.map((type) => [TYPE_CODE[type]])), ...vector(results)];
}

function memoryImport({ module, name, minimum, maximum, shared = false }: Memory): Bytes {
  const limits = maximum === undefined ? [...unsigned(minimum)] : [...unsigned(minimum), ...unsigned(maximum)];
  const flags = (maximum === undefined ? 0 : 1) + (shared ? 2 : 0);
  return [...text(module), ...text(name), 0x02, flags, ...limits];
}

function tableImport({ module, name, minimum }: Table): Bytes {
  return [...text(module), ...text(name), 0x01, 0x70, 0x00, ...unsigned(minimum)];
}

interface Indices {
  readonly functions: ReadonlyMap<string, number>;
  readonly typeOfOperands: (operands: readonly Expr[]) => Bytes;
}

function code(func: Func, indices: Indices): Bytes {
  const extra = collectLocals(func);
  const slots = new Map([...func.locals, ...extra].map(({ name }, index) => [name, index] as const));
  const types = [...new Set(extra.map(({ type }) => type))];
  const count = (type: ValueType): number => extra.filter((each) => each.type === type).length;
  const out: number[] = [...vector(types.map((type) => [...unsigned(count(type)), TYPE_CODE[type]]))];
  const labels: string[] = [];

  const emitAll = (nodes: readonly Expr[]): void => nodes.forEach(emit);
  const within = (label: string, nodes: readonly Expr[]): void => {
    labels.push(label);
    emitAll(nodes);
    labels.pop();
  };
  const emit = (node: Expr): void => {
    switch (node.kind) {
      case "local":
        out.push(0x20, ...unsigned(slots.get(node.name) ?? 0));
        return;
      case "const":
      case "lanes":
        out.push(...constant(node));
        return;
      case "op": {
        const { code: bytes, align, lanes = 0 } = rowOf(node.name);
        invariant(node.lanes.length === lanes, "wasm", `${node.name} needs ${lanes} lanes, not ${node.lanes.length}`);
        emitAll(node.operands);
        out.push(...bytes, ...(align === undefined ? [] : [align, ...unsigned(node.offset)]), ...node.lanes);
        return;
      }
      case "set":
      case "tee":
        emit(node.value);
        out.push(node.kind === "set" ? 0x21 : 0x22, ...unsigned(slots.get(node.local.name) ?? 0));
        return;
      case "select":
        emitAll([node.yes, node.no, node.condition]);
        out.push(0x1b);
        return;
      case "drop":
        emit(node.value);
        out.push(0x1a);
        return;
      case "call":
        emitAll(node.operands);
        out.push(0x10, ...unsigned(indices.functions.get(node.callee.name) ?? 0));
        return;
      case "callAt":
        emitAll([...node.operands, node.index]);
        out.push(0x11, ...indices.typeOfOperands(node.operands), 0x00);
        return;
      case "block":
      case "loop":
        out.push(CONTROL_CODE[node.kind], EMPTY);
        within(node.label, node.body);
        out.push(END);
        return;
      case "sequence":
        out.push(CONTROL_CODE.block, TYPE_CODE[node.type]);
        within("", [...node.body, node.value]);
        out.push(END);
        return;
      case "if":
        emit(node.condition);
        out.push(0x04, EMPTY);
        within("", node.yes);
        if (node.no.length > 0) out.push(0x05);
        within("", node.no);
        out.push(END);
        return;
      case "br": {
        const depth = labels.length - 1 - labels.lastIndexOf(node.label);
        if (depth === labels.length) fail("wasm", `no block \`${node.label}\` around a branch in \`${func.name}\``);
        if (node.condition !== undefined) emit(node.condition);
        out.push(node.condition === undefined ? 0x0c : 0x0d, ...unsigned(depth));
        return;
      }
      case "return":
        if (node.value !== undefined) emit(node.value);
        out.push(0x0f);
    }
  };
  emitAll(func.body);
  if (func.value !== undefined) emit(func.value);
  return [...out, END];
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

const float32 = (value: number): Bytes => [...new Uint8Array(Float32Array.of(value).buffer)];
const int32 = (value: number): Bytes => [...new Uint8Array(Int32Array.of(value).buffer)];

/** LEB128 of 0 ≤ value < 2⁵³. */
function unsigned(value: number): Bytes {
  invariant(Number.isSafeInteger(value) && value >= 0, "wasm", `${value} is not a natural number`);
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) + 0x80);
  return [...bytes, rest];
}

/** LEB128 of an integer below 2⁵³ in size. */
function signed(value: number): Bytes {
  invariant(Number.isSafeInteger(value), "wasm", `${value} is not an integer`);
  const bytes: number[] = [];
  let rest = value;
  for (; rest < -64 || rest > 63; rest = Math.floor(rest / 0x80)) bytes.push((((rest % 0x80) + 0x80) % 0x80) + 0x80);
  return [...bytes, rest & 0x7f];
}

const sized = (bytes: Bytes): Bytes => [...unsigned(bytes.length), ...bytes];
const vector = (entries: readonly Bytes[]): Bytes => [...unsigned(entries.length), ...entries.flat()];
const text = (value: string): Bytes => sized([...new TextEncoder().encode(value)]);

/** Nothing where there is nothing in it. */
function section(id: number, content: Bytes): Bytes {
  return content.length === 1 && content[0] === 0 ? [] : [id, ...sized(content)];
}

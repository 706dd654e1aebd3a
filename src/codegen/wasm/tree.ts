// A WebAssembly program as data: expression trees with the types of their results, functions, a module. TypeScript checks the types
// of operands in the builders below. `encode.ts` writes a tree as bytes, `print.ts` as text.
// Using a local declares it. A module has the functions that its exports reach.
import { type OpName, OPS, type Type, type ValueType } from "./opcodes.ts";

export interface Local<T extends ValueType = ValueType> {
  readonly kind: "local";
  readonly name: string;
  readonly type: T;
}

export type Const =
  | { readonly kind: "const"; readonly type: "i32" | "i64" | "f32" | "f64"; readonly value: number }
  | {
      readonly kind: "lanes";
      readonly type: "v128";
      readonly shape: "f32x4" | "i32x4";
      readonly lanes: readonly number[];
    };

export interface Op {
  readonly kind: "op";
  readonly name: OpName;
  readonly type: Type;
  readonly operands: readonly Expr[];
  /** Bytes added to the address, of an instruction on memory. */
  readonly offset: number;
  readonly lanes: readonly number[];
}

export type Node =
  | Local
  | Const
  | Op
  | { readonly kind: "set"; readonly type: "none"; readonly local: Local; readonly value: Expr }
  | { readonly kind: "tee"; readonly type: ValueType; readonly local: Local; readonly value: Expr }
  | {
      readonly kind: "select";
      readonly type: ValueType;
      readonly yes: Expr;
      readonly no: Expr;
      readonly condition: Expr;
    }
  | { readonly kind: "drop"; readonly type: "none"; readonly value: Expr }
  | { readonly kind: "call"; readonly type: Type; readonly callee: Callee; readonly operands: readonly Expr[] }
  /** A call of a function without result that stands in the module's table at `index`. */
  | { readonly kind: "callAt"; readonly type: "none"; readonly index: Expr; readonly operands: readonly Expr[] }
  | { readonly kind: "block" | "loop"; readonly type: "none"; readonly label: string; readonly body: Body }
  | {
      readonly kind: "if";
      readonly type: "none";
      readonly condition: Expr;
      readonly yes: Body;
      readonly no: Body;
    }
  | { readonly kind: "sequence"; readonly type: ValueType; readonly body: Body; readonly value: Expr }
  | { readonly kind: "br"; readonly type: "none"; readonly label: string; readonly condition: Expr | undefined }
  | { readonly kind: "return"; readonly type: "none"; readonly value: Expr | undefined };

/** A tree whose result is a `T`. */
export type Expr<T extends Type = Type> = Node & { readonly type: T };
export type Statement = Expr<"none">;
export type Body = readonly Statement[];

interface Signature<P extends readonly ValueType[] = readonly ValueType[], R extends Type = Type> {
  readonly name: string;
  readonly params: P;
  readonly result: R;
}

export interface Func<P extends readonly ValueType[] = readonly ValueType[], R extends Type = Type> extends Signature<
  P,
  R
> {
  readonly kind: "func";
  readonly locals: readonly Local[];
  readonly body: Body;
  readonly value: Expr | undefined;
}

/** A function of the host, or of another module that shares the memory. */
export interface ImportedFunc<
  P extends readonly ValueType[] = readonly ValueType[],
  R extends Type = Type,
> extends Signature<P, R> {
  readonly kind: "import";
  readonly module: string;
}

export type Callee<P extends readonly ValueType[] = readonly ValueType[], R extends Type = Type> =
  Func<P, R> | ImportedFunc<P, R>;

export interface Memory {
  readonly module: string;
  readonly name: string;
  /** In pages of 64 KiB. */
  readonly minimum: number;
  /** Required for a shared memory. */
  readonly maximum?: number;
  readonly shared?: boolean;
}

/** Functions by number, shared by modules. */
export interface Table {
  readonly module: string;
  readonly name: string;
  readonly minimum: number;
}

export interface Module {
  readonly memory?: Memory;
  readonly table?: Table;
  /** Exported under their names. The functions that they call are included. */
  readonly exports: readonly Func[];
}

type Operands<P extends readonly ValueType[]> = { readonly [I in keyof P]: Expr<P[I]> };
type Params<N extends OpName> = (typeof OPS)[N]["params"];
type Result<N extends OpName> = (typeof OPS)[N]["result"];
type OpWhere<Shape> = { [N in OpName]: (typeof OPS)[N] extends Shape ? N : never }[OpName];
type LaneOp = OpWhere<{ readonly lanes: number }>;
type LaneMemory = OpWhere<{ readonly lanes: 1; readonly align: number }>;
type PlainOp = Exclude<OpName, LaneOp>;
type Load = OpWhere<{ readonly align: number; readonly params: readonly ["i32"] }>;
type Store = Exclude<OpWhere<{ readonly align: number; readonly result: "none" }>, LaneOp>;

export const local = <T extends ValueType>(name: string, type: T): Local<T> => ({ kind: "local", name, type });
export const i32 = (value: number): Expr<"i32"> => ({ kind: "const", type: "i32", value });
export const i64 = (value: number): Expr<"i64"> => ({ kind: "const", type: "i64", value });
export const f32 = (value: number): Expr<"f32"> => ({ kind: "const", type: "f32", value });
export const f64 = (value: number): Expr<"f64"> => ({ kind: "const", type: "f64", value });
export const i32x4 = (value: number): Expr<"v128"> => lanes("i32x4", [value, value, value, value]);
export const f32x4 = (value: number): Expr<"v128"> => lanes("f32x4", [value, value, value, value]);
export const lanes = (shape: "f32x4" | "i32x4", values: readonly number[]): Expr<"v128"> => {
  return { kind: "lanes", type: "v128", shape, lanes: values };
};

/** Any instruction without lane numbers; on memory, with offset 0. */
export function op<N extends PlainOp>(name: N, ...operands: Operands<Params<N>>): Expr<Result<N>> {
  return { kind: "op", name, type: OPS[name].result, operands, offset: 0, lanes: [] };
}

/** An instruction with lane numbers (a shuffle's are of bytes), not on memory. */
export function laneOp<N extends Exclude<LaneOp, LaneMemory>>(
  name: N,
  laneNumbers: readonly number[],
  ...operands: Operands<Params<N>>
): Expr<Result<N>> {
  return { kind: "op", name, type: OPS[name].result, operands, offset: 0, lanes: laneNumbers };
}

/** Loads one lane of a vector, or stores one (two of 32 bits). */
export function laneAt<N extends LaneMemory>(
  name: N,
  lane: number,
  address: Expr<"i32">,
  vector: Expr<"v128">,
  offset = 0,
): Expr<Result<N>> {
  return { kind: "op", name, type: OPS[name].result, operands: [address, vector], offset, lanes: [lane] };
}

export function load<N extends Load>(name: N, address: Expr<"i32">, offset = 0): Expr<Result<N>> {
  return { kind: "op", name, type: OPS[name].result, operands: [address], offset, lanes: [] };
}

export function store<N extends Store>(
  name: N,
  address: Expr<"i32">,
  value: Expr<Params<N>[1]>,
  offset = 0,
): Statement {
  return { kind: "op", name, type: "none", operands: [address, value], offset, lanes: [] };
}

export const set = <T extends ValueType>(target: Local<T>, value: Expr<T>): Statement => {
  return { kind: "set", type: "none", local: target, value };
};

/** Sets the local; the result is the value. */
export const tee = <T extends ValueType>(target: Local<T>, value: Expr<T>): Expr<T> => {
  return { kind: "tee", type: target.type, local: target, value };
};

/** Evaluates both values. */
export const select = <T extends ValueType>(condition: Expr<"i32">, yes: Expr<T>, no: Expr<T>): Expr<T> => {
  return { kind: "select", type: yes.type, yes, no, condition };
};

export const drop = (value: Expr<ValueType>): Statement => ({ kind: "drop", type: "none", value });

export function call<P extends readonly ValueType[], R extends Type>(
  callee: Callee<P, R>,
  ...operands: Operands<P>
): Expr<R> {
  return { kind: "call", type: callee.result, callee, operands };
}

/** Calls the function at `index` of the table, whose parameters have the operands' types, and which has no result. */
export const callAt = (index: Expr<"i32">, ...operands: readonly Expr<ValueType>[]): Statement => {
  return { kind: "callAt", type: "none", index, operands };
};

/** `br(label)` in its body leaves it. */
export const block = (label: string, body: Body): Statement => ({ kind: "block", type: "none", label, body });
/** `br(label)` in its body begins it again; its end leaves it. */
export const loop = (label: string, body: Body): Statement => ({ kind: "loop", type: "none", label, body });
export const when = (condition: Expr<"i32">, yes: Body, no: Body = []): Statement => {
  return { kind: "if", type: "none", condition, yes, no };
};
/** A value with statements that run before it. */
export const sequence = <T extends ValueType>(body: Body, value: Expr<T>): Expr<T> => {
  return { kind: "sequence", type: value.type, body, value };
};
export const br = (label: string, condition?: Expr<"i32">): Statement => {
  return { kind: "br", type: "none", label, condition };
};
export const ret = (value?: Expr<ValueType>): Statement => ({ kind: "return", type: "none", value });

type TypesOf<L extends readonly Local[]> = { readonly [I in keyof L]: L[I]["type"] };

export function func<const L extends readonly Local[]>(name: string, params: L, body: Body): Func<TypesOf<L>, "none">;
export function func<const L extends readonly Local[], R extends ValueType>(
  name: string,
  params: L,
  body: Body,
  value: Expr<R>,
): Func<TypesOf<L>, R>;
export function func(name: string, locals: readonly Local[], body: Body, value?: Expr): Func {
  return {
    kind: "func",
    name,
    params: locals.map(({ type }) => type),
    result: value?.type ?? "none",
    locals,
    body,
    value,
  };
}

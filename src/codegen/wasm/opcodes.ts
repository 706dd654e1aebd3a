// The instructions of WebAssembly that kernels use, one row each: the bytes, the types of operands and result, and immediates (the
// alignment of a memory instruction, lanes). The encoder, the printer and the types of `tree.ts` use this table: a new instruction
// is one row. Numbers are those of the core specification 2.0 with the
// proposals relaxed SIMD and threads.

export type ValueType = "i32" | "i64" | "f32" | "f64" | "v128";
/** `none` is the type of statements. */
export type Type = ValueType | "none";

export interface Instruction {
  readonly code: readonly number[];
  readonly params: readonly ValueType[];
  readonly result: Type;
  /** log₂ of the bytes that a memory instruction moves; also its alignment, which is always the natural one. */
  readonly align?: number;
  /** The number of lane immediates. */
  readonly lanes?: number;
}

function row<const P extends readonly ValueType[], R extends Type>(code: readonly number[], params: P, result: R) {
  return { code, params, result };
}

function withLanes<const N extends number, const P extends readonly ValueType[], R extends Type>(
  lanes: N,
  code: readonly number[],
  params: P,
  result: R,
) {
  return { code, params, result, lanes };
}

const unary = <T extends ValueType>(code: number, type: T) => row([code], [type], type);
const binary = <T extends ValueType>(code: number, type: T) => row([code], [type, type], type);
const compare = <T extends ValueType>(code: number, type: T) => row([code], [type, type], "i32");

/** The prefix 0xfd and the number as LEB128. */
const simd = (code: number): readonly number[] => {
  return code < 0x80 ? [0xfd, code] : [0xfd, (code & 0x7f) | 0x80, code >> 7];
};
const unary128 = (code: number) => row(simd(code), ["v128"], "v128");
const binary128 = (code: number) => row(simd(code), ["v128", "v128"], "v128");
const ternary128 = (code: number) => row(simd(code), ["v128", "v128", "v128"], "v128");
const shift128 = (code: number) => row(simd(code), ["v128", "i32"], "v128");

const load = <R extends ValueType>(code: readonly number[], result: R, align: number) => {
  return { ...row(code, ["i32"], result), align };
};
const store = <V extends ValueType>(code: readonly number[], value: V, align: number) => {
  return { ...row(code, ["i32", value], "none"), align };
};
const atomicUpdate = (code: number) => ({ ...row([0xfe, code], ["i32", "i32"], "i32"), align: 2 });

export const OPS = {
  "i32.eqz": unary(0x45, "i32"),
  "i32.eq": binary(0x46, "i32"),
  "i32.ne": binary(0x47, "i32"),
  "i32.lt_s": binary(0x48, "i32"),
  "i32.lt_u": binary(0x49, "i32"),
  "i32.gt_s": binary(0x4a, "i32"),
  "i32.gt_u": binary(0x4b, "i32"),
  "i32.le_s": binary(0x4c, "i32"),
  "i32.le_u": binary(0x4d, "i32"),
  "i32.ge_s": binary(0x4e, "i32"),
  "i32.ge_u": binary(0x4f, "i32"),
  "i32.add": binary(0x6a, "i32"),
  "i32.sub": binary(0x6b, "i32"),
  "i32.mul": binary(0x6c, "i32"),
  "i32.div_s": binary(0x6d, "i32"),
  "i32.div_u": binary(0x6e, "i32"),
  "i32.rem_s": binary(0x6f, "i32"),
  "i32.rem_u": binary(0x70, "i32"),
  "i32.and": binary(0x71, "i32"),
  "i32.or": binary(0x72, "i32"),
  "i32.xor": binary(0x73, "i32"),
  "i32.shl": binary(0x74, "i32"),
  "i32.shr_s": binary(0x75, "i32"),
  "i32.shr_u": binary(0x76, "i32"),

  "f32.eq": compare(0x5b, "f32"),
  "f32.ne": compare(0x5c, "f32"),
  "f32.lt": compare(0x5d, "f32"),
  "f32.gt": compare(0x5e, "f32"),
  "f32.le": compare(0x5f, "f32"),
  "f32.ge": compare(0x60, "f32"),
  "f32.abs": unary(0x8b, "f32"),
  "f32.neg": unary(0x8c, "f32"),
  "f32.ceil": unary(0x8d, "f32"),
  "f32.floor": unary(0x8e, "f32"),
  "f32.trunc": unary(0x8f, "f32"),
  "f32.nearest": unary(0x90, "f32"),
  "f32.sqrt": unary(0x91, "f32"),
  "f32.add": binary(0x92, "f32"),
  "f32.sub": binary(0x93, "f32"),
  "f32.mul": binary(0x94, "f32"),
  "f32.div": binary(0x95, "f32"),
  "f32.min": binary(0x96, "f32"),
  "f32.max": binary(0x97, "f32"),
  "f32.copysign": binary(0x98, "f32"),

  "f64.lt": compare(0x63, "f64"),
  "f64.gt": compare(0x64, "f64"),
  "f64.sqrt": unary(0x9f, "f64"),
  "f64.add": binary(0xa0, "f64"),
  "f64.sub": binary(0xa1, "f64"),
  "f64.mul": binary(0xa2, "f64"),
  "f64.div": binary(0xa3, "f64"),

  "i32.trunc_sat_f32_s": row([0xfc, 0x00], ["f32"], "i32"),
  "f32.convert_i32_s": row([0xb2], ["i32"], "f32"),
  "f32.convert_i32_u": row([0xb3], ["i32"], "f32"),
  "f32.demote_f64": row([0xb6], ["f64"], "f32"),
  "f64.convert_i32_s": row([0xb7], ["i32"], "f64"),
  "f64.promote_f32": row([0xbb], ["f32"], "f64"),
  "i32.reinterpret_f32": row([0xbc], ["f32"], "i32"),
  "f32.reinterpret_i32": row([0xbe], ["i32"], "f32"),

  "i32.load": load([0x28], "i32", 2),
  "f32.load": load([0x2a], "f32", 2),
  "f64.load": load([0x2b], "f64", 3),
  "i32.load8_u": load([0x2d], "i32", 0),
  "i32.store": store([0x36], "i32", 2),
  "f32.store": store([0x38], "f32", 2),
  "f64.store": store([0x39], "f64", 3),
  "i32.store8": store([0x3a], "i32", 0),
  "memory.size": row([0x3f, 0x00], [], "i32"),
  /** To, from, bytes. The ranges may overlap. */
  "memory.copy": row([0xfc, 0x0a, 0x00, 0x00], ["i32", "i32", "i32"], "none"),
  /** To, byte, bytes. */
  "memory.fill": row([0xfc, 0x0b, 0x00], ["i32", "i32", "i32"], "none"),

  "v128.load": load(simd(0x00), "v128", 4),
  "v128.load32_splat": load(simd(0x09), "v128", 2),
  "v128.load64_splat": load(simd(0x0a), "v128", 3),
  "v128.load32_zero": load(simd(0x5c), "v128", 2),
  "v128.load64_zero": load(simd(0x5d), "v128", 3),
  "v128.store": store(simd(0x0b), "v128", 4),
  "v128.load32_lane": { ...withLanes(1, simd(0x56), ["i32", "v128"], "v128"), align: 2 },
  "v128.store32_lane": { ...withLanes(1, simd(0x5a), ["i32", "v128"], "none"), align: 2 },
  "v128.store64_lane": { ...withLanes(1, simd(0x5b), ["i32", "v128"], "none"), align: 3 },
  "i8x16.shuffle": withLanes(16, simd(0x0d), ["v128", "v128"], "v128"),
  "i32x4.extract_lane": withLanes(1, simd(0x1b), ["v128"], "i32"),
  "i32x4.replace_lane": withLanes(1, simd(0x1c), ["v128", "i32"], "v128"),
  "f32x4.extract_lane": withLanes(1, simd(0x1f), ["v128"], "f32"),
  "f32x4.replace_lane": withLanes(1, simd(0x20), ["v128", "f32"], "v128"),
  "i32x4.splat": row(simd(0x11), ["i32"], "v128"),
  "f32x4.splat": row(simd(0x13), ["f32"], "v128"),

  "v128.not": unary128(0x4d),
  "v128.and": binary128(0x4e),
  "v128.andnot": binary128(0x4f),
  "v128.or": binary128(0x50),
  "v128.xor": binary128(0x51),
  /** The first operand's bits where the third's are 1, otherwise the second's. */
  "v128.bitselect": ternary128(0x52),
  "v128.any_true": row(simd(0x53), ["v128"], "i32"),

  "i32x4.eq": binary128(0x37),
  "i32x4.ne": binary128(0x38),
  "i32x4.lt_s": binary128(0x39),
  "i32x4.gt_s": binary128(0x3b),
  "i32x4.le_s": binary128(0x3d),
  "i32x4.ge_s": binary128(0x3f),
  "i32x4.all_true": row(simd(0xa3), ["v128"], "i32"),
  "i32x4.shl": shift128(0xab),
  "i32x4.shr_s": shift128(0xac),
  "i32x4.shr_u": shift128(0xad),
  "i32x4.add": binary128(0xae),
  "i32x4.sub": binary128(0xb1),
  "i32x4.mul": binary128(0xb5),
  "i32x4.min_s": binary128(0xb6),
  "i32x4.max_s": binary128(0xb8),

  "f32x4.eq": binary128(0x41),
  "f32x4.ne": binary128(0x42),
  "f32x4.lt": binary128(0x43),
  "f32x4.gt": binary128(0x44),
  "f32x4.le": binary128(0x45),
  "f32x4.ge": binary128(0x46),
  "f32x4.ceil": unary128(0x67),
  "f32x4.floor": unary128(0x68),
  "f32x4.trunc": unary128(0x69),
  "f32x4.nearest": unary128(0x6a),
  "f32x4.abs": unary128(0xe0),
  "f32x4.neg": unary128(0xe1),
  "f32x4.sqrt": unary128(0xe3),
  "f32x4.add": binary128(0xe4),
  "f32x4.sub": binary128(0xe5),
  "f32x4.mul": binary128(0xe6),
  "f32x4.div": binary128(0xe7),
  "f32x4.min": binary128(0xe8),
  "f32x4.max": binary128(0xe9),
  /** b < a ? b : a, one machine instruction; a NaN in b is lost. */
  "f32x4.pmin": binary128(0xea),
  "f32x4.pmax": binary128(0xeb),
  "i32x4.trunc_sat_f32x4_s": unary128(0xf8),
  "f32x4.convert_i32x4_s": unary128(0xfa),
  /** a · b + c, rounded once or twice. */
  "f32x4.relaxed_madd": ternary128(0x105),
  /** c - a · b. */
  "f32x4.relaxed_nmadd": ternary128(0x106),
  "i32x4.relaxed_laneselect": ternary128(0x10b),
  "i32x4.relaxed_trunc_f32x4_s": unary128(0x101),

  /** Address, number of threads to wake. Returns how many were woken. */
  "memory.atomic.notify": { ...row([0xfe, 0x00], ["i32", "i32"], "i32"), align: 2 },
  /** Address, expected value, nanoseconds (negative: no limit). Returns 0 if woken, 1 if not equal, 2 if timed out. */
  "memory.atomic.wait32": { ...row([0xfe, 0x01], ["i32", "i32", "i64"], "i32"), align: 2 },
  "atomic.fence": row([0xfe, 0x03, 0x00], [], "none"),
  "i32.atomic.load": load([0xfe, 0x10], "i32", 2),
  "i32.atomic.store": store([0xfe, 0x17], "i32", 2),
  "i32.atomic.rmw.add": atomicUpdate(0x1e),
  "i32.atomic.rmw.sub": atomicUpdate(0x25),
  "i32.atomic.rmw.xchg": atomicUpdate(0x41),
  /** Address, expected, replacement. Returns the old value. */
  "i32.atomic.rmw.cmpxchg": { ...row([0xfe, 0x48], ["i32", "i32", "i32"], "i32"), align: 2 },
} as const satisfies Record<string, Instruction>;

export type OpName = keyof typeof OPS;

/** The row of an instruction, by the fields that only some rows have. */
export const rowOf = (name: OpName): Instruction => OPS[name];

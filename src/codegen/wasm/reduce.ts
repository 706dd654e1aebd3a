// Sums, greatest and smallest elements over some axes of a strided array. The kept axes are the outer loops. If the last kept axis is
// contiguous, many of its elements are reduced at once; otherwise, if the last reduced axis is contiguous, it is read in vectors.
import type { ReduceAccess } from "../../kernel/kernels.ts";
import type { Reduction } from "../../kernel/task.ts";
import { minus, plus, range, repeat, repeatInSteps } from "./arithmetic.ts";
import { memoize } from "./memoize.ts";
import { args, word } from "./kernel-arguments.ts";
import { loadLanes, loadRest, storeLanes } from "./simd.ts";
import {
  type Body,
  type Expr,
  f32x4,
  func,
  i32,
  laneOp,
  load,
  local,
  op,
  set,
  type Statement,
  store,
  when,
} from "./tree.ts";

const IDENTITY = { sum: 0, max: -Infinity, min: Infinity } as const;
const COMBINE = { sum: "f32x4.add", max: "f32x4.max", min: "f32x4.min" } as const;
/** Vectors that `across` reduces at once: two cache lines. */
const WIDE = 8;

type Vector = Expr<"v128">;

/** The reduction of all four lanes, in each lane. */
function horizontal(reduction: Reduction, x: Vector): Vector {
  const swap = (value: Vector, order: readonly number[]): Vector =>
    laneOp(
      "i8x16.shuffle",
      order.flatMap((lane) => range(4).map((byte) => 4 * lane + byte)),
      value,
      value,
    );
  const half = local("half", "v128");
  const quarter = local("quarter", "v128");
  return {
    kind: "sequence",
    type: "v128",
    body: [set(half, x), set(quarter, op(COMBINE[reduction], half, swap(half, [2, 3, 0, 1])))],
    value: op(COMBINE[reduction], quarter, swap(quarter, [1, 0, 3, 2])),
  };
}

/**
 * Arguments in words: source, target; the kept sizes, the reduced sizes; the source's strides along each of these in bytes; the
 * target's strides along the kept ones. `across`: the last kept axis has stride 4 in source and target. `along`: the last reduced
 * axis has stride 4. At least one axis of each kind.
 */
export const reduceKernel = memoize((reduction: Reduction, kept: number, reduced: number, access: ReduceAccess) => {
  const form = { reduction, kept, reduced };
  const inner = { across, along, apart }[access](form);
  const outerAxes = access === "across" ? kept - 1 : kept;
  return func(`${reduction}_${kept}_${reduced}_${access}`, [args], overKept(form, 0, outerAxes, inner));
});

interface Form {
  readonly reduction: Reduction;
  /** Numbers of axes. */
  readonly kept: number;
  readonly reduced: number;
}

const origin = local("origin", "i32");
const target = local("target", "i32");
const columns = local("columns", "i32");
const from = (axis: number) => local(`from${axis}`, "i32");
const to = (axis: number) => local(`to${axis}`, "i32");
const left = (axis: number) => local(`left${axis}`, "i32");
const sum = (index: number) => local(`sum${index}`, "v128");

const size = (axis: number): Expr<"i32"> => word(2 + axis);
const sourceStride = ({ kept, reduced }: Form, axis: number): Expr<"i32"> => word(2 + kept + reduced + axis);
const targetStride = ({ kept, reduced }: Form, axis: number): Expr<"i32"> => word(2 + 2 * (kept + reduced) + axis);

function combine({ reduction }: Form, index: number, value: Vector): Statement {
  return set(sum(index), op(COMBINE[reduction], sum(index), value));
}

function clear({ reduction }: Form, count: number): Body {
  return range(count).map((index) => set(sum(index), f32x4(IDENTITY[reduction])));
}

/** Loops over the kept axes from `axis` up to `last`; `inner` finds its addresses in `origin` and `target`. */
function overKept(form: Form, axis: number, last: number, inner: Body): Body {
  const [source, goal] = axis === 0 ? [word(0), word(1)] : [from(axis - 1), to(axis - 1)];
  if (axis === last) return [set(origin, source), set(target, goal), ...inner];
  return [
    set(from(axis), source),
    set(to(axis), goal),
    set(left(axis), size(axis)),
    repeat(`axis${axis}`, left(axis), [
      ...overKept(form, axis + 1, last, inner),
      set(from(axis), plus(from(axis), sourceStride(form, axis))),
      set(to(axis), plus(to(axis), targetStride(form, axis))),
    ]),
  ];
}

/** Loops over the reduced axes from `axis` to `last`; `visit` gets the address. */
function overReduced(form: Form, axis: number, last: number, visit: (from: Expr<"i32">) => Body): Body {
  const start = set(from(axis), axis === form.kept ? origin : from(axis - 1));
  const inside = axis === last ? visit(from(axis)) : overReduced(form, axis + 1, last, visit);
  const next = set(from(axis), plus(from(axis), sourceStride(form, axis)));
  return [start, set(left(axis), size(axis)), repeat(`axis${axis}`, left(axis), [...inside, next])];
}

/** Many elements of the last kept axis at once. */
function across(form: Form): Body {
  const { kept, reduced } = form;
  const chunk = (vectors: number, lanes: number): Body => [
    ...clear(form, vectors),
    ...overReduced(form, kept, kept + reduced - 1, (address) =>
      range(vectors).map((index) => combine(form, index, loadLanes(lanes, address, 16 * index))),
    ),
    ...range(vectors).flatMap((index) => storeLanes(lanes, target, sum(index), 16 * index)),
    set(origin, plus(origin, 4 * lanes * vectors)),
    set(target, plus(target, 4 * lanes * vectors)),
  ];
  return [
    set(columns, size(kept - 1)),
    repeatInSteps("wide", columns, 4 * WIDE, chunk(WIDE, 4)),
    repeatInSteps("four", columns, 4, chunk(1, 4)),
    repeat("one", columns, chunk(1, 1)),
  ];
}

/** The last reduced axis in vectors, with four sums. */
function along(form: Form): Body {
  const { reduction, kept, reduced } = form;
  const line = (address: Expr<"i32">): Body => lineOf(form, address);
  const rows = reduced === 1 ? line(origin) : overReduced(form, kept, kept + reduced - 2, line);
  const pair = (a: number, b: number): Vector => op(COMBINE[reduction], sum(a), sum(b));
  return [
    ...clear(form, 4),
    ...rows,
    set(sum(0), op(COMBINE[reduction], pair(0, 1), pair(2, 3))),
    set(sum(0), horizontal(reduction, sum(0))),
    ...storeLanes(1, target, sum(0), 0),
  ];
}

/** A line of the last reduced axis. */
function lineOf(form: Form, address: Expr<"i32">): Body {
  const place = local("place", "i32");
  const lanes = local("lanes", "v128");
  // Each element has its sum and lane by its place, also the last ones: neutral values behind a line do not change its sum.
  const rest = (index: number): Body => {
    const few = [...loadRest(lanes, columns, place, IDENTITY[form.reduction]), combine(form, index, lanes)];
    if (index === 3) return [when(columns, few)];
    const four = [
      combine(form, index, load("v128.load", place)),
      set(place, plus(place, 16)),
      set(columns, minus(columns, 4)),
      ...rest(index + 1),
    ];
    return [when(op("i32.ge_u", columns, i32(4)), four, [when(columns, few)])];
  };
  return [
    set(place, address),
    set(columns, size(form.kept + form.reduced - 1)),
    repeatInSteps("sixteens", columns, 16, [
      ...range(4).map((index) => combine(form, index, load("v128.load", place, 16 * index))),
      set(place, plus(place, 64)),
    ]),
    ...rest(0),
  ];
}

/** One element after the other. */
function apart(form: Form): Body {
  const { kept, reduced } = form;
  return [
    ...clear(form, 1),
    ...overReduced(form, kept, kept + reduced - 1, (address) => [combine(form, 0, load("v128.load32_zero", address))]),
    store("f32.store", target, laneOp("f32x4.extract_lane", [0], sum(0))),
  ];
}

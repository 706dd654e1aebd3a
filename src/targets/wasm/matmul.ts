// Products. A weight is packed once, outside of loops; a product over many rows of two activations (a weight's gradient) packs
// as it goes; many small ones, and those of a few rows with a weight that is used once, take both operands as they lie.
import { at } from "../../base/invariant.ts";
import { packedBytes } from "../../codegen/wasm/pack.ts";
import { transposedScratchBytes } from "../../codegen/wasm/gemm-transposed.ts";
import {
  gemmKernel,
  gemmTransposedKernel,
  packKernel,
  packTransposedKernel,
  smallProductKernel,
} from "../../codegen/wasm/products.ts";
import { PANEL } from "../../codegen/wasm/tile.ts";
import { countOf } from "../../ops/nd.ts";
import { begin, type Call, type KernelTask, type Word } from "./task.ts";
import type { Trace } from "./trace.ts";
import { BYTES, isInLoop, keyOf, reshaped, rowsOf, transposed, type View } from "./view.ts";

const stride = (view: View, axis: number): number => BYTES * at(view.strides, axis, "matmul");

/** Rows for which packing a weight that is used once does not pay. */
const FEW_ROWS = 4;

/** Whether elements lie side by side along an axis. */
function isUnit(view: View, axis: number): boolean {
  return view.shape[axis] === 1 || view.strides[axis] === 1;
}

/** `[..., m, k] @ [..., k, n]`, of rank 2 or 3 with equal leading sizes. */
export function matmul(trace: Trace, a: View, b: View): View {
  const shape = [...a.shape.slice(0, -1), b.shape.at(-1) ?? 1];
  if (countOf(shape) === 0 || a.shape.at(-1) === 0) return trace.filled("float32", 0, shape);
  if (a.shape.length === 2) return product(trace, a, b);
  if (a.shape[0] === 1) {
    const [left, right] = [a, b].map((view) => reshaped(view, view.shape.slice(1)) ?? view);
    const whole = product(trace, left ?? a, right ?? b);
    return reshaped(whole, shape) ?? whole;
  }
  return small(trace, a, b);
}

function product(trace: Trace, a: View, b: View): View {
  const [m = 0] = a.shape;
  const isReused = trace.turns > 1 && !isInLoop(b);
  const isFew = m <= FEW_ROWS && !isReused;
  if (isFew && (isUnit(b, 1) || (isUnit(b, 0) && isUnit(a, 1)))) {
    const alone = (view: View): View => reshaped(view, [1, ...view.shape]) ?? view;
    const whole = small(trace, alone(a), alone(b));
    return reshaped(whole, whole.shape.slice(1)) ?? whole;
  }
  if (isUnit(a, 1)) return tiled(trace, a, packed(trace, b), b.shape[1] ?? 0);
  if (isUnit(a, 0) && isUnit(b, 1)) return overRows(trace, a, b);
  return tiled(trace, trace.dense(a), packed(trace, b), b.shape[1] ?? 0);
}

/** A weight's panels. */
function packed(trace: Trace, b: View): View {
  const make = (): View => {
    const [k = 0, n = 0] = b.shape;
    const isTransposed = !isUnit(b, 1) && isUnit(b, 0);
    const source = isTransposed || isUnit(b, 1) ? b : trace.dense(b);
    const count = packedBytes(k, n) / BYTES;
    const panels = Math.ceil(n / PANEL);
    const lower = ({ reads, write }: KernelTask, from: number, to: number): Call => {
      const [first, columns] = [from * PANEL, Math.min(n, to * PANEL) - from * PANEL];
      const matrix = at(reads, 0, "pack");
      const part = { ...matrix, offset: matrix.offset + first * at(matrix.strides, 1, "pack") };
      const target = { ...write, offset: write.offset + from * (count / panels) };
      const [kernel, rows] = isTransposed
        ? [packTransposedKernel(columns % PANEL), stride(matrix, 1)]
        : [packKernel(columns % PANEL), stride(matrix, 0)];
      return { kernel, words: [begin(part), rows, begin(target), columns, k] };
    };
    const task = { name: "pack", reads: [source], flops: 0, granularity: 1, rowwise: [], lower };
    return trace.kernel(task, [panels, count / panels], "float32", 0);
  };
  return isInLoop(b) ? make() : trace.once(`packed ${keyOf(b)}`, make);
}

function tiled(trace: Trace, a: View, b: View, n: number): View {
  const [m = 0, k = 0] = a.shape;
  const lower = ({ reads, write }: KernelTask, from: number, to: number): Call => {
    const rowsAndStride = (view: View): readonly Word[] => [begin(rowsOf(view, from, to)), stride(view, 0)];
    const [left, right, start] = [at(reads, 0, "gemm"), at(reads, 1, "gemm"), reads[2]];
    const sums = start === undefined ? [0, 0] : rowsAndStride(start);
    const words = [...rowsAndStride(left), begin(right), ...rowsAndStride(write), ...sums, to - from, n, k];
    return { kernel: gemmKernel(trace.simd, n % PANEL), words };
  };
  const flops = 2 * m * n * k;
  const task = { name: "gemm", reads: [a, b], sumsOnto: true, flops, granularity: 1, rowwise: [0], lower };
  return trace.kernel(task, [m, n], "float32", a.batch);
}

/** Aᵀ · B summed over rows of both: `a` is seen transposed. */
function overRows(trace: Trace, a: View, b: View): View {
  const [m = 0, k = 0] = a.shape;
  const [, n = 0] = b.shape;
  const bytes = transposedScratchBytes(m);
  const scratch = trace.storage("float32", (bytes / BYTES) * trace.threads, { inLoop: isInLoop(a) || isInLoop(b) });
  const scratchView = {
    ...a,
    storage: scratch,
    shape: [scratch.count],
    strides: [1],
    offset: 0,
    step: 0,
    moves: false,
  };
  const lower = ({ reads, write }: KernelTask, from: number, to: number, thread: number): Call => {
    const x = rowsOf(at(reads, 0, "product"), from, to);
    const y = at(reads, 1, "product");
    const c = rowsOf(write, from, to);
    const room: Word = { view: scratchView, bytes: thread * bytes };
    const words = [begin(x), stride(x, 1), begin(y), stride(y, 0), begin(c), stride(c, 0), 0, 0, to - from, n, k, room];
    return { kernel: gemmTransposedKernel(trace.simd, (to - from) % PANEL, n % PANEL), words };
  };
  const shared = { name: "gemmTransposed", reads: [a, b], rowwise: [], flops: 2 * m * n * k, lower };
  return trace.kernel({ ...shared, granularity: PANEL, scratch }, [m, n], "float32", 0);
}

/** Many products of small matrices, as they lie. */
function small(trace: Trace, a: View, b: View): View {
  const [batch = 0, m = 0, k = 0] = a.shape;
  const n = b.shape[2] ?? 0;
  const shape = [batch, m, n];
  const isRows = isUnit(b, 2);
  // With one column and rows that lie along k, a dot product for each row of A.
  const isDots = isUnit(b, 1) && isUnit(a, 2) && (!isRows || n === 1);
  if (!isRows && !isDots) {
    // Both turned round: Cᵀ = Bᵀ · Aᵀ, where A lies along m.
    if (isUnit(a, 1)) return transposed(small(trace, transposed(b, [0, 2, 1]), transposed(a, [0, 2, 1])), [0, 2, 1]);
    return small(trace, isUnit(a, 2) ? a : trace.dense(a), trace.dense(b));
  }
  const isWide = batch === 1;
  const lower = ({ reads, write }: KernelTask, from: number, to: number): Call => {
    const [x, y, z] = [at(reads, 0, "product"), at(reads, 1, "product"), write];
    const part = (view: View, axis: number): View => {
      const offset = view.offset + from * at(view.strides, axis, "product");
      return { ...view, offset };
    };
    const parts = isWide ? [x, part(y, 2), part(z, 2)] : [part(x, 0), part(y, 0), part(z, 0)];
    const sizes = isWide ? [1, m, to - from, k] : [to - from, m, n, k];
    const strides = [x, y, z].flatMap((view) => [0, 1, 2].map((axis) => stride(view, axis)));
    return {
      kernel: smallProductKernel(trace.simd, isDots ? "dots" : "rows"),
      words: [...parts.map(begin), ...sizes, ...strides],
    };
  };
  const task = { name: "smallProduct", reads: [a, b], flops: 2 * batch * m * n * k, rowwise: [0, 1], lower };
  const common = a.batch > 0 && a.batch === b.batch ? a.batch : 0;
  return trace.kernel(
    { ...task, granularity: 1, ...(isWide ? { extent: n, granularity: 16 } : {}) },
    shape,
    "float32",
    common,
  );
}

// Matrix products. A weight is packed once, outside loops. A product over many rows of two activations (a weight's gradient) packs
// during the product. Batches of small products, and a few rows with a weight that is used once, do not pack.
import type { Graph } from "../graph/graph.ts";
import { countOf } from "../ops/nd.ts";
import { scatter } from "../kernel/token.ts";
import type { Kernels } from "../kernel/kernels.ts";
import type { Matmul } from "../kernel/ops.ts";
import type { Trace } from "../kernel/trace.ts";
import { BYTES, isInLoop, isUnit, keyOf, reshaped, transposed, type View } from "../kernel/view.ts";

/** Up to this many rows, packing a weight that is used once does not pay. */
const FEW_ROWS = 4;

/** What decides the memory of products: the kernels' panels, and the number of threads that divide a product. */
export interface ProductForms extends Pick<Kernels<unknown>, "panel" | "transposedScratchBytes"> {
  readonly threads: number;
}

interface MatmulOptions {
  readonly forms: ProductForms;
  /** Whether a product has the same form, and so the same bits, for any number of rows and examples. */
  readonly hasOneForm: boolean;
}

/**
 * `[..., m, k] @ [..., k, n]`, of rank 2 or 3 with equal leading sizes. Products of an update have one form: a compiled module, which is
 * laid out for all sizes, then makes updates with the same bits.
 */
export function matmulOf(graph: Graph, forms: ProductForms): Matmul {
  if (graph.outputsOf("weight").length > 0) return matmulOfOneForm(forms);
  return (trace, a, b) => matmul(trace, a, b, { forms, hasOneForm: false });
}

export function matmulOfOneForm(forms: ProductForms): Matmul {
  return (trace, a, b) => matmul(trace, a, b, { forms, hasOneForm: true });
}

function matmul(trace: Trace, a: View, b: View, options: MatmulOptions): View {
  const shape = [...a.shape.slice(0, -1), b.shape.at(-1) ?? 1];
  if (countOf(shape) === 0 || a.shape.at(-1) === 0) return trace.filled("float32", 0, shape);
  const tokens = a.shape.length === 2 && isUnit(b, 1) ? trace.tokensOf(a) : undefined;
  if (tokens !== undefined) return scatter(trace, tokens, a.shape[0] ?? 0, b);
  if (a.shape.length === 2) return product(trace, a, b, options);
  if (a.shape[0] === 1 && !options.hasOneForm) {
    const [left, right] = [a, b].map((view) => reshaped(view, view.shape.slice(1)) ?? view);
    const whole = product(trace, left ?? a, right ?? b, options);
    return reshaped(whole, shape) ?? whole;
  }
  return small(trace, a, b);
}

function product(trace: Trace, a: View, b: View, { forms, hasOneForm }: MatmulOptions): View {
  const [m = 0] = a.shape;
  const isReused = trace.turns > 1 && !isInLoop(b);
  const isFew = m <= FEW_ROWS && !isReused && !hasOneForm;
  if (isFew && (isUnit(b, 1) || (isUnit(b, 0) && isUnit(a, 1)))) {
    const alone = (view: View): View => reshaped(view, [1, ...view.shape]) ?? view;
    const whole = small(trace, alone(a), alone(b));
    return reshaped(whole, whole.shape.slice(1)) ?? whole;
  }
  if (isUnit(a, 1)) return tiled(trace, a, packed(trace, b, forms), b.shape[1] ?? 0);
  if (isUnit(a, 0) && isUnit(b, 1)) return overRows(trace, a, b, forms);
  return tiled(trace, trace.dense(a), packed(trace, b, forms), b.shape[1] ?? 0);
}

/** The packed panels of a weight. */
function packed(trace: Trace, b: View, { panel }: ProductForms): View {
  const make = (): View => {
    const [k = 0, n = 0] = b.shape;
    const isTransposed = !isUnit(b, 1) && isUnit(b, 0);
    const source = isTransposed || isUnit(b, 1) ? b : trace.dense(b);
    const panels = Math.ceil(n / panel);
    const task = { work: { name: "pack" as const }, reads: [source], flops: 0, granularity: 1, rowwise: [] };
    return trace.kernel(task, [panels, k * panel], "float32", 0);
  };
  return isInLoop(b) ? make() : trace.once(`packed ${keyOf(b)}`, make);
}

function tiled(trace: Trace, a: View, b: View, n: number): View {
  const [m = 0, k = 0] = a.shape;
  const flops = 2 * m * n * k;
  const work = { name: "gemm" as const };
  const task = { work, reads: [a, b], sumsOnto: true, flops, granularity: 1, rowwise: [0] };
  return trace.kernel(task, [m, n], "float32", a.batch);
}

/** Aᵀ · B, summed over the rows of both. `a` is the transposed view. */
function overRows(trace: Trace, a: View, b: View, { panel, transposedScratchBytes, threads }: ProductForms): View {
  const [m = 0, k = 0] = a.shape;
  const [, n = 0] = b.shape;
  const bytes = transposedScratchBytes(m);
  const scratch = trace.storage("float32", (bytes / BYTES) * threads, { inLoop: isInLoop(a) || isInLoop(b) });
  const shared = { work: { name: "gemmTransposed" as const }, reads: [a, b], rowwise: [], flops: 2 * m * n * k };
  return trace.kernel({ ...shared, granularity: panel, scratch }, [m, n], "float32", 0);
}

/** A batch of small products, without packing. */
function small(trace: Trace, a: View, b: View): View {
  const [batch = 0, m = 0, k = 0] = a.shape;
  const n = b.shape[2] ?? 0;
  const shape = [batch, m, n];
  const isRows = isUnit(b, 2);
  // One column, and contiguous rows of A: a dot product for each row.
  const isDots = isUnit(b, 1) && isUnit(a, 2) && (!isRows || n === 1);
  if (!isRows && !isDots) {
    // A is contiguous along m: Cᵀ = Bᵀ · Aᵀ.
    if (isUnit(a, 1)) return transposed(small(trace, transposed(b, [0, 2, 1]), transposed(a, [0, 2, 1])), [0, 2, 1]);
    return small(trace, isUnit(a, 2) ? a : trace.dense(a), trace.dense(b));
  }
  const isWide = batch === 1;
  const work = { name: "smallProduct" as const };
  const task = { work, reads: [a, b], flops: 2 * batch * m * n * k, rowwise: [0, 1] };
  const common = a.batch > 0 && a.batch === b.batch ? a.batch : 0;
  return trace.kernel(
    { ...task, granularity: 1, ...(isWide ? { extent: n, granularity: 16 } : {}) },
    shape,
    "float32",
    common,
  );
}

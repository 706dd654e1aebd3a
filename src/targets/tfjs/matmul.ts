// Batched matrix products. tfjs' wasm kernel is fast for a single product only: in a batch it takes 3.3 ns for each multiplication.
// So large products run one by one: 32 of 64×128×64 take 2.6 ms instead of 14.4, and 32 of 128×1×128 take 0.35 instead of 3.4.
import { at } from "../../base/invariant.ts";
import { gather, stepReader } from "./copy.ts";
import type { Device, TensorInfo } from "./device.ts";
import type { Trace, Value } from "./trace.ts";

const PLAIN = { transposeA: false, transposeB: false };
/** A single product costs about 8 µs and packs its right side. That pays from this many rows and multiplications on. */
const LEAST_ROWS = 8;
const LEAST_WORK = 16_000;

/** `[..., m, k] @ [..., k, n]`, of rank 2 or 3 with equal leading sizes, none of them empty. */
export function matmul(trace: Trace, a: Value, b: Value): Value {
  const [m, k, n] = [at(a.shape, -2, "tfjs"), at(a.shape, -1, "tfjs"), at(b.shape, -1, "tfjs")];
  const shape = [...a.shape.slice(0, -1), n];
  const batch = a.shape.length === 3 ? at(a.shape, 0, "tfjs") : 1;
  if (trace.device.name === "wasm" && batch > 1 && m >= LEAST_ROWS && m * k * n >= LEAST_WORK) {
    return trace.call("products", [a, b], shape, oneByOne(trace.device, batch, [m, k, n]));
  }
  if (trace.device.name === "wasm") return trace.call("product", [a, b], shape, freshlyPacked(trace.device));
  const isOdd = trace.device.name === "webgl" && k % 2 === 1;
  const inputs = isOdd ? { a: cleared(trace, a), b: cleared(trace, b) } : { a, b };
  return trace.kernel("BatchMatMul", inputs, PLAIN, { shape, kind: "float32" });
}

/**
 * On webgl a pixel holds four elements, of two rows and two columns. If a size is odd, the product also reads elements behind the end.
 * There kernels write f(0), for exp a 1. Only division leaves zeros there.
 */
function cleared(trace: Trace, x: Value): Value {
  if (trace.constants.has(x.slot)) return x;
  return trace.kernel("RealDiv", { a: x, b: trace.filled([], 1) }, {}, { shape: x.shape, kind: "float32" });
}

/** By data: the shape that they had as the right side of an earlier product. tfjs keeps them packed for that shape. */
const packedShapes = new WeakMap<object, string>();

function freshlyPacked(device: Device) {
  const product = device.kernel("BatchMatMul");
  const copy = device.kernel("Identity");
  return (operands: readonly TensorInfo[]): TensorInfo => {
    const [a, b] = [at(operands, 0, "tfjs"), at(operands, 1, "tfjs")];
    const shape = b.shape.join();
    const packedShape = packedShapes.get(b.dataId);
    if (packedShape === undefined) packedShapes.set(b.dataId, shape);
    if (packedShape === undefined || packedShape === shape) return product({ a, b }, PLAIN);
    const other = copy({ x: b }, {});
    const result = product({ a, b: other }, PLAIN);
    device.release(other);
    return result;
  };
}

function oneByOne(device: Device, batch: number, sizes: readonly [number, number, number]) {
  const [m, k, n] = sizes;
  const product = device.kernel("BatchMatMul");
  const [leftStep, rightStep] = [stepReader(device, [m, k]), stepReader(device, [k, n])];
  return (operands: readonly TensorInfo[]): TensorInfo => {
    const [left, right] = [at(operands, 0, "tfjs"), at(operands, 1, "tfjs")];
    const out = gather(device, [batch, m, n], "float32");
    for (let i = 0; i < batch; i++) {
      const a = leftStep(left, i);
      const b = rightStep(right, i);
      out.put(i, product({ a, b }, PLAIN));
      for (const used of [a, b]) device.release(used);
    }
    return out.whole();
  };
}

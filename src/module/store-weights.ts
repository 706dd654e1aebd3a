// Weights as a module stores them: the ways back are src/module/runtime/stored-*.ts.
import { asInt8Rows, hasRows, type Int8Rows } from "../export/int8.ts";
import type { WeightType } from "../export/request.ts";
import type { HostArray } from "../targets/target.ts";
import { stored as f16 } from "./runtime/stored-f16.ts";
import { stored as f32 } from "./runtime/stored-f32.ts";
import { stored as int8 } from "./runtime/stored-int8.ts";

const STORED = { f32, f16, int8 } as const;

/** All weights one behind the other. */
export function storeWeights(weights: ReadonlyMap<string, HostArray>, type: WeightType): Uint8Array {
  const sizes = [...weights.values()].map(({ shape }) => STORED[type].bytesOf(shape));
  const bytes = new Uint8Array(sizes.reduce((sum, each) => sum + each, 0));
  let at = 0;
  [...weights.values()].forEach((weight, index) => {
    const end = at + (sizes[index] ?? 0);
    store(weight, type, new DataView(bytes.buffer, at, end - at));
    at = end;
  });
  return bytes;
}

/** The numbers that a module has after it was loaded. */
export function asStored({ shape, data }: Pick<HostArray, "shape" | "data">, type: WeightType): HostArray {
  const bytes = new Uint8Array(STORED[type].bytesOf(shape));
  store({ dtype: "float", shape, data }, type, new DataView(bytes.buffer));
  const widened = new Float32Array(data.length);
  STORED[type].widen(shape, bytes, widened);
  return { dtype: "float", shape, data: widened };
}

function store(weight: HostArray, type: WeightType, view: DataView): void {
  const { data } = weight;
  if (type === "f16") data.forEach((value, index) => view.setUint16(2 * index, halfBits(value), true));
  else if (type === "int8" && hasRows(weight)) storeRows(asInt8Rows(weight), view);
  else data.forEach((value, index) => view.setFloat32(4 * index, value, true));
}

/** The scales, and then the integers. */
function storeRows({ scales, values }: Int8Rows, view: DataView): void {
  scales.forEach((scale, row) => view.setFloat32(4 * row, scale, true));
  values.forEach((value, index) => view.setInt8(4 * scales.length + index, value));
}

const BITS = new DataView(new ArrayBuffer(4));

/** The bits of the nearest 16-bit float (IEEE 754), ties to even. */
function halfBits(value: number): number {
  BITS.setFloat32(0, value);
  const bits = BITS.getUint32(0);
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = Math.abs(value);
  if (Number.isNaN(value)) return sign | 0x7e00;
  if (magnitude >= 65520) return sign | 0x7c00;
  if (magnitude < 2 ** -14) return sign | toEven(magnitude * 2 ** 24);
  const exponent = ((bits >>> 23) & 255) - 127;
  return sign | (((exponent + 15) << 10) + toEven((magnitude / 2 ** exponent - 1) * 1024));
}

function toEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}

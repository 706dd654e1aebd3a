// Rows by index on tfjs: `gather` and `onehot`.
import { at } from "../../base/invariant.ts";
import { countOf } from "../../ops/nd.ts";
import type { TensorOps } from "../../ops/tensor-ops.ts";
import type { ElementwiseOps } from "./elementwise.ts";
import type { Trace, Value } from "./trace.ts";

type LookupOps = Pick<TensorOps<Value>, "gather" | "onehot">;

export function lookupOps(trace: Trace, { binary, select, toFloat, toInt }: ElementwiseOps): LookupOps {
  return {
    gather: (table, indices) => {
      const [count, rows, rest] = [countOf(indices.shape), at(table.shape, 0, "gather"), table.shape.slice(1)];
      const shape = [...indices.shape, ...rest];
      if (countOf(shape) === 0 || rows === 0) return trace.filled(shape, 0);
      // Some backends throw for an index outside, others read there. So the nearest row is read, and replaced by zeros.
      const given = toFloat(trace.view(indices, [count]));
      const limit = (value: number): Value => trace.filled([], value);
      const inside = binary("min", binary("max", given, limit(0)), limit(rows - 1));
      const inputs = { x: table, indices: toInt(inside) };
      const found = trace.float("GatherV2", inputs, [count, ...rest], { axis: 0, batchDims: 0 });
      const isRow = trace.view(binary("eq", inside, given), [count, ...rest.map(() => 1)]);
      return trace.view(select(isRow, found, limit(0)), shape);
    },
    onehot: (indices, depth) => {
      const shape = [...indices.shape, depth];
      const count = countOf(indices.shape);
      if (countOf(shape) === 0) return trace.filled(shape, 0);
      // The kernel ignores `dtype`: it writes integers on wasm and floats on webgpu.
      const kind = trace.device.view === null ? "float32" : "int32";
      const attributes = { depth, onValue: 1, offValue: 0, dtype: kind };
      const inputs = { indices: trace.view(indices, [count]) };
      const ones = trace.kernel("OneHot", inputs, attributes, { shape: [count, depth], kind });
      return trace.view(toFloat(ones), shape);
    },
  };
}

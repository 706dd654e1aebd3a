// Running results along the middle axis of [outer, n, inner], in C. Arguments as those of src/codegen/wasm/prefix.ts.
import type { PrefixWork } from "../../kernel/task.ts";
import type { NativeKernel } from "./kernel.ts";
import { floatVector, scalarVector } from "./scalars.ts";

export function prefixKernel({ combine, identity, reverse }: PrefixWork): NativeKernel {
  const lines = (
    count: string,
    load: string,
    store: string,
  ): string => `const char *at = from + ${reverse ? "(n - 1) * step" : "0"};
      char *goal = to + (at - from);
      vec total = ${floatVector(identity)};
      for (long k = 0; k < n; k++, at ${reverse ? "-" : "+"}= step, goal ${reverse ? "-" : "+"}= step) {
        vec value = ${load};
        total = ${scalarVector(combine, ["total", "value"])};
        ${store};
      }
      from += 4 * ${count};
      to += 4 * ${count};`;
  const text = (name: string): string => `static void ${name}(char *memory, const int32_t *w) {
  const char *from = place(memory, w[0]);
  char *to = place(memory, w[1]);
  long outer = w[2], n = w[3], inner = w[4], step = 4 * inner;
  for (; outer > 0; outer--) {
    long left = inner;
    for (; left >= W; left -= W) {
      ${lines("W", "load(at)", "store(goal, total)")}
    }
    if (left) {
      ${lines("left", "load_part(at, left, 0)", "store_part(goal, total, left)")}
    }
    from += (n - 1) * step;
    to += (n - 1) * step;
  }
}
`;
  return { kind: "generated", text };
}

// A bound program: each kind of input comes from its feeder, and the uploads of a run are always freed.
import { describe, expect, test } from "vitest";
import { data } from "../src/graph/border.ts";
import type { Graph } from "../src/graph/graph.ts";
import { Builder } from "../src/ops/builder.ts";
import { symbol } from "../src/shape/dim.ts";
import { floatType, plain, SCALAR } from "../src/shape/type.ts";
import {
  BoundProgram,
  compileGraph,
  notFed,
  ONLY_IN_PARTS,
  ONLY_IN_TRAINING,
  type Feeders,
} from "../src/targets/bound.ts";
import { referenceTarget } from "../src/targets/reference/target.ts";
import type { HostArray, Target } from "../src/targets/target.ts";

/** `rate` · x + w. */
function graph(): Graph {
  const build = new Builder();
  const type = floatType([plain(symbol("N"))]);
  const x = build.input(data("x"), type);
  const w = build.input({ kind: "weight", path: "w" }, type);
  const rate = build.input({ kind: "setting", setting: "rate" }, SCALAR);
  return build.finish("line", new Map([["y", build.op("add", [build.op("mul", [x, rate]), w])]]));
}

function array(...numbers: readonly number[]): HostArray {
  return { dtype: "float", shape: [numbers.length], data: Float64Array.from(numbers) };
}

/** A target of which is known what lies on it. */
function observed<T>(target: Target<T>): { readonly target: Target<T>; readonly present: ReadonlySet<T> } {
  const present = new Set<T>();
  const upload = (each: HostArray): T => {
    const tensor = target.upload(each);
    present.add(tensor);
    return tensor;
  };
  const dispose = (tensor: T): void => {
    present.delete(tensor);
    target.dispose(tensor);
  };
  return { target: { ...target, upload, dispose }, present };
}

function bound<T>(target: Target<T>, weight: T): BoundProgram<T, HostArray> {
  const feeders: Feeders<T, HostArray> = {
    ...ONLY_IN_PARTS,
    ...ONLY_IN_TRAINING,
    data: (_, { context, upload }) => upload(context),
    weight: ({ input }) => (input.path === "w" ? weight : expect.fail("no such weight")),
    setting: (_, { upload }) => upload({ dtype: "float", shape: [], data: Float64Array.of(10) }),
    labelled: notFed,
    lengths: notFed,
    state: notFed,
    fresh: notFed,
  };
  return new BoundProgram(compileGraph(graph(), target), target, feeders);
}

describe("a bound program", () => {
  const { target, present } = observed(referenceTarget());
  const weight = target.upload(array(1, 2));
  const program = bound(target, weight);
  const sizes = new Map([["N", 2]]);

  test("feeds each input by its kind, and frees its uploads but no other tensor", async () => {
    const results = program.run(array(3, 4), sizes);
    const y = results.get("y") ?? expect.fail("no y");
    expect([...(await target.download(y)).data]).toEqual([31, 42]);
    expect([...present]).toEqual([weight]);
  });

  test("frees its uploads if the run throws", () => {
    expect(() => program.run(array(3, 4, 5), sizes)).toThrow("the input `x` is [3], expected [2]");
    expect([...present]).toEqual([weight]);
  });

  test("names an input that has no feeder", () => {
    const { present: none, target: other } = observed(referenceTarget());
    const build = new Builder();
    const fresh = build.input({ kind: "fresh" }, SCALAR);
    const compiled = compileGraph(build.finish("fresh", new Map([["y", fresh]])), other);
    const feeders = { ...ONLY_IN_PARTS, ...ONLY_IN_TRAINING, data: notFed, weight: notFed, labelled: notFed };
    const all = { ...feeders, lengths: notFed, state: notFed, fresh: notFed };
    expect(() => new BoundProgram(compiled, other, all).run(null, new Map())).toThrow(
      "internal: feeding: there is no feeder for fresh start here",
    );
    expect(none.size).toBe(0);
    // @ts-expect-error a kind that is forgotten does not compile
    expect(new BoundProgram(compiled, other, feeders)).toBeDefined();
  });
});

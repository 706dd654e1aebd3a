// Sizes, types and how operands line up.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { alignment, broadcastTypes, ShapeMismatch } from "../src/shape/broadcast.ts";
import {
  add,
  constant,
  divide,
  equal,
  evaluateDim,
  multiply,
  ONE,
  parseDim,
  printDim,
  subtract,
  substitute,
  symbol,
  ZERO,
  type Dim,
} from "../src/shape/dim.ts";
import { parseType, printType, type Type } from "../src/shape/type.ts";
import { EXACT, Unifier } from "../src/shape/unify.ts";

const { dim } = fc.letrec<{ dim: Dim }>((tie) => ({
  dim: fc.oneof(
    { maxDepth: 3 },
    fc.integer({ min: -6, max: 12 }).map(constant),
    fc.constantFrom("H", "I", "T", "E2", "d_k", "?1").map(symbol),
    fc.tuple(tie("dim"), tie("dim")).map(([a, b]) => add(a, b)),
    fc.tuple(tie("dim"), tie("dim")).map(([a, b]) => subtract(a, b)),
    fc.tuple(tie("dim"), tie("dim")).map(([a, b]) => multiply(a, b)),
    fc.tuple(tie("dim"), fc.constantFrom(2, 3, 4, 8)).map(([a, b]) => divide(a, constant(b)) ?? a),
    fc.tuple(tie("dim"), fc.constantFrom("H", "I")).map(([a, b]) => divide(a, symbol(b)) ?? a),
  ),
}));

describe("sizes", () => {
  test("printing and parsing invert", () => {
    fc.assert(
      fc.property(dim, (a) => {
        expect(printDim(parseDim(printDim(a)))).toBe(printDim(a));
      }),
    );
  });

  test("addition and multiplication are commutative, associative and distributive", () => {
    fc.assert(
      fc.property(dim, dim, dim, (a, b, c) => {
        expect(printDim(add(a, b))).toBe(printDim(add(b, a)));
        expect(printDim(multiply(a, b))).toBe(printDim(multiply(b, a)));
        expect(equal(add(add(a, b), c), add(a, add(b, c)))).toBe(true);
        expect(equal(multiply(a, add(b, c)), add(multiply(a, b), multiply(a, c)))).toBe(true);
      }),
    );
  });

  test("0 and 1 are neutral, and a - a is 0", () => {
    fc.assert(
      fc.property(dim, (a) => {
        expect(printDim(add(a, ZERO))).toBe(printDim(a));
        expect(printDim(multiply(a, ONE))).toBe(printDim(a));
        expect(printDim(subtract(a, a))).toBe("0");
      }),
    );
  });

  test("what is divided comes back when multiplied", () => {
    fc.assert(
      fc.property(dim, fc.constantFrom(constant(3), symbol("H"), multiply(constant(2), symbol("I"))), (a, b) => {
        expect(equal(multiply(divide(a, b) ?? ONE, b), a)).toBe(true);
      }),
    );
  });

  test("a sum divides itself alone", () => {
    const sum = parseDim("H + 1");
    expect(divide(sum, sum)).toEqual(ONE);
    expect(divide(symbol("H"), sum)).toBeUndefined();
    expect(divide(symbol("H"), ZERO)).toBeUndefined();
  });

  test("printed forms", () => {
    const cases = ["0", "4", "2*H", "H/4 + 1", "H*I", "H^2 - 1", "3*H/2", "1/H", "-H", "-H + 2*I", "?1", "1/2"];
    for (const text of cases) expect(printDim(parseDim(text))).toBe(text);
  });

  test("evaluation gives whole numbers, or says what is missing", () => {
    const sizes = new Map([["H", 6]]);
    expect(evaluateDim(parseDim("H/4 + H/4"), sizes)).toBe(3);
    expect(() => evaluateDim(parseDim("H/4"), sizes)).toThrow("H/4 is 1.5, which is not a whole number");
    expect(() => evaluateDim(parseDim("2*K"), sizes)).toThrow("the size K is not known");
  });

  test("evaluation agrees with substitution", () => {
    const sizes = new Map(["H", "I", "T", "E2", "d_k", "?1"].map((name, index) => [name, 24 * (index + 1)]));
    const whole = fc.array(fc.tuple(fc.integer({ min: -4, max: 9 }), fc.constantFrom(...sizes.keys())), {
      maxLength: 4,
    });
    fc.assert(
      fc.property(whole, (terms) => {
        const sum = terms.map(([factor, name]) => multiply(constant(factor), symbol(name))).reduce(add, ZERO);
        const put = substitute(sum, (name) => constant(sizes.get(name) ?? 0));
        expect(printDim(put)).toBe(String(evaluateDim(sum, sizes)));
      }),
    );
  });
});

describe("types", () => {
  test("printing and parsing invert", () => {
    const texts = [
      "float[]",
      "int[time T, batch B]",
      "float[time T, batch B, 2*H]",
      "float[batch B, memory S, H/4 + 1]",
    ];
    for (const text of texts) expect(printType(parseType(text))).toBe(text);
  });
});

describe("unification", () => {
  test("a variable is bound once, and both sides then agree", () => {
    const unifier = new Unifier();
    const [a, b] = [unifier.fresh("a"), unifier.fresh("b")];
    expect(unifier.unify(a, b)).toBe(true);
    expect(unifier.unify(b, parseDim("2*H"))).toBe(true);
    expect(printDim(unifier.resolve(a))).toBe("2*H");
    expect(unifier.unify(a, symbol("H"))).toBe(false);
    expect(printDim(unifier.resolve(a))).toBe("2*H");
  });

  test("a size that contains the variable is refused", () => {
    const unifier = new Unifier();
    const a = unifier.fresh("a");
    expect(unifier.unify(a, add(a, ONE))).toBe(false);
    expect(unifier.unify(a, a)).toBe(true);
    expect(printDim(unifier.resolve(a))).toBe("?1");
  });

  test("compound sizes are compared, never solved", () => {
    const unifier = new Unifier();
    const a = unifier.fresh("a");
    const twice = multiply(constant(2), a);
    expect(unifier.unify(twice, parseDim("2*H"))).toBe(false);
    expect(unifier.unify(a, symbol("H"))).toBe(true);
    expect(unifier.unify(twice, parseDim("2*H"))).toBe(true);
  });

  test("names are rigid", () => {
    const unifier = new Unifier();
    expect(unifier.unify(symbol("H"), symbol("I"))).toBe(false);
    expect(unifier.unify(symbol("H"), constant(4))).toBe(false);
  });

  test("axes of different tags are never the same", () => {
    const unifier = new Unifier();
    const size = unifier.fresh("a");
    expect(unifier.same({ tag: "time", size }, { tag: "batch", size: symbol("B") })).toBeUndefined();
    expect(unifier.same({ tag: "time", size }, { tag: "time", size: symbol("T") })).toEqual({
      tag: "time",
      size: symbol("T"),
    });
  });

  test("types are the same if all axes are, and variables in them are then bound", () => {
    const unifier = new Unifier();
    const open: Type = { dtype: "float", axes: [{ tag: "plain", size: unifier.fresh("a") }] };
    expect(unifier.sameTypes(open, parseType("int[H]"))).toBe(false);
    expect(unifier.sameTypes(open, parseType("float[H, I]"))).toBe(false);
    expect(unifier.sameTypes(open, parseType("float[H]"))).toBe(true);
    expect(printType(unifier.resolveType(open))).toBe("float[H]");
  });
});

function broadcast(...types: readonly string[]): string {
  return printType(broadcastTypes(types.map(parseType), "float", EXACT));
}

describe("broadcasting", () => {
  test("leading axes by what they are, own axes from the right", () => {
    expect(broadcast("float[time T, batch B, H]", "float[H]")).toBe("float[time T, batch B, H]");
    expect(broadcast("float[time T, H]", "float[batch B, H]")).toBe("float[time T, batch B, H]");
    expect(broadcast("float[time T]", "float[batch B, I, H]")).toBe("float[time T, batch B, I, H]");
    expect(broadcast("float[I, 1]", "float[batch B, 1, H]")).toBe("float[batch B, I, H]");
    expect(broadcast("float[batch B, H]", "float[batch B, memory S, H]")).toBe("float[batch B, memory S, H]");
    expect(broadcast("float[]", "float[]")).toBe("float[]");
    expect(broadcast()).toBe("float[]");
  });

  test("sizes that differ are refused, with the two operands", () => {
    const run = (): string => broadcast("float[batch B]", "float[H]", "float[batch B, I]");
    expect(run).toThrow(ShapeMismatch);
    try {
      run();
    } catch (error) {
      expect(error).toMatchObject({ operands: [1, 2] });
    }
    expect(() => broadcast("float[time T]", "float[time S]")).toThrow(ShapeMismatch);
    expect(() => broadcast("float[batch B, memory T]", "float[T]")).toThrow(ShapeMismatch);
  });

  test("alignment says which axis of the operand meets each of the result's", () => {
    const align = (operand: string, result: string): readonly number[] =>
      alignment(parseType(operand).axes, parseType(result).axes);
    expect(align("float[H]", "float[time T, batch B, H]")).toEqual([-1, -1, 0]);
    expect(align("float[batch B, H]", "float[time T, batch B, I, H]")).toEqual([-1, 0, -1, 1]);
    expect(align("float[time T]", "float[time T, batch B, H]")).toEqual([0, -1, -1]);
    expect(align("float[memory S, 1]", "float[batch B, memory S, H]")).toEqual([-1, 0, 1]);
    expect(align("float[]", "float[batch B, H]")).toEqual([-1, -1]);
  });
});

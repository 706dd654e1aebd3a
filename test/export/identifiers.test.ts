// Identifiers of generated code: ASCII, unique, never a keyword, for any names.
import { describe, expect, test } from "vitest";
import { asciiName, Identifiers } from "../../src/export/identifiers.ts";
import { uniformAt } from "../../src/base/random.ts";

describe("identifiers", () => {
  test.each([
    ["h.f.x", "h_f_x"],
    ["σ", "sigma"],
    ["Δt", "Deltat"],
    ["é", "e"],
    ["x[t-1]", "x_t_1"],
    ["2x", "x2x"],
    ["", "x"],
    ["*/ system(1); /*", "system_1"],
    ["日本", "x"],
  ])("%j is %s", (name, identifier) => expect(asciiName(name)).toBe(identifier));

  test("names that look alike get different identifiers, and a name always gets the same", () => {
    const names = new Identifiers(["for", "x"]);
    expect([names.of("a.b"), names.of("a_b"), names.of("a.b"), names.of("for"), names.of("x")]).toEqual([
      "a_b",
      "a_b_2",
      "a_b",
      "for_2",
      "x_2",
    ]);
  });

  test("random names of any characters give valid, different identifiers", () => {
    const names = new Identifiers();
    const given = Array.from({ length: 2000 }, (_, name) =>
      Array.from({ length: 1 + (name % 5) }, (__, place) =>
        String.fromCodePoint(32 + Math.floor(uniformAt(name, "names", place) * (place === 0 ? 95 : 0x2fff))),
      ).join(""),
    );
    const unique = [...new Set(given)];
    const found = unique.map((name) => names.of(name));
    expect(found.filter((each) => !/^[A-Za-z][A-Za-z0-9_]*$/.test(each))).toEqual([]);
    expect(new Set(found).size).toBe(unique.length);
  });
});

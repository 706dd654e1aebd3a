// How diagnostics look: each case is a small source with its picture beside it.
import { describe, expect, it } from "vitest";
import type { Diagnostic } from "../src/base/diagnostic.ts";
import { renderDiagnostic, renderDiagnostics } from "../src/base/render.ts";
import type { Source, Span } from "../src/base/source.ts";

const plain = { color: false };

function place(source: Source, part: string): Span {
  const start = source.text.indexOf(part);
  return { source, start, end: start + part.length };
}

function diagnosticAt(span: Span, more: Partial<Diagnostic> = {}): Diagnostic {
  return { code: "some-code", severity: "error", title: "something is wrong", span, labels: [], notes: [], ...more };
}

describe("renderDiagnostic", () => {
  it("shows the primary place with `^`, others with `-`, each with its own text, then notes and help", () => {
    const source = { name: "a.rec", text: "cell A {\n  f = a + b\n\n  a = 1\n}\n" };
    const diagnostic = diagnosticAt(place(source, "a + b"), {
      label: "of different shapes",
      labels: [
        { span: place(source, "b\n"), text: "`[3]`" },
        { span: place(source, "a = 1"), text: "`[2]`" },
      ],
      notes: ["sizes align from the right"],
      help: "transpose one of them",
    });
    expect(renderDiagnostic(diagnostic, plain)).toBe(
      [
        "error[some-code]: something is wrong",
        "  --> a.rec:2:7",
        "   |",
        " 2 |   f = a + b",
        "   |       ^^^^^ of different shapes",
        "   |           - `[3]`",
        " ...",
        " 4 |   a = 1",
        "   |   ----- `[2]`",
        "   |",
        "note: sizes align from the right",
        "help: transpose one of them",
      ].join("\n"),
    );
  });

  it("puts carets under the right characters after tabs, Greek, wide and astral characters", () => {
    const source = { name: "a.rec", text: "\tσ(ξ) 漢字 𝛼 here\r\n" };
    const lines = renderDiagnostic(diagnosticAt(place(source, "here")), plain).split("\n");
    expect(lines[3]).toBe(" 1 |   σ(ξ) 漢字 𝛼 here");
    expect(lines[4]).toBe("   |               ^^^^");
  });

  it("cuts a long line around each of its carets", () => {
    const source = { name: "a.rec", text: `${"x + ".repeat(5000)}here + ${"y + ".repeat(5000)}there` };
    const diagnostic = diagnosticAt(place(source, "here"), {
      labels: [{ span: place(source, "there"), text: "and here" }],
    });
    const lines = renderDiagnostic(diagnostic, plain).split("\n");
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(170);
    expect(lines[3]).toMatch(/^ 1 \| ….*here.*…$/);
    expect(lines[4]?.indexOf("^^^^")).toBe(lines[3]?.indexOf("here"));
    expect(lines[6]?.indexOf("----- and here")).toBe(lines[5]?.indexOf("there"));
  });

  it("marks a span of several lines on its first, and one at the end of the file after the last character", () => {
    const source = { name: "a.rec", text: "ab {\n}\ncd" };
    const several = renderDiagnostic(diagnosticAt({ source, start: 3, end: 6 }), plain);
    expect(several.split("\n")[4]).toBe("   |    ^");
    const last = renderDiagnostic(diagnosticAt({ source, start: 9, end: 10 }), plain);
    expect(last.split("\n").slice(1, 5)).toEqual(["  --> a.rec:3:3", "   |", " 3 | cd", "   |   ^"]);
  });

  it("shows a second file under its own name", () => {
    const source = { name: "a.rec", text: "use B" };
    const other = { name: "b.rec", text: "cell B {}" };
    const diagnostic = diagnosticAt(place(source, "B"), {
      labels: [{ span: place(other, "B"), text: "defined here" }],
    });
    const lines = renderDiagnostic(diagnostic, plain).split("\n");
    expect(lines.filter((line) => line.includes(".rec"))).toEqual(["  --> a.rec:1:5", "  ::: b.rec:1:6"]);
  });

  it("never prints a control character", () => {
    const source = { name: "a.rec", text: "a \u001b[31m b" };
    expect(renderDiagnostic(diagnosticAt(place(source, "b")), plain)).not.toContain("\u001b");
    expect(renderDiagnostic(diagnosticAt(place(source, "b")), { color: true })).not.toContain("\u001b[31m ");
  });

  it("without a place is a title, notes and help", () => {
    const diagnostic: Diagnostic = {
      code: "c",
      severity: "warning",
      title: "odd",
      labels: [],
      notes: ["why"],
      help: "do",
    };
    expect(renderDiagnostic(diagnostic, plain)).toBe("warning[c]: odd\nnote: why\nhelp: do");
  });

  it("with colour says the same", () => {
    const source = { name: "a.rec", text: "ab cd" };
    const list = [diagnosticAt(place(source, "cd"), { label: "here" }), diagnosticAt(place(source, "ab"))];
    const escapes = new RegExp(String.raw`${"\u001b"}\[[\d;]*m`, "g");
    expect(renderDiagnostics(list, { color: true }).replace(escapes, "")).toBe(renderDiagnostics(list, plain));
  });

  it("takes under a second for a hundred diagnostics in a file of a million lines", () => {
    const source = { name: "a.rec", text: "x = 1\n".repeat(1_000_000) };
    const list = Array.from({ length: 100 }, (_, index) =>
      diagnosticAt({ source, start: index * 60_000, end: index * 60_000 + 1 }),
    );
    const start = performance.now();
    renderDiagnostics(list, plain);
    expect(performance.now() - start).toBeLessThan(1000);
  });
});

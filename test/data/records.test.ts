// Cutting files into records: any piece size gives the same, with true places and lines.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { recordsOf, type RecordEnds } from "../../src/data/records.ts";
import { sourceOf } from "./sources.ts";

function cut(content: string, ends: RecordEnds, piece?: number): readonly (readonly [number, string])[] {
  const source = sourceOf("a.txt", content);
  return [...recordsOf(source, piece === undefined ? { ends } : { ends, piece })].map((record) => {
    const text = record.bytes.toString();
    expect(source.read(record.offset, record.size).toString()).toBe(text);
    return [record.line, text];
  });
}

describe("records", () => {
  test("blank lines, `\\r\\n`, a byte order mark and a missing last newline do not matter", () => {
    expect(cut("\uFEFFone\r\n\n \ntwo\nthree", "lines")).toEqual([
      [1, "one"],
      [4, "two"],
      [5, "three"],
    ]);
  });

  test("a quoted record goes on over lines, and lines are counted through it", () => {
    expect(cut('a,"b\n""c\nd"\ne,f\n', "quoted")).toEqual([
      [1, 'a,"b\n""c\nd"'],
      [4, "e,f"],
    ]);
  });

  test("the size of the pieces changes nothing", () => {
    const content = fc.array(fc.constantFrom("a", "é", "😀", '"', '""', "\n", "\r\n", " ", ","), { maxLength: 40 });
    fc.assert(
      fc.property(
        content,
        fc.integer({ min: 1, max: 9 }),
        fc.constantFrom<RecordEnds>("lines", "quoted"),
        (parts, piece, ends) => {
          expect(cut(parts.join(""), ends, piece)).toEqual(cut(parts.join(""), ends));
        },
      ),
    );
  });

  test("lines are what a plain split gives", () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.integer({ min: 1, max: 9 }), (lines, piece) => {
        const content = lines.join("\n");
        const plain = content.split("\n").map((line, index) => [index + 1, line.replace(/\r$/, "")] as const);
        expect(cut(content, "lines", piece)).toEqual(plain.filter(([, line]) => !/^[ \t]*$/.test(line)));
      }),
    );
  });
});

// Progress: a line redrawn in a terminal, plain lines now and then elsewhere; numbers short enough to read.
import fc from "fast-check";
import { stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "vitest";
import { Progress, progressBar, progressText, shortCount, shortTime } from "../src/cli/progress.ts";

interface Watched {
  readonly writes: readonly string[];
  /** One update `seconds` after the start. */
  readonly update: (done: number, seconds: number) => void;
  readonly progress: Progress;
}

const TOTAL = 100;

function watched(isTTY: boolean | undefined): Watched {
  const writes: string[] = [];
  let now = 1000;
  const progress = new Progress({ isTTY, write: (text) => writes.push(text) }, () => now);
  const update = (done: number, seconds: number): void => {
    now = 1000 + seconds;
    progress.update({ done, total: TOTAL, loss: 2.34567, tokens: done * 1024 });
  };
  return { writes, update, progress };
}

/** What a terminal shows in the end of what was written: a carriage return goes back, `ESC[K` clears what follows. */
function screen(writes: readonly string[]): readonly string[] {
  const lines = writes.join("").split("\n");
  return lines.map((line) => stripVTControlCharacters(line.split("\r\u001b[K").at(-1) ?? ""));
}

describe("where the output is no terminal", () => {
  test.each([[false], [undefined]])("isTTY %s: whole lines without any control character", (isTTY) => {
    const { writes, update } = watched(isTTY);
    update(1, 0.5);
    update(100, 50);
    expect(writes).toEqual([
      "1/100  recent loss 2.346  2.0k steps/s  0:50 left\n",
      "100/100  recent loss 2.346  2.0k steps/s  0:00 left\n",
    ]);
  });

  test("lines are 5 seconds apart at least, but the first and the last always come", () => {
    const { writes, update } = watched(false);
    for (const seconds of [0, 1, 4.9, 5, 9, 10.5]) update(1 + seconds, seconds);
    update(TOTAL, 10.6);
    expect(writes.map((line) => line.split("/")[0])).toEqual(["1", "6", "11.5", "100"]);
  });

  test("a pause writes nothing", () => {
    const { writes, update, progress } = watched(false);
    update(1, 0);
    progress.pause();
    expect(writes).toHaveLength(1);
  });
});

describe("in a terminal", () => {
  test("one line is redrawn; it ends when all is done", () => {
    const { writes, update } = watched(true);
    for (let done = 1; done <= TOTAL; done++) update(done, done / 2);
    expect(writes.length).toBe(TOTAL);
    expect(screen(writes.slice(0, 50))).toEqual([
      `${"█".repeat(12)}${"░".repeat(12)} 50/100  recent loss 2.346  2.0k steps/s  0:25 left`,
    ]);
    expect(screen(writes)).toEqual([`${"█".repeat(24)} 100/100  recent loss 2.346  2.0k steps/s  0:00 left`, ""]);
  });

  test("it is redrawn ten times a second at most, but the end always comes", () => {
    const { writes, update } = watched(true);
    for (let done = 1; done < TOTAL; done++) update(done, done / 100);
    expect(writes.length).toBeLessThanOrEqual(11);
    expect(writes.length).toBeGreaterThanOrEqual(9);
    update(TOTAL, 0.991);
    expect(screen(writes)[0]).toContain("100/100");
  });

  test("a pause clears the line, so that something else can be written", () => {
    const { writes, update, progress } = watched(true);
    update(10, 1);
    progress.pause();
    expect(screen(writes)).toEqual([""]);
  });
});

describe("numbers", () => {
  test.each([
    [0, "0"],
    [7, "7"],
    [999, "999"],
    [999.6, "1.0k"],
    [1000, "1.0k"],
    [1234, "1.2k"],
    [45_600, "46k"],
    [99_700, "100k"],
    [456_000, "456k"],
    [999_700, "1.0M"],
    [1_200_000, "1.2M"],
    [35_000_000, "35M"],
    [2_500_000_000, "2.5G"],
  ])("%d tokens are %s", (value, text) => {
    expect(shortCount(value)).toBe(text);
  });

  test("a count is a number of at most three characters and a unit, within 5 % of what it stands for", () => {
    const factor = new Map([
      ["k", 1e3],
      ["M", 1e6],
      ["G", 1e9],
    ]);
    fc.assert(
      fc.property(fc.double({ min: 1, max: 9e11, noNaN: true }), (value) => {
        const [, digits = "", unit = ""] = /^(\d+(?:\.\d)?)([kMG]?)$/.exec(shortCount(value)) ?? [];
        expect(digits.length, shortCount(value)).toBeGreaterThan(0);
        expect(digits.length).toBeLessThanOrEqual(3);
        const read = Number(digits) * (factor.get(unit) ?? 1);
        expect(Math.abs(read - value)).toBeLessThanOrEqual(Math.max(0.5, 0.051 * value));
      }),
    );
  });

  test.each([
    [0, "0:00"],
    [42.4, "0:42"],
    [59.6, "1:00"],
    [3599, "59:59"],
    [3723, "1:02:03"],
    [Infinity, "-:--"],
    [NaN, "-:--"],
  ])("%d seconds are %s", (seconds, text) => {
    expect(shortTime(seconds)).toBe(text);
  });

  test("at the very start neither speed nor the time left is known", () => {
    const state = { done: 0, total: 10, loss: NaN, tokens: 0, seconds: 0 };
    expect(progressText({ ...state, loss: 2, done: 10 }, "squared error")).toContain(
      "10/10  recent squared error 2.000  ",
    );
    expect(progressText(state)).toBe("0/10  recent loss NaN  0 steps/s  -:-- left");
  });

  test("the bar is as wide as asked, whatever the share", () => {
    fc.assert(
      fc.property(fc.double({ min: -1, max: 2, noNaN: true }), fc.integer({ min: 0, max: 60 }), (share, width) => {
        expect(progressBar(share, width)).toMatch(new RegExp(`^█*░*$`));
        expect([...progressBar(share, width)]).toHaveLength(width);
      }),
    );
    expect([progressBar(0, 4), progressBar(0.5, 4), progressBar(1, 4)]).toEqual(["░░░░", "██░░", "████"]);
  });
});

// Series: rows that are time steps become windows, are split by time, and are told apart and ordered by their columns.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { dateAfter, readDate } from "../../src/data/dates.ts";
import { lastWindows, splitWindows } from "../../src/data/series-windows.ts";
import { dataFile, type SeriesOptions } from "../../src/index.ts";
import { compiled } from "../library/models.ts";
import { temporaryFolder } from "../support/command.ts";

const NEXT = "model N { input x: seq []; predict x[t+1] from linear(x, out = []) }";
const AFTER = `model A {
  input x: seq []
  target y: seq []
  predict y from linear(last(x), y[t-1], out = [])
}`;
const ONE = "model O { input x: seq []; target y: []; predict y from linear(last(x), first(x), out = []) }";

function written(name: string, text: string): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, name.endsWith(".gz") ? gzipSync(text) : text);
  return path;
}

/** Numbers 0, 1, 2 … by day. */
function days(count: number, delimiter = ","): string {
  const date = (day: number): string => new Date(Date.UTC(2024, 0, 1 + day)).toISOString().slice(0, 10);
  return [`day${delimiter}x`, ...Array.from({ length: count }, (_, day) => `${date(day)}${delimiter}${day}`)].join(
    "\n",
  );
}

describe("windows begin at every step, and the end of each series is held out", () => {
  const form = { window: 3, horizon: 0, ahead: 1 };
  const spans = (
    windows: readonly { readonly from: number; readonly end: number; readonly after: number }[],
  ): unknown => windows.map(({ from, end, after }) => [from, end, after]);

  test("`x[t+1]`: windows have a step more, and none to train on reaches into the held-out part", () => {
    const { training, heldOut } = splitWindows([12], form, 0.1);
    expect(spans(training)).toEqual([[0, 4, 4], [1, 5, 5], [2, 6, 6], [3, 7, 7], [4, 8, 8]]); // prettier-ignore
    expect(spans(heldOut)).toEqual([[8, 12, 12]]);
  });

  test("a horizon: only what is predicted must be held out", () => {
    const { training, heldOut } = splitWindows([10], { window: 3, horizon: 2, ahead: 0 }, 0.3);
    expect(spans(training)).toEqual([[0, 3, 5], [1, 4, 6], [2, 5, 7]]); // prettier-ignore
    expect(spans(heldOut)).toEqual([[4, 7, 9], [5, 8, 10]]); // prettier-ignore
  });

  test("whole series, series too short for both parts, and series shorter than a window", () => {
    const whole = splitWindows([20, 2], { window: null, horizon: 0, ahead: 1 }, 0.1);
    expect(spans(whole.training)).toEqual([[0, 18, 18], [0, 2, 2]]); // prettier-ignore
    expect(spans(whole.heldOut)).toEqual([[18, 20, 20]]);
    const short = splitWindows([5, 3], form, 0.1);
    expect(spans(short.training)).toEqual([[0, 4, 4], [1, 5, 5]]); // prettier-ignore
    expect([short.heldOut, short.short]).toEqual([[], 1]);
  });

  test("in use, the last window is read, or all steps", () => {
    expect(spans(lastWindows([5, 2], { window: 3, known: 0 }))).toEqual([[2, 5, 5]]);
    expect(spans(lastWindows([5], { window: null, known: 0 }))).toEqual([[0, 5, 5]]);
    expect(spans(lastWindows([5], { window: 2, known: 2 }))).toEqual([[1, 3, 5]]);
  });
});

describe("dates", () => {
  test.each([
    ["2024-02-30", null],
    ["01/02/2024", null],
    ["2024-13", null],
    ["2024-02", Date.UTC(2024, 1, 1)],
    ["2024/02/29", Date.UTC(2024, 1, 29)],
    ["2024-02-29 12:30", Date.UTC(2024, 1, 29, 12, 30)],
    ["2024-02-29T12:30:00.5+02:00", Date.UTC(2024, 1, 29, 10, 30, 0, 500)],
  ])("%s", (text, time) => {
    expect(readDate(text)?.time ?? null).toBe(time);
  });

  test.each([
    [["1960-11", "1960-12"], 2, "1961-02"],
    [["2024-02-28", "2024-02-29"], 1, "2024-03-01"],
    [["2023/12/25", "2024/01/01"], 1, "2024/01/08"],
    [["2024-01-31 22:00", "2024-01-31 23:00"], 1, "2024-02-01 00:00"],
    [["2022-05-01", "2023-05-01"], 1, "2024-05-01"],
    [["2024-01-01T00:00:00Z", "2024-01-01T01:00:00Z"], 1, "2024-01-01T02:00:00Z"],
  ])("after %s, %d steps on: %s", (texts, steps, next) => {
    const dates = texts.flatMap((text) => readDate(text) ?? []);
    expect(dateAfter(dates, steps)).toBe(next);
  });
});

describe("training and use", () => {
  test.each([
    ["semicolons", "s.csv", days(30, ";")],
    ["tabs, packed", "s.tsv.gz", days(30, "\t")],
    ["newest first", "s.csv", [days(30).split("\n")[0], ...days(30).split("\n").slice(1).toReversed()].join("\n")],
  ])("%s: `x[t+1]` is learned from windows, and each step is predicted with its date", async (_, name, text) => {
    const path = written(name, text);
    const model = await compiled(NEXT, { target: "wasm" });
    const { measures } = await model.fit({
      data: dataFile(path),
      series: { window: 5 },
      epochs: 400,
      batch: 4,
      optimizer: { kind: "adam", lr: 0.05 },
    });
    // 30 steps: 6 are held out, a window and the step after it.
    expect(measures?.predictions[0]?.count).toBe(5);
    expect(measures?.predictions[0]?.error).toBeLessThan(0.2);
    const found = await model.predict(dataFile(path));
    expect(found).toHaveLength(30);
    expect(found[29]?.["day"]).toBe("2024-01-30");
    expect(Math.abs(Number(found[29]?.["x"]) - 30)).toBeLessThan(0.5);
  });

  test("a target after the window gets the dates that follow; groups stay apart, in rows that alternate", async () => {
    const rows = Array.from({ length: 20 }, (_, step) => [
      { month: `2024-${String((step % 12) + 1).padStart(2, "0")}`, year: step, shop: "a", sold: step },
      { month: `2024-${String((step % 12) + 1).padStart(2, "0")}`, year: step, shop: "b", sold: 100 },
    ]).flat();
    const model = await compiled(AFTER, { target: "reference" });
    const data = rows.filter(({ year }) => year < 12);
    const series: SeriesOptions = {
      window: 4,
      horizon: 2,
      group: "shop",
      date: "month",
      columns: { x: "sold", y: "sold" },
    };
    await model.fit({ data, series, updates: 1 });
    const found = await model.predict(data.toReversed());
    expect(found.map(({ month, shop }) => [shop, month])).toEqual([
      ["b", "2025-01"],
      ["b", "2025-02"],
      ["a", "2025-01"],
      ["a", "2025-02"],
    ]);
    expect((await model.evaluate({ data })).predictions[0]?.count).toBe(2 * 7 * 2);
  });

  test("one value after the window lies a horizon ahead", async () => {
    const path = written("s.csv", days(12));
    const model = await compiled(ONE, { target: "reference" });
    await model.fit({
      data: dataFile(path),
      series: { window: 3, horizon: 4, columns: { y: "x" } },
      epochs: 800,
      optimizer: { kind: "adam", lr: 0.05 },
    });
    const [found, ...others] = await model.predict(dataFile(path));
    expect(others).toEqual([]);
    expect(found?.["day"]).toBe("2024-01-16");
    expect(Math.abs(Number(found?.["y"]) - 15)).toBeLessThan(0.2);
  });

  test("several columns for a vector, a date as days, and parts of the date", async () => {
    const path = written("s.csv", "day,open,close\n1970-01-02,1,2\n1970-01-03,3,4\n1970-01-04,5,6\n");
    const model = await compiled(
      `model V {
        input x: seq [2]
        input day: seq []
        input weekday: seq [1]
        input close: seq []
        pair = 1 * x
        since = 1 * day
        week = 1 * weekday
        output pair, since, week
        predict close[t+1] from linear(close, out = [])
      }`,
      { target: "reference" },
    );
    await model.fit({
      data: dataFile(path),
      series: { date: "day", columns: { x: ["open", "close"] } },
      updates: 1,
    });
    const found = await model.predict(dataFile(path));
    expect(found.map(({ pair, since, week }) => [pair, since, week])).toEqual([
      [[1, 2], 1, [4]],
      [[3, 4], 2, [5]],
      [[5, 6], 3, [6]],
    ]);
  });
});

describe("mistakes", () => {
  const cases: readonly (readonly [string, string, string, SeriesOptions | true, RegExp])[] = [
    [NEXT, "no such column", days(5), { group: "shop" }, /^s\.csv: there is no column `shop`; the columns are day, x$/],
    [
      AFTER,
      "no column for a target",
      days(9),
      { window: 2, horizon: 2 },
      /^s\.csv:1: there is no column `y` for `y`; the columns are day, x\. Say which one it is: `--column y=x`, or `columns: \{ y: "x" \}` in a program$/,
    ],
    [
      AFTER,
      "no horizon",
      days(9),
      { window: 2, columns: { y: "x" } },
      /^s\.csv: `y` lies after the window of the series: give the number of its steps as the horizon$/,
    ],
    [
      ONE,
      "no window",
      days(9),
      { columns: { y: "x" } },
      /^s\.csv: `y` lies after the window of the series: give the number of steps of the window$/,
    ],
    [
      NEXT,
      "a horizon of nothing",
      days(9),
      { window: 2, horizon: 2 },
      /all sequences of this model go along the window/,
    ],
    [
      NEXT,
      "too short",
      days(5),
      { window: 9 },
      /^s\.csv: the longest series has 5 steps, but an example needs 10: give a shorter window or more data$/,
    ],
    [NEXT, "a wrong cell", `${days(3)}\n2024-02-01,abc`, true, /^s\.csv:5: `x`: expected a number, found "abc"$/],
    [NEXT, "an empty cell", `${days(3)}\n2024-02-01,`, true, /^s\.csv:5: `x` is missing: expected a number$/],
    [
      NEXT,
      "two rows of one date",
      `${days(3)}\n2024-01-02,7`,
      true,
      /^s\.csv:5: `day` is 2024-01-02, as in line 3: a series has one row for each date; if the file has several series, name the column that tells them apart as the group$/,
    ],
    [
      NEXT,
      "not a date",
      `${days(3)}\n1/2/2024,7`,
      true,
      /^s\.csv:5: `day` is "1\/2\/2024", which is not a date such as 2024-01-31, 2024-01 or 2024-01-31T12:00$/,
    ],
    [
      NEXT,
      "columns of nothing",
      days(5),
      { columns: { z: "x" } },
      /^s\.csv: columns are given for `z`, but the model has no such/,
    ],
    [NEXT, "a wrong option", days(5), { window: 0 }, /^`window` is 0, but it must be a whole number, 1 or more$/],
  ];

  test.each(cases)("%s %s", async (source, _, text, series, message) => {
    const path = written("s.csv", text);
    const model = await compiled(source, { target: "reference" });
    const said = await model.fit({ data: dataFile(path), series, updates: 1 }).then(
      () => "nothing",
      (problem: unknown) => (problem instanceof Error ? problem.message : String(problem)),
    );
    expect(said.replaceAll(path, "s.csv")).toMatch(message);
  });
});

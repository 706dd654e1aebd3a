// Pictures: well-formed SVG, with what the spec names, folded up and unfolded in time; learning curves.
import { describe, expect, test } from "vitest";
import { open } from "../src/compile.ts";
import { drawCurve, type CurvePoint } from "../src/draw/curve.ts";
import { dotFor, draw } from "../src/draw/draw.ts";
import type { ScopedDefinition } from "../src/lang/scope.ts";
import { loadFromDisk } from "../src/module/library.ts";
import { CELLS, MODELS, shippedNamed } from "./support/specs.ts";
import { readXml, textOf, within, type Element } from "./support/xml.ts";

const NONE: ReadonlyMap<string, number> = new Map();

interface Read {
  /** The lines of each box: its title, then details. */
  readonly boxes: readonly (readonly string[])[];
  readonly titles: readonly string[];
  /** Titles of the frames around boxes. */
  readonly frames: readonly string[];
  /** How many edges there are, and how many of them are dashed. */
  readonly edges: number;
  readonly dashed: number;
}

function read(svg: string): Read {
  const root = readXml(svg);
  expect(root.name).toBe("svg");
  const elements = within(root);
  const groups = (kind: string): readonly Element[] =>
    elements.filter(({ name, attributes }) => name === "g" && attributes.get("class") === kind);
  const lines = (group: Element): readonly string[] =>
    within(group).flatMap((each) => (each.name === "text" ? [textOf(each)] : []));
  const isDashed = (edge: Element): boolean =>
    within(edge).some(({ name, attributes }) => name === "path" && attributes.has("stroke-dasharray"));
  const boxes = groups("node").map(lines);
  return {
    boxes,
    titles: boxes.map(([title = ""]) => title),
    frames: groups("cluster").flatMap(lines),
    edges: groups("edge").length,
    dashed: groups("edge").filter(isDashed).length,
  };
}

async function picture(definition: ScopedDefinition, steps: number | null, numbers = NONE): Promise<Read> {
  return read(await draw(definition, { steps, numbers }));
}

function definitionFrom(text: string): ScopedDefinition {
  const scope = open({ name: "test.rec", text }, loadFromDisk);
  return [...scope.definitions.values()].find((each) => each.scope === scope) ?? expect.fail("no definition");
}

function sorted(titles: readonly string[]): readonly string[] {
  return titles.toSorted((a, b) => (a < b ? -1 : 1));
}

describe("every shipped cell and model", () => {
  test.each([...CELLS, ...MODELS])(
    "$name: every equation of a cell is drawn, at each step when unfolded, and each step has its column",
    async ({ definition }) => {
      const names = definition.definition.body.flatMap((each) =>
        each.kind === "equation" && definition.definition.kind === "cell" ? [each.names.map(({ name }) => name)] : [],
      );
      const folded = await picture(definition, null);
      for (const each of names) expect(folded.titles).toContain(each.join(", "));
      const unfolded = await picture(definition, 3);
      for (const each of names)
        for (const step of [1, 2, 3])
          expect(unfolded.titles).toContain(each.map((name) => `${name}[${step}]`).join(", "));
      for (const step of [1, 2, 3]) expect(unfolded.frames.filter((frame) => frame === `t = ${step}`)).not.toEqual([]);
      expect(unfolded.frames).not.toContain("t = 4");
    },
  );
});

describe("the LSTM", () => {
  const lstm = shippedNamed("LSTM");

  test("folded up: a box for the input, each equation and each state's last value, which dashed edges fill", async () => {
    const { boxes, titles, frames, edges, dashed } = await picture(lstm, null);
    expect(sorted(titles)).toEqual(["c", "c[t-1]", "f", "g", "h", "h[t-1]", "i", "o", "x"]);
    expect(boxes).toContainEqual(["g", "tanh(linear(x, h[t-1]))"]);
    expect(boxes).toContainEqual(["c", "f ⊙ c[t-1] + i ⊙ g"]);
    expect(boxes).toContainEqual(["h[t-1]", "first 0"]);
    expect(frames).toEqual(["LSTM"]);
    // x and h[t-1] into four gates, four values and one state into c, two values into h; c and h to the next step.
    expect([edges, dashed]).toEqual([4 + 4 + 4 + 2 + 2, 2]);
  });

  test.each([1, 2, 5])(
    "unfolded %d times: that many copies, beside the first states, edges between neighbours",
    async (steps) => {
      const { titles, frames, edges, dashed } = await picture(lstm, steps);
      const numbers = Array.from({ length: steps }, (_, step) => step + 1);
      const copies = numbers.flatMap((step) => ["c", "f", "g", "h", "i", "o", "x"].map((name) => `${name}[${step}]`));
      expect(sorted(titles)).toEqual(sorted(["c[0]", "h[0]", ...copies]));
      const expected = ["start", ...numbers.flatMap((step) => [`t = ${step}`, "LSTM"])];
      expect(sorted(frames)).toEqual(sorted(expected));
      // Each step: x and the last h into four gates, f i g and the last c into c, o and c into h.
      expect([edges, dashed]).toEqual([steps * (4 + 4 + 4 + 2), 0]);
    },
  );
});

describe("models", () => {
  test("a character model of two layers: its equations, both layers with their names, what is predicted", async () => {
    const layers = new Map([["layers", 2]]);
    const folded = await picture(shippedNamed("CharLM"), null, layers);
    expect(folded.titles).toEqual(expect.arrayContaining(["text", "e", "logits", "predict text[t+1]"]));
    expect(sorted(folded.frames)).toEqual(["LSTM(H) · layer 1", "LSTM(H) · layer 2"]);
    const unfolded = await picture(shippedNamed("CharLM"), 2, layers);
    for (const name of ["text", "e", "logits"])
      expect(unfolded.titles.filter((title) => title.startsWith(name))).toEqual([`${name}[1]`, `${name}[2]`]);
    expect(unfolded.titles).toEqual(expect.arrayContaining(["predict text[2]", "predict text[3]"]));
    expect(unfolded.titles.filter((title) => title === "f[2]")).toHaveLength(2);
  });

  test("the half of a bidirectional cell that runs back takes its state from the right", async () => {
    const model = definitionFrom(`model M(N = 3) {
  input x: seq [N]
  target y: [N]
  h = reverse(Sum(N))(x)
  predict y from first(h)
}

cell Sum(N) {
  input x
  state s: [N]
  s = s[t-1] + x
}
`);
    const { titles } = await picture(model, 2);
    // Two steps and, to the right of them, the first state; none to their left.
    expect(sorted(titles.filter((title) => title.startsWith("s[")))).toEqual(["s[1]", "s[2]", "s[3]"]);
  });
});

describe("text in pictures", () => {
  test.each(["<a><b></a></b>", "<a>x", "<a/><b/>", "<a>x & y</a>", "<a>&nbsp;</a>", '<a b="1" b="2"/>', "<a b=1/>"])(
    "what is not well-formed would be seen: %s",
    (text) => {
      expect(() => readXml(text)).toThrow();
    },
  );

  test("comparisons, quotes and other signs of XML stand as they were written", async () => {
    const cell = definitionFrom(`cell Where(H) {
  input x
  state größe: [H]
  größe = where(größe[t-1] < x, x, -x)
}
`);
    const { boxes } = await picture(cell, null);
    expect(boxes).toContainEqual(["größe", "where(größe[t-1] < x, x, -x)"]);
  });

  test("parameters stand in the title with their values, given ones over the spec's", async () => {
    const svg = await draw(shippedNamed("CharLM"), { steps: 2, numbers: new Map([["H", 7]]) });
    const texts = within(readXml(svg)).flatMap((each) => (each.name === "text" ? [textOf(each)] : []));
    expect(texts).toContain("model CharLM(E = 32, H = 7, layers = 1), 2 steps");
  });

  test("DOT: every name is quoted, braces are balanced", () => {
    const dot = dotFor(shippedNamed("Translate"), { steps: 2, numbers: NONE });
    expect(dot).toMatch(/^digraph "model Translate\(.*\{\n[^]*\}\n$/);
    const unquoted = dot.replace(/"(?:[^"\\]|\\.)*"/g, "").replace(/<<.*>>|<<b>.*?<\/b>[^\]]*>/g, "");
    expect(unquoted.split("{").length).toBe(unquoted.split("}").length);
  });
});

describe("a learning curve", () => {
  const points: readonly CurvePoint[] = [
    { update: 10, training: 3, validation: null },
    { update: 20, training: 2.5, validation: 2.6 },
    { update: 30, training: NaN, validation: 2.2 },
  ];

  interface Curve {
    readonly texts: readonly string[];
    /** Places of each line's points, as `x,y`. */
    readonly lines: readonly (readonly string[])[];
    readonly levels: number;
  }

  async function curve(...given: Parameters<typeof drawCurve>): Promise<Curve> {
    const elements = within(readXml(await drawCurve(...given)));
    const marks = (kind: string): readonly Element[] =>
      elements.filter(({ attributes }) => attributes.get("aria-roledescription") === kind);
    return {
      texts: elements.flatMap((each) => (each.name === "text" ? [textOf(each)] : [])),
      lines: marks("line mark").map(({ attributes }) => (attributes.get("d") ?? "").split(/[ML]/).slice(1)),
      levels: marks("rule mark").length,
    };
  }

  test("a line for each series through its known points: later is further right, a smaller loss further down", async () => {
    const { texts, lines, levels } = await curve(points, 'A < B & "C"');
    expect(texts).toEqual(
      expect.arrayContaining(['A < B & "C"', "training", "held out", "update", "loss (nats a symbol)"]),
    );
    expect(lines.map((line) => line.length)).toEqual([2, 2]);
    for (const line of lines) {
      const [[x1 = NaN, y1 = NaN] = [], [x2 = NaN, y2 = NaN] = []] = line.map((place) => place.split(",").map(Number));
      expect(x2).toBeGreaterThan(x1);
      expect(y2).toBeGreaterThan(y1);
    }
    expect(levels).toBe(0);
  });

  test("a baseline is a level with its name", async () => {
    const { texts, levels } = await curve(points, "curve", { name: "bigram", nats: 2.4 });
    expect(texts).toContain("bigram");
    expect(levels).toBe(1);
  });

  test("nothing measured yet is a picture all the same", async () => {
    expect((await curve([], "empty")).texts).toContain("empty");
  });
});

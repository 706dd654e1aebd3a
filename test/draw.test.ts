// Pictures as SVG: well-formed, with what the spec names, rolled up and unrolled in time, in order and apart; learning curves.
import { describe, expect, test } from "vitest";
import { programOf } from "../src/compile.ts";
import { drawCurve, type CurvePoint } from "../src/draw/curve.ts";
import { dotFor, draw, DRAWN } from "../src/draw/draw.ts";
import { sideBySide } from "../src/draw/side-by-side.ts";
import type { Program, Statics } from "../src/lang/elaborate/program.ts";
import { constant } from "../src/shape/dim.ts";
import { CELLS, MODELS, programFrom, shippedNamed } from "./support/specs.ts";
import { readXml, textOf, within, type Element } from "./support/xml.ts";

function drawn(name: string, statics: Statics = new Map()): Program {
  return programOf(shippedNamed(name), statics, DRAWN);
}

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
    within(group)
      .flatMap((each) => (each.name === "text" ? [textOf(each)] : []))
      .filter((line) => line.trim() !== "");
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

async function picture(program: Program, steps: number | null): Promise<Read> {
  return read(await draw(program, { steps }));
}

function sorted(titles: readonly string[]): readonly string[] {
  return titles.toSorted((a, b) => (a < b ? -1 : 1));
}

describe("every shipped cell and model", () => {
  test.each([...CELLS, ...MODELS])(
    "$name: every equation of a cell is drawn, at each step when unrolled, and each step has its column",
    async ({ definition }) => {
      const names = definition.definition.body.flatMap((each) =>
        each.kind === "equation" && definition.definition.kind === "cell" ? [each.names.map(({ name }) => name)] : [],
      );
      const program = programOf(definition, new Map(), DRAWN);
      const rolled = await picture(program, null);
      for (const each of names) expect(rolled.titles).toContain(each.join(", "));
      const unrolled = await picture(program, 3);
      for (const each of names)
        for (const step of [1, 2, 3])
          expect(unrolled.titles).toContain(each.map((name) => `${name}[${step}]`).join(", "));
      for (const step of [1, 2, 3]) expect(unrolled.frames.filter((frame) => frame === `t = ${step}`)).not.toEqual([]);
      expect(unrolled.frames).not.toContain("t = 4");
    },
  );
});

describe("the LSTM", () => {
  const lstm = drawn("LSTM");

  test("rolled up: a box for the input, each equation and each state's last value, which dashed edges fill", async () => {
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
    "unrolled %d times: that many copies, beside the first states, edges between neighbours",
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
    const program = drawn("CharLM", new Map([["layers", constant(2)]]));
    const rolled = await picture(program, null);
    expect(rolled.titles).toEqual(expect.arrayContaining(["text", "e", "logits", "predict text[t+1]"]));
    expect(sorted(rolled.frames)).toEqual(["LSTM(H) · layer 1", "LSTM(H) · layer 2"]);
    const unrolled = await picture(program, 2);
    for (const name of ["text", "e", "logits"])
      expect(unrolled.titles.filter((title) => title.startsWith(name))).toEqual([`${name}[1]`, `${name}[2]`]);
    expect(unrolled.titles).toEqual(expect.arrayContaining(["predict text[2]", "predict text[3]"]));
    expect(unrolled.titles.filter((title) => title === "f[2]")).toHaveLength(2);
  });

  test("the half of a bidirectional cell that runs back takes its state from the right", async () => {
    const model = programFrom(
      `model M(N = 3) {
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
`,
      DRAWN,
    );
    const { titles } = await picture(model, 2);
    // Two steps and, to the right of them, the first state; none to their left.
    expect(sorted(titles.filter((title) => title.startsWith("s[")))).toEqual(["s[1]", "s[2]", "s[3]"]);
  });
});

interface Place {
  readonly title: string;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Where boxes or frames stand, from the outlines that are drawn of them. */
function places(svg: string, kind: "node" | "cluster"): readonly Place[] {
  const found = within(readXml(svg)).filter((each) => each.name === "g" && each.attributes.get("class") === kind);
  return found.flatMap((group) => {
    const inside = within(group);
    const outline = inside.find(({ name }) => name === "path")?.attributes.get("d");
    if (outline === undefined) return [];
    const numbers = (outline.match(/-?[\d.]+/g) ?? []).map(Number);
    const [xs, ys] = [0, 1].map((odd) => numbers.filter((_, index) => index % 2 === odd));
    const title = inside.flatMap((each) => (each.name === "text" ? [textOf(each)] : []))[0] ?? "";
    return [
      {
        title,
        left: Math.min(...(xs ?? [])),
        right: Math.max(...(xs ?? [])),
        top: Math.min(...(ys ?? [])),
        bottom: Math.max(...(ys ?? [])),
      },
    ];
  });
}

describe("positions in a picture", () => {
  const SENTENCES = `
model Mt(E = 4, H = 8) {
  input source: seq word[S]
  target output: seq word[V]
  c = last(RNN(H)(embed(source, E)))
  g = RNN(H)(concat(embed(output[t-1], E), c), h = c)
  predict output from linear(g, out = V)
}
cell RNN(H) {
  input x
  state h: [H]
  h = tanh(linear(x, h[t-1]))
}
`;

  test.each([false, true])(
    "two sequences: each step to the right of the one before, what it starts with to the left, the encoder left of the decoder (folded: %s)",
    async (isFolded) => {
      const svg = await draw(programFrom(SENTENCES, DRAWN), { steps: 3, isFolded });
      const columns = places(svg, "cluster").filter(({ title }) => /^(t =|start)/.test(title));
      const inOrder = columns.toSorted((a, b) => a.left - b.left);
      const sequence = ["start", "t = 1", "t = 2", "t = 3"];
      expect(inOrder.map(({ title }) => title)).toEqual([...sequence, ...sequence]);
      inOrder.slice(1).forEach(({ left }, index) => expect(left).toBeGreaterThan(inOrder[index]?.right ?? Infinity));
      const boxes = places(svg, "node");
      const leftOf = (title: string): number => boxes.find((each) => each.title === title)?.left ?? NaN;
      expect(leftOf("source[3]")).toBeLessThan(leftOf("output[0]"));
      expect(leftOf("output[0]")).toBeLessThan(leftOf("output[1]"));
    },
  );

  test.each(MODELS)("$name: no boxes overlap, open and folded", async ({ definition }) => {
    const program = programOf(definition, new Map(), DRAWN);
    for (const isFolded of [false, true]) {
      const boxes = places(await draw(program, { steps: 3, isFolded, hasWeights: true }), "node");
      const pairs = boxes.flatMap((a, index) => boxes.slice(index + 1).map((b) => [a, b] as const));
      const onAnother = pairs.filter(
        ([a, b]) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom,
      );
      expect(onAnother).toEqual([]);
    }
  });

  test("names of weights are in the picture once for each arrow", async () => {
    const svg = await draw(drawn("CharLM"), { steps: 3, isFolded: true, hasWeights: true });
    const names = within(readXml(svg))
      .filter(({ attributes }) => attributes.get("class") === "weight")
      .map(textOf);
    expect(sorted(names)).toEqual(sorted(["E", "E", "E", "W", "W", "W", "U", "U", "U", "V", "V", "V"]));
  });
});

describe("text in pictures", () => {
  test.each(["<a><b></a></b>", "<a>x", "<a/><b/>", "<a>x & y</a>", "<a>&nbsp;</a>", '<a b="1" b="2"/>', "<a b=1/>"])(
    "what is not well-formed would be seen: %s",
    (text) => {
      expect(() => readXml(text)).toThrow();
    },
  );

  test("comparisons, quotes and other characters of XML are escaped", async () => {
    const cell = programFrom(
      `cell Where(H) {
  input x
  state größe: [H]
  größe = where(größe[t-1] < x, x, -x)
}
`,
      DRAWN,
    );
    const { boxes } = await picture(cell, null);
    expect(boxes).toContainEqual(["größe", "where(größe[t-1] < x, x, -x)"]);
  });

  test("parameters are in the title with their values; given values replace the spec's", async () => {
    const svg = await draw(drawn("CharLM", new Map([["H", constant(7)]])), { steps: 2 });
    const texts = within(readXml(svg)).flatMap((each) => (each.name === "text" ? [textOf(each)] : []));
    expect(texts).toContain("model CharLM(E = 32, H = 7, layers = 1), 2 steps");
  });

  test("DOT: every name is quoted, braces are balanced", () => {
    const dot = dotFor(drawn("Translate"), { steps: 2 });
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
    const { texts, lines, levels } = await curve(points, { title: 'A < B & "C"', loss: "squared error" });
    expect(texts).toEqual(
      expect.arrayContaining(['A < B & "C"', "training (recent mean)", "held out", "update", "squared error"]),
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
    const { texts, levels } = await curve(points, { title: "curve", loss: "loss" }, { name: "bigram", nats: 2.4 });
    expect(texts).toContain("bigram");
    expect(levels).toBe(1);
  });

  test("without measurements there is still a picture", async () => {
    expect((await curve([], { title: "empty", loss: "loss" })).texts).toContain("empty");
  });
});

describe("several pictures", () => {
  const lstm = drawn("LSTM");

  test("up to an equation: what leads to it and to those before, and no other", async () => {
    const titlesOf = async (...upTo: readonly string[]): Promise<readonly (string | undefined)[]> =>
      read(await draw(lstm, { steps: null, upTo }))
        .boxes.map(([title]) => title)
        .sort();
    expect(await titlesOf("f")).toEqual(["f", "h[t-1]", "x"]);
    expect(await titlesOf("f", "c")).toEqual(["c", "c[t-1]", "f", "g", "h[t-1]", "i", "x"]);
    expect(await titlesOf("h")).toEqual(
      read(await draw(lstm, { steps: null }))
        .boxes.map(([title]) => title)
        .sort(),
    );
    expect(() => dotFor(lstm, { steps: null, upTo: ["ff"] })).toThrow("`LSTM` has no `ff` to draw");
  });

  test("beside each other: none overlaps another, and each id is one element", async () => {
    const one = await draw(lstm, { steps: null });
    expect(sideBySide([one])).toBe(one);
    const root = readXml(sideBySide([one, one, one, one, one]));
    const inner = root.children.flatMap((child) => (typeof child === "object" && child.name === "svg" ? [child] : []));
    expect(inner).toHaveLength(5);
    const [whole, ...boxes] = [root, ...inner].map(({ attributes }) => {
      const [x = 0, y = 0, width = 0, height = 0] = ["x", "y", "width", "height"].map((name) =>
        parseFloat(attributes.get(name) ?? "0"),
      );
      return { x, y, right: x + width, bottom: y + height };
    });
    expect(new Set(boxes.map(({ y }) => y)).size).toBeGreaterThan(1);
    boxes.forEach((box, index) => {
      expect(box.right).toBeLessThanOrEqual(whole?.right ?? NaN);
      expect(box.bottom).toBeLessThanOrEqual(whole?.bottom ?? NaN);
      for (const other of boxes.slice(0, index))
        expect(box.x >= other.right || other.x >= box.right || box.y >= other.bottom || other.y >= box.bottom).toBe(
          true,
        );
    });
    const ids = within(root).flatMap(({ attributes }) => attributes.get("id") ?? []);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

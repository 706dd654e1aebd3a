// `generate` as an async iterator, with beams, and stopped early.
import { describe, expect, test } from "vitest";
import type { CompiledModel, Piece, Results } from "../../src/index.ts";
import { compiled, numbers, TARGETS, tokens } from "./models.ts";

const TEXT = "to be or not to be";
const NUMBERS = `use GRU from "cells"
  model Path(H = 4) {
    input start: [2]
    target at: seq [2]
    h = GRU(H)(at[t-1], h = tanh(linear(start, out = H)))
    predict at from linear(h, out = 2)
  }`;

function chars(target = "wasm"): Promise<CompiledModel> {
  return compiled('use CharLM from "models"', { target, set: { E: 4, H: 8 }, texts: { V: TEXT } });
}

function translator(target = "reference"): Promise<CompiledModel> {
  return compiled('use Translate from "models"', { target, set: { E: 4, H: 8 }, sizes: { S: 5, V: 6 } });
}

async function piecesOf(generation: AsyncIterable<Piece>): Promise<readonly Piece[]> {
  const pieces: Piece[] = [];
  for await (const piece of generation) pieces.push(piece);
  return pieces;
}

/** What the promise gives, from the pieces. */
function together(pieces: readonly Piece[], examples: number): readonly Readonly<Record<string, readonly number[]>>[] {
  return Array.from({ length: examples }, (_, example) => {
    const own = pieces.filter((piece) => piece.example === example);
    const names = [...new Set(own.map(({ name }) => name))];
    return Object.fromEntries(
      names.map((name) => [name, own.filter((each) => each.name === name).flatMap(({ value }) => [...value.data])]),
    );
  });
}

function plain(results: readonly Results[]): readonly Readonly<Record<string, readonly number[]>>[] {
  return results.map((each) =>
    Object.fromEntries(
      Object.entries(each).flatMap(([name, { data }]) => (data.length === 0 ? [] : [[name, [...data]]])),
    ),
  );
}

describe.each(TARGETS)("%s: the pieces are what the promise gives", (target) => {
  test("of a text, whose pieces make the text", async () => {
    const model = await chars(target);
    const options = { prompt: "to ", length: 20, seed: 3 };
    const pieces = await piecesOf(model.generate(options));
    const written = await model.generate(options);
    expect(together(pieces, 1)).toEqual(plain(written));
    expect(pieces.map(({ text }) => text).join("")).toBe(
      model.vocabulary("text").decode(written[0]?.["text"]?.data ?? []),
    );
    expect(pieces.map(({ step }) => step)).toEqual(pieces.map((_, index) => index));
  });

  test("of examples, some of which end early", async () => {
    const model = await translator(target);
    const options = { inputs: { source: tokens("source", [3, 4], 5) }, length: 7, seed: 2 };
    const generation = model.generate(options);
    const pieces = await piecesOf(generation);
    expect(together(pieces, 3)).toEqual(plain(await generation));
    expect(pieces.every(({ text }) => text === null)).toBe(true);
  });

  test("of numbers", async () => {
    const model = await compiled(NUMBERS, { target });
    const generation = model.generate({ inputs: { start: numbers("start", [2, 2]) }, length: 3 });
    const pieces = await piecesOf(generation);
    expect(pieces[0]).toMatchObject({ example: 0, step: 0, name: "at", value: { shape: [2] }, text: null });
    expect(together(pieces, 2)).toEqual(plain(await generation));
  });
});

describe("a generation", () => {
  test("words come with the blanks before them", async () => {
    const words = TEXT.replaceAll("to be", "we are here ,");
    const model = await compiled(
      `use GRU from "cells"
       model Words(H = 4) {
         input text: seq word[V]
         predict text[t+1] from linear(GRU(H)(embed(text, 3)), out = V)
       }`,
      { texts: { V: words } },
    );
    const pieces = await piecesOf(model.generate({ prompt: "we", length: 12, seed: 2 }));
    const ids = pieces.flatMap(({ value }) => [...value.data]);
    const vocabulary = model.vocabulary("text");
    expect(`we${pieces.map(({ text }) => text).join("")}`).toBe(
      vocabulary.decode([...vocabulary.encode("we"), ...ids]),
    );
  });

  test("can be read several times from the beginning, also after its end", async () => {
    const model = await chars();
    const generation = model.generate({ prompt: "to", length: 9, seed: 1 });
    const [one, other] = await Promise.all([piecesOf(generation), piecesOf(generation)]);
    expect(other).toEqual(one);
    expect(await piecesOf(generation)).toEqual(one);
    expect(one).toHaveLength(9);
  });

  test("a loop that trains the model in between does not wait for itself, and writes with the weights from the start", async () => {
    const [model, same] = [await chars(), await chars()];
    const trainer = await model.trainer({ optimizer: { kind: "sgd", lr: 1 } });
    const ids = model.vocabulary("text").encode(TEXT);
    const options = { prompt: "to", length: 5, seed: 1 };
    const pieces: Piece[] = [];
    for await (const piece of model.generate(options)) {
      pieces.push(piece);
      await trainer.update({ text: ids });
    }
    expect(pieces).toEqual(await piecesOf(same.generate(options)));
    trainer.dispose();
  });

  test("leaving the loop stops the writing, and the model is free again", async () => {
    const model = await chars();
    const seen: Piece[] = [];
    const generation = model.generate({ prompt: "to", length: 1e9 });
    for await (const piece of generation) {
      seen.push(piece);
      if (seen.length === 3) break;
    }
    expect(seen).toHaveLength(3);
    await expect(generation).rejects.toMatchObject({ name: "AbortError" });
    model.setWeights(await model.weights());
  });

  test("a signal stops it, whether it is awaited, read, or waits for its turn; timers run meanwhile", async () => {
    const model = await chars();
    const endless = { prompt: "to", length: 1e9 };
    await expect(model.generate({ ...endless, signal: AbortSignal.timeout(50) })).rejects.toMatchObject({
      name: "TimeoutError",
    });
    const controller = new AbortController();
    const read = piecesOf(model.generate({ ...endless, signal: controller.signal }));
    setTimeout(() => controller.abort(new Error("enough")), 30);
    await expect(read).rejects.toThrow("enough");
    await expect(model.generate({ ...endless, signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: "AbortError",
    });
    const searching = model.generate({ ...endless, beam: 2, signal: AbortSignal.timeout(30) });
    await expect(searching).rejects.toMatchObject({ name: "TimeoutError" });
    model.setWeights(await model.weights());
  });

  test("an error rejects in the loop and in the promise", async () => {
    const model = await chars();
    await expect(model.generate({ prompt: [99] })).rejects.toThrow();
    await expect(piecesOf(model.generate({ prompt: [99] }))).rejects.toThrow();
  });
});

describe("beam search", () => {
  test("gives the best candidates of each example with their scores, the best one first", async () => {
    const model = await translator();
    const options = { inputs: { source: tokens("source", [3, 4], 5) }, length: 6 };
    const found = await model.generate({ ...options, beam: 8, best: 3, lengthPenalty: 0.6 });
    expect(found).toHaveLength(3);
    for (const candidates of found) {
      expect(candidates).toHaveLength(3);
      const texts = candidates.map(({ written }) => written["output"]?.data.join());
      expect(new Set(texts).size).toBe(3);
      const scores = candidates.filter(({ isWhole }) => isWhole).map(({ score }) => score);
      expect(scores).toEqual(scores.toSorted((a, b) => b - a));
      for (const { written, score, logProbability, isWhole } of candidates) {
        const length = (written["output"]?.data.length ?? NaN) + Number(isWhole);
        expect(score).toBeCloseTo(logProbability / length ** 0.6, 10);
      }
    }
    // A beam of 1 takes the likeliest at each step.
    const greedy = await model.generate({ ...options, temperature: 0 });
    const narrow = await model.generate({ ...options, beam: 1 });
    expect(narrow.map(([first]) => first?.written)).toEqual(greedy);
  });

  test("continues a prompt, and finds a likelier text than greedy decoding", async () => {
    const model = await chars("reference");
    const options = { prompt: "to be", length: 6 };
    const vocabulary = model.vocabulary("text");
    const likelihood = async (ids: ArrayLike<number>): Promise<number> => {
      const prompt = [...vocabulary.encode(options.prompt)];
      const all = [...prompt, ...Array.from(ids)];
      const logits = (await model.run({ text: all }))["text.logits"] ?? expect.fail();
      const size = logits.shape.at(-1) ?? 1;
      let sum = 0;
      for (let at = prompt.length; at < all.length; at++) {
        const row = [...logits.data.subarray((at - 1) * size, at * size)];
        sum +=
          (row[all[at] ?? 0] ?? NaN) -
          Math.log(row.reduce((total, each, id) => total + (id === vocabulary.unknown ? 0 : Math.exp(each)), 0));
      }
      return sum;
    };
    const [candidates = []] = await model.generate({ ...options, beam: 5, best: 5, lengthPenalty: 0 });
    expect(candidates).toHaveLength(5);
    for (const { written, logProbability } of candidates)
      expect(logProbability).toBeCloseTo(await likelihood(written["text"]?.data ?? []), 6);
    const [greedy] = await model.generate({ ...options, temperature: 0 });
    expect(candidates[0]?.logProbability).toBeGreaterThanOrEqual(
      (await likelihood(greedy?.["text"]?.data ?? [])) - 1e-9,
    );
  });

  test("writes as many tokens as an input has steps, where the model does", async () => {
    const model = await compiled(
      `use GRU from "cells"
       model Tags(H = 4) {
         input x: seq [2]
         target tag: seq token[3]
         predict tag from linear(GRU(H)(concat(x, embed(tag[t-1], 2))), out = 3)
       }`,
      { target: "reference" },
    );
    const found = await model.generate({
      inputs: { x: numbers("x", [3, 5, 2]) },
      lengths: { x: [5, 2, 0] },
      beam: 3,
      best: 2,
    });
    expect(found.map((each) => each.map(({ written }) => written["tag"]?.data.length))).toEqual([[5, 5], [2, 2], [0]]);
    expect(found.flat().every(({ isWhole }) => isWhole)).toBe(true);
  });

  test("refuses options of sampling; each mistake throws a UserError that says what was expected", async () => {
    const model = await translator();
    const inputs = { source: [1, 2] };
    const mistakes: readonly object[] = [
      { beam: 4, temperature: 0.5 },
      { beam: 4, topK: 3 },
      { beam: 4, topP: 0.5 },
      { beam: 4, seed: 1 },
      { beam: 0 },
      { beam: 2, best: 3 },
      { best: 3 },
      { lengthPenalty: 1 },
      { beam: 2, lengthPenalty: -1 },
      { signal: "now" },
      { numbers: [1, 2] },
    ];
    const found: string[] = [];
    for (const options of mistakes)
      found.push(
        await model.generate({ inputs, ...options }).then(
          () => "it ran",
          (problem: unknown) => (problem instanceof Error ? `${problem.name}: ${problem.message}` : String(problem)),
        ),
      );
    expect(found).toMatchInlineSnapshot(`
      [
        "UserError: \`temperature\` cannot be given together with \`beam\`: beam search looks for the likeliest output and draws nothing. Give one of the two",
        "UserError: \`topK\` cannot be given together with \`beam\`: beam search looks for the likeliest output and draws nothing. Give one of the two",
        "UserError: \`topP\` cannot be given together with \`beam\`: beam search looks for the likeliest output and draws nothing. Give one of the two",
        "UserError: \`seed\` cannot be given together with \`beam\`: beam search looks for the likeliest output and draws nothing. Give one of the two",
        "UserError: \`beam\` is 0, but it must be a whole number, 1 or more",
        "UserError: \`best\` is 3, but \`beam\` keeps only 2 candidates: give \`beam: 3\` or more",
        "UserError: \`best\` belongs to beam search: give \`beam\` too, as in \`{ beam: 4, best: 1 }\`",
        "UserError: \`lengthPenalty\` belongs to beam search: give \`beam\` too, as in \`{ beam: 4, lengthPenalty: 1 }\`",
        "UserError: \`lengthPenalty\` is -1, but it must be 0 or more",
        "UserError: \`signal\` is "now", but it must be an AbortSignal, as \`new AbortController().signal\` or \`AbortSignal.timeout(1000)\`",
        "UserError: \`numbers\` has 2, but the batch has 1: give one for each example",
      ]
    `);
  });
});

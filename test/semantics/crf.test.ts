// A CRF tagger against all sequences of tags: its loss, its best tags, ragged, on every target of Node.
import { expect, onTestFinished, test } from "vitest";
import { compile, type CompiledModel } from "../../src/index.ts";
import { TARGETS } from "../library/models.ts";

const K = 3;
const TAGS = [0, 1, 2] as const;
const SPEC = `use CRF, Viterbi, ViterbiPath from "cells"
model Tagger {
  input e: seq [3]
  target tags: seq token[3]
  crf = CRF(3)(e, tags)
  best = Viterbi(3)(e, crf.between, crf.begin, crf.end)
  path = reverse(ViterbiPath(3))(best, best.back)
  minimize mean(crf)
  predict tags from path weight = 0
}`;
const ROWS = [4, 1, 3].map((steps, row) => ({
  e: Array.from({ length: steps }, (_, t) => TAGS.map((tag) => Math.sin(7 * row + 3 * t + 2 * tag))),
  tags: Array.from({ length: steps }, (_, t) => (row + t * t) % K),
}));

interface Scores {
  readonly between: readonly number[];
  readonly begin: readonly number[];
  readonly end: readonly number[];
}

function score({ between, begin, end }: Scores, e: readonly (readonly number[])[], path: readonly number[]): number {
  return path.reduce((sum, tag, t) => {
    const before = path[t - 1];
    const ahead = before === undefined ? begin[tag] : between[before * K + tag];
    const last = t === path.length - 1 ? (end[tag] ?? NaN) : 0;
    return sum + (e[t]?.[tag] ?? NaN) + (ahead ?? NaN) + last;
  }, 0);
}

function paths(steps: number): readonly (readonly number[])[] {
  if (steps === 0) return [[]];
  return paths(steps - 1).flatMap((path) => TAGS.map((tag) => [...path, tag]));
}

async function scored(model: CompiledModel): Promise<Scores> {
  const weights = await model.weights();
  const given = [...weights].map(([name, { shape }], index) => {
    const count = shape.reduce((product, size) => product * size, 1);
    return [
      name,
      { shape, data: Float32Array.from({ length: count }, (_, k) => Math.cos(5 * index + 4 * k)) },
    ] as const;
  });
  await model.setWeights(new Map(given));
  const data = (name: string): readonly number[] => [...(new Map(given).get(`crf.${name}`)?.data ?? [])];
  return { between: data("between"), begin: data("begin"), end: data("end") };
}

/** The mean over examples of -log P(tags), divided by their steps. */
function expectedLoss(scores: Scores): number {
  const each = ROWS.map(({ e, tags }) => {
    const all = paths(e.length).reduce((sum, path) => sum + Math.exp(score(scores, e, path)), 0);
    return (Math.log(all) - score(scores, e, tags)) / e.length;
  });
  return each.reduce((sum, value) => sum + value, 0) / ROWS.length;
}

function bestTags(scores: Scores): readonly (readonly number[])[] {
  return ROWS.map(({ e }) => {
    const ordered = [...paths(e.length)].sort((a, b) => score(scores, e, b) - score(scores, e, a));
    return ordered[0] ?? [];
  });
}

test.each(TARGETS)("%s: the loss is that of all sequences, and the path is the best of them", async (target) => {
  const model = await compile(SPEC, { target });
  onTestFinished(() => model.dispose());
  const scores = await scored(model);
  const { loss, predictions } = await model.evaluate({ data: ROWS });
  expect(loss).toBeCloseTo(expectedLoss(scores), 5);
  const best = bestTags(scores);
  const found = await model.predict(ROWS.map(({ e }) => ({ e })));
  expect(found.map(({ tags }) => tags)).toEqual(best);
  const right = ROWS.map(({ tags }, row) => tags.filter((tag, t) => tag === best[row]?.[t]).length);
  expect(predictions[0]?.accuracy).toBeCloseTo(right.reduce((sum, count) => sum + count, 0) / 8, 6);
  expect(predictions[0]?.weight).toBe(0);
});

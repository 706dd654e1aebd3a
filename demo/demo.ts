// `npm run demo`: from a spec of a few equations to a model that has read Moby Dick, in about a minute and a half on two cores.
import { join } from "node:path";
import { beginRun } from "../src/cli/train-begin.ts";
import { trainAndSave } from "../src/cli/train-run.ts";
import { programOf } from "../src/compile.ts";
import { openBytes } from "../src/data/open-bytes.ts";
import { heldOutFrom } from "../src/data/held-out.ts";
import { TextFile } from "../src/data/text-file.ts";
import { cutStreams, partOf } from "../src/data/text.ts";
import type { Vocabulary } from "../src/data/vocabulary.ts";
import { draw, DRAWN } from "../src/draw/draw.ts";
import { open } from "../src/index.ts";
import { readText, writeAtomically } from "../src/files/files.ts";
import { countNgrams } from "../src/ngram/counts.ts";
import { NgramModel } from "../src/ngram/model.ts";
import { withTarget } from "../src/targets/registry.ts";
import { mobyDickText } from "../src/datasets/moby-dick.ts";

const SPEC = "specs/models/charlm.rec";
const OUT = "out/demo";
const BOOK = join(OUT, "book.txt");
const started = performance.now();

console.log(`${SPEC}:\n\n${readText(SPEC)}`);
writeAtomically(BOOK, mobyDickText());
const run = beginRun(SPEC, { data: BOOK, out: OUT, set: [], overwrite: true });
const vocabulary = run.data.vocabularies.get("V");
if (vocabulary === undefined) throw new Error(`${SPEC} has no vocabulary V`);
const bigram = bigramNats(vocabulary, run.settings.batch);

const outcome = await withTarget(run.target, (target) =>
  trainAndSave({ ...run, out: process.stdout, baseline: { name: "bigram", nats: bigram } }, target),
);
const [ours, theirs] = [Math.exp(outcome.measures?.loss ?? NaN), Math.exp(bigram)];
console.log(
  `\nheld-out perplexity: ${ours.toFixed(2)}, character bigram model: ${theirs.toFixed(2)} (${(ours / theirs).toFixed(2)} of it)\n`,
);
console.log(`${await paragraph()}\n`);

writeAtomically(
  join(OUT, "unfolded.svg"),
  await draw(programOf(run.model.definition, run.model.statics, DRAWN), { steps: 3 }),
);
console.log(`${OUT}/weights.safetensors  the checkpoint, with settings.json beside it`);
console.log(`${OUT}/unfolded.svg         the graph, unfolded in time`);
console.log(`${OUT}/curve.svg            the learning curve`);
console.log(
  `${((performance.now() - started) / 1000).toFixed(0)} s in all. Try: npm run -s recurra -- generate ${OUT} --prompt "Call me "`,
);
if (!(ours <= 0.7 * theirs)) {
  console.error("error: the perplexity is above 0.7 times the bigram model's");
  process.exitCode = 1;
}

/** The bigram model predicts the same characters as the network: the last tenth, cut into the same streams. */
function bigramNats(symbols: Vocabulary, batch: number): number {
  const file = new TextFile(openBytes(BOOK), "char");
  const tokens = file.tokens(symbols);
  const cut = heldOutFrom(file.length);
  const held = cutStreams(partOf(tokens, cut, file.length), batch, "the held-out part");
  const counts = countNgrams(partOf(tokens, 0, cut), symbols.size, 2);
  const { loss } = new NgramModel(counts, 2, { kind: "add", delta: 0.1 }).measure(held);
  file.close();
  return loss;
}

/** Written by the checkpoint, as a program that has nothing but the library would do it. */
async function paragraph(): Promise<string> {
  const model = await open(OUT);
  let text = "The whale ";
  for await (const piece of model.generate({ prompt: text, length: 500, temperature: 0.6, seed: 1 }))
    text += piece.text ?? "";
  model.dispose();
  return text;
}

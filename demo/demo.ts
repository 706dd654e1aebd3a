// `npm run demo`: from a spec of a few equations to a model that has read Moby Dick, in about a minute on two cores.
import { join } from "node:path";
import { open } from "../src/compile.ts";
import { baselineNats } from "../src/data/ngram.ts";
import { cutStreams, splitHeldOut } from "../src/data/text.ts";
import { decode, encode } from "../src/data/vocabulary.ts";
import { draw } from "../src/draw/draw.ts";
import { recording } from "../src/module/checkpoint.ts";
import { writeAtomically } from "../src/module/files.ts";
import { loadFromDisk, readSpec } from "../src/module/library.ts";
import { tfjsTarget } from "../src/targets/tfjs/target.ts";
import { resolveSettings } from "../src/train/settings.ts";
import { textModel, vocabularyFor } from "../src/train/text-model.ts";
import { write } from "../src/train/writing.ts";
import { trainAndSave } from "../src/cli/train-text.ts";
import { bookText } from "./book.ts";

const SPEC = "specs/models/charlm.rec";
const OUT = "out/demo";
const started = performance.now();

const source = readSpec(SPEC);
console.log(`${SPEC}:\n\n${source.text}`);
const loader = recording(loadFromDisk);
const scope = open(source, loader.load);
const definition = scope.definitions.get("CharLM");
if (definition === undefined) throw new Error(`${SPEC} has no CharLM`);

const { training, heldOut } = splitHeldOut(bookText(), 0.1);
const model = textModel(definition, new Map());
const vocabulary = vocabularyFor(model, training, 1);
const settings = resolveSettings(model.training.settings, {});
const [read, held] = [encode(vocabulary, training), encode(vocabulary, heldOut)];
// The bigram model predicts the same characters as the network: the held-out part, cut into the same streams.
const bigram = baselineNats(read, cutStreams(held, settings.batch, "the held-out part"), vocabulary.size, "bigram");

const target = await tfjsTarget("wasm");
const sources = [{ name: source.name, asked: source.name, text: source.text }, ...loader.used()];
const result = await trainAndSave({ model, vocabulary, training, validation: heldOut, settings }, target, {
  folder: OUT,
  sources,
  out: process.stdout,
  baseline: { name: "bigram", nats: bigram },
});

const [ours, theirs] = [Math.exp(result.validation), Math.exp(bigram)];
console.log(
  `\nheld-out perplexity: ${ours.toFixed(2)}, character bigram model: ${theirs.toFixed(2)} (${(ours / theirs).toFixed(2)} of it)\n`,
);
const tokens: number[] = [];
for await (const token of write(model, vocabulary, result.arrays, target, {
  prompt: "The whale ",
  length: 500,
  temperature: 0.6,
  seed: 1,
})) {
  tokens.push(token);
}
console.log(`The whale ${decode(vocabulary, tokens)}\n`);

writeAtomically(join(OUT, "unfolded.svg"), await draw(definition, { steps: 3, numbers: new Map() }));
console.log(`${OUT}/weights.safetensors  the checkpoint, with settings.json beside it`);
console.log(`${OUT}/unfolded.svg         the graph, unfolded in time`);
console.log(`${OUT}/curve.svg            the learning curve`);
console.log(
  `${((performance.now() - started) / 1000).toFixed(0)} s in all. Try: npm run -s recurra -- generate ${OUT} --prompt "Call me "`,
);
if (ours > 0.7 * theirs) {
  console.error("error: the perplexity is above 0.7 times the bigram model's");
  process.exitCode = 1;
}

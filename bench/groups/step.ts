// Latency: one step of a character model at B = 1 through the library's streams, a token in, logits out.
import { open, programOf } from "../../src/compile.ts";
import { Compiled } from "../../src/library/compiled.ts";
import type { CompiledParts } from "../../src/library/compiled-parts.ts";
import { loadFromDisk } from "../../src/shipped/specs.ts";
import { constant } from "../../src/shape/dim.ts";
import type { HostArray, Target } from "../../src/targets/target.ts";
import { STEPPED } from "../cases.ts";
import { COMPARED, meanSquare, repeated, type Contestant } from "../contestant.ts";
import { onOurTargets } from "../contestants/recurra.ts";
import { programFlops } from "../flops.ts";
import { measureTogether, type Entry, type Measuring } from "../measure.ts";
import type { Peers } from "../peers.ts";
import type { Row } from "../results.ts";
import { initialWeights } from "../workload.ts";

const V = 80;
const SIZES = new Map([
  ["V", V],
  ["B", 1],
  ["T.text", 1],
]);

const SPEC = `use LSTM from "cells"

model Chars(H, E = 32) {
  input text: seq token[V]
  e = embed(text, E)
  h = LSTM(H)(e)
  logits = linear(h, out = V)
  predict text[t+1] from logits
}
`;

export async function measureSteps(
  peers: Peers,
  measuring: Measuring,
  report: (what: string) => void,
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const H of STEPPED) {
    if (!measuring.chosen.isCase(`chars-${H}`)) continue;
    report(`step chars-${H}`);
    const definition = open({ name: "chars.rec", text: SPEC }, loadFromDisk).definitions.get("Chars");
    if (definition === undefined) throw new Error("no Chars");
    const statics = new Map([["H", constant(H)]]);
    const program = programOf(definition, statics, { ragged: false, training: false, states: "carried" });
    const weights = initialWeights(program, SIZES);
    const flops = programFlops(program, ["logits.text"], SIZES);
    const ours = await onOurTargets(<T>(who: string, threads: number, target: Target<T>) =>
      ourStep(compiled({ definition, statics, target, weights }), who, threads),
    );
    const contestants = [...ours, ...(await peers.stepping(H, weights))];
    const entries = contestants.map((contestant): Entry => ({ case: `chars-${H}`, what: "step", contestant, flops }));
    rows.push(...(await measureTogether(entries, measuring)));
  }
  return rows;
}

function compiled<T>(
  parts: Pick<CompiledParts<T>, "definition" | "statics" | "target"> & {
    readonly weights: ReadonlyMap<string, HostArray>;
  },
): Compiled<T> {
  return new Compiled({
    ...parts,
    seed: 1,
    sizes: new Map([["V", V]]),
    starts: new Map(),
    vocabularies: () => new Map(),
    updates: 0,
    allowNonFinite: false,
    origin: { sources: [] },
  });
}

/** The tokens are 0, 7, 14, … of V. */
function ourStep<T>(model: Compiled<T>, who: string, threads: number): Contestant {
  const stream = model.start();
  let token = 0;
  const step = (): ArrayLike<number> => {
    const results = stream.step({ text: token });
    token = (token + 7) % V;
    return results["text.logits"]?.data ?? [];
  };
  const dispose = (): void => {
    stream.dispose();
    model.dispose();
  };
  const contestant = repeated({ who, threads, once: async () => step().length, compared: 0, dispose });
  return { ...contestant, first: async () => Array.from({ length: COMPARED }, () => meanSquare(step())) };
}

// Prints what golden_cells.py reads: for each cell there, its arguments and the shapes of its weights by name.
import { compile } from "../../src/index.ts";

const WIDE = { N: 5 };
const DECODER = { I: 4, K: 3 };

const ARGUMENTS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  SCRN: { H: 5, S: 3 },
  Jordan: { H: 5, O: 3 },
  Dilated: { H: 5, d: 2 },
  TCNBlock: { H: 5, d: 2 },
  AdditiveDecoder: { H: 5, A: 3 },
  CoverageDecoder: { H: 5, A: 3 },
  LocationSensitiveDecoder: { H: 5, A: 3, F: 2 },
  SRU: WIDE,
  Hopfield: WIDE,
  SynchronousHopfield: WIDE,
};
const SIZES: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  AttentionDecoder: DECODER,
  AdditiveDecoder: DECODER,
  CoverageDecoder: DECODER,
  LocationSensitiveDecoder: DECODER,
  MUT2: {},
  SRU: {},
  Hopfield: {},
  SynchronousHopfield: {},
};
const CELLS =
  "PeepholeLSTM ResetBeforeGRU TextbookGRU MGU MinGRU MinLSTM LEM AntisymmetricRNN Dilated TCNBlock Hopfield " +
  "SynchronousHopfield Jordan IndRNN LogisticRNN MultiplicativeRNN SCRN MultiplicativeLSTM JANET NP LiGRU MUT1 MUT2 " +
  "MUT3 RAN CFN MinimalRNN STAR ATR FastGRNN BRC NBRC CoRNN SRU SLSTM AttentionDecoder AdditiveDecoder " +
  "CoverageDecoder LocationSensitiveDecoder";

const found: Record<string, object> = {};
for (const name of CELLS.split(" ")) {
  const args = ARGUMENTS[name] ?? { H: 5 };
  const model = await compile(`use ${name} from "cells"`, { set: args, sizes: SIZES[name] ?? { I: 4 } });
  const weights = Object.fromEntries([...(await model.weights())].map(([weight, { shape }]) => [weight, shape]));
  found[name] = { args, weights };
  model.dispose();
}
process.stdout.write(`${JSON.stringify(found)}\n`);

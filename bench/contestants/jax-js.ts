// jax-js on its wasm device: one update as one jitted function. It has no loop, so tracing unrolls the steps. The input has one product
// for each step, which was faster than one product for all steps (LSTM at 32-50-64-128: 77 ms, 96 ms).
import { COMPARED, repeated, type Contestant } from "../contestant.ts";
import { arrayNamed, stacked, transposed } from "../stacked.ts";
import { dataOf, OUTPUTS, type Weights, type Workload } from "../workload.ts";
import { LARGEST_NORM, RATE } from "./training.ts";
import { peerModule } from "./peer.ts";

/** An array. A call frees its arguments; `ref` keeps one for another call. */
interface Values {
  readonly ref: Values;
  add(other: Values | number): Values;
  sub(other: Values | number): Values;
  mul(other: Values | number): Values;
  div(other: Values | number): Values;
  reshape(shape: readonly number[]): Values;
  data(): Promise<Float32Array>;
  dispose(): void;
}

type Named = Readonly<Record<string, Values>>;

/** The part of `@jax-js/jax` that is used. */
interface Jax {
  init(device: "wasm"): Promise<unknown>;
  defaultDevice(device: "wasm"): unknown;
  jit<F>(update: F): F;
  valueAndGrad(
    loss: (weights: Named, x: Values, y: Values) => Values,
  ): (weights: Named, x: Values, y: Values) => readonly [Values, Named];
  readonly nn: { sigmoid(x: Values): Values };
  readonly numpy: {
    array(values: Float32Array): Values;
    zeros(shape: readonly number[]): Values;
    matmul(a: Values, b: Values): Values;
    tanh(x: Values): Values;
    sqrt(x: Values): Values;
    square(x: Values): Values;
    mean(x: Values): Values;
    sum(x: Values): Values;
    maximum(a: Values, b: number): Values;
    unstack(x: Values, axis: number): readonly Values[];
    stack(all: readonly Values[]): Values;
    split(x: Values, parts: number, axis: number): readonly [Values, Values, Values, Values];
  };
}

/** Returns undefined if it is not installed. */
export async function openJax(): Promise<Jax | undefined> {
  const module = await peerModule("@jax-js/jax");
  if (module === undefined) return undefined;
  const jax = module as Jax;
  await jax.init("wasm");
  jax.defaultDevice("wasm");
  return jax;
}

/** x [T, B, I] -> h [T][B, H]; takes the weights W [I, G·H], U [H, G·H], b [G·H] and, for a GRU, d [H]. */
type Cell = (jax: Jax, weights: Named, steps: readonly Values[], first: () => Values) => readonly Values[];

const lstm: Cell = ({ numpy: np, nn }, { W, U, b }, steps, first) => {
  let [h, c] = [first(), first()];
  const outputs = steps.map((x) => {
    const gates = np
      .matmul(x, given(W).ref)
      .add(given(b).ref)
      .add(np.matmul(h, given(U).ref));
    const [i, f, g, o] = np.split(gates, 4, 1);
    c = nn
      .sigmoid(f)
      .mul(c)
      .add(nn.sigmoid(i).mul(np.tanh(g)));
    h = nn.sigmoid(o).mul(np.tanh(c.ref));
    return h.ref;
  });
  for (const each of [h, c]) each.dispose();
  return outputs;
};

const gru: Cell = ({ numpy: np, nn }, { W, U, b, d }, steps, first) => {
  let h = first();
  const outputs = steps.map((x) => {
    const [ar, az, an] = np.split(np.matmul(x, given(W).ref).add(given(b).ref), 3, 1);
    const [ur, uz, un] = np.split(np.matmul(h.ref, given(U).ref), 3, 1);
    const r = nn.sigmoid(ar.add(ur));
    const z = nn.sigmoid(az.add(uz));
    const n = np.tanh(an.add(r.mul(un.add(given(d).ref))));
    h = n.ref.add(z.mul(h.sub(n)));
    return h.ref;
  });
  h.dispose();
  return outputs;
};

function given(values: Values | undefined): Values {
  if (values === undefined) throw new Error("jax-js: a weight is missing");
  return values;
}

const CELLS: ReadonlyMap<string, Cell> = new Map([
  ["LSTM", lstm],
  ["GRU", gru],
]);

function arraysOf({ numpy: np }: Jax, { cell, I, H }: Workload, weights: Weights): Map<string, Values> {
  const gates = cell === "LSTM" ? ["i", "f", "g", "o"] : ["r", "z", "n"];
  const recurrent = gates.map((gate) => (gate === "n" ? (["u", "h"] as const) : gate));
  const rows = gates.length * H;
  return new Map([
    ["W", np.array(transposed(stacked(weights, gates, "x"), rows)).reshape([I, rows])],
    ["U", np.array(transposed(stacked(weights, recurrent, "h"), rows)).reshape([H, rows])],
    ["b", np.array(stacked(weights, gates, "b"))],
    ["V", np.array(transposed(arrayNamed(weights, "y.h"), OUTPUTS)).reshape([H, OUTPUTS])],
    ["e", np.array(arrayNamed(weights, "y.b"))],
    ...(cell === "GRU" ? [["d", np.array(arrayNamed(weights, "h.u.b"))] as const] : []),
  ]);
}

const [BETA1, BETA2, EPSILON] = [0.9, 0.999, 1e-8];

/** Weights, Adam's means and squares, by the weights' names. */
interface State {
  readonly weights: Named;
  readonly means: Named;
  readonly squares: Named;
}

function updateOf(jax: Jax, cell: Cell, { T, B, H }: Workload) {
  const { numpy: np } = jax;
  const loss = (weights: Named, x: Values, y: Values): Values => {
    const outputs = cell(jax, weights, np.unstack(x, 0), () => np.zeros([B, H]));
    for (const name of ["W", "U", "b", "d"]) weights[name]?.dispose();
    const hidden = np.stack(outputs).reshape([T * B, H]);
    const predicted = np.matmul(hidden, given(weights["V"])).add(given(weights["e"])).reshape([T, B, OUTPUTS]);
    return np.mean(np.square(predicted.sub(y)));
  };
  /** `corrections` [2]: 1 / (1 - β^step) of both means. */
  return jax.jit((state: State, corrections: readonly [Values, Values], x: Values, y: Values) => {
    const names = Object.keys(state.weights);
    const kept = Object.fromEntries(names.map((name) => [name, given(state.weights[name]).ref]));
    const [value, gradient] = jax.valueAndGrad(loss)(kept, x, y);
    const squared = names.map((name) => np.sum(np.square(given(gradient[name]).ref)));
    const norm = np.sqrt(squared.reduce((sum, each) => sum.add(each)));
    const scale = np.maximum(norm, LARGEST_NORM);
    const next = {
      weights: new Map<string, Values>(),
      means: new Map<string, Values>(),
      squares: new Map<string, Values>(),
    };
    for (const name of names) {
      const g = given(gradient[name]).mul(LARGEST_NORM).div(scale.ref);
      const mean = given(state.means[name])
        .mul(BETA1)
        .add(g.ref.mul(1 - BETA1));
      const square = given(state.squares[name])
        .mul(BETA2)
        .add(np.square(g).mul(1 - BETA2));
      const root = np.sqrt(square.ref.mul(corrections[1].ref)).add(EPSILON);
      const step = mean.ref.mul(corrections[0].ref).div(root).mul(RATE);
      next.weights.set(name, given(state.weights[name]).sub(step));
      next.means.set(name, mean);
      next.squares.set(name, square);
    }
    for (const each of [scale, ...corrections]) each.dispose();
    const record = (values: ReadonlyMap<string, Values>): Named => Object.fromEntries(values);
    return [
      value,
      { weights: record(next.weights), means: record(next.means), squares: record(next.squares) },
    ] as const;
  });
}

/** For LSTM and GRU; undefined for other cells, which are not written in jax-js. */
export function jaxTraining(jax: Jax, load: Workload, weights: Weights): Contestant | undefined {
  const cell = CELLS.get(load.cell);
  if (cell === undefined) return undefined;
  const { numpy: np } = jax;
  const arrays = arraysOf(jax, load, weights);
  const zeros = (): Named => Object.fromEntries([...arrays].map(([name, values]) => [name, values.ref.mul(0)]));
  let state: State = { weights: Object.fromEntries(arrays), means: zeros(), squares: zeros() };
  let updates = 0;
  const data = dataOf(load);
  const tensor = (name: "x" | "y", width: number): Values =>
    np.array(Float32Array.from(data.get(name)?.data ?? [])).reshape([load.T, load.B, width]);
  const [x, y] = [tensor("x", load.I), tensor("y", OUTPUTS)];
  const update = updateOf(jax, cell, load);
  const correction = (beta: number): Values => np.array(Float32Array.of(1 / (1 - beta ** updates))).reshape([]);
  const once = async (): Promise<number> => {
    updates += 1;
    const [loss, next] = update(state, [correction(BETA1), correction(BETA2)], x.ref, y.ref);
    state = next;
    return (await loss.data())[0] ?? NaN;
  };
  const dispose = (): void => {
    const all = [state.weights, state.means, state.squares].flatMap((each) => Object.values(each));
    for (const each of [...all, x, y]) each.dispose();
  };
  return repeated({ who: "jax-js-wasm", threads: 1, once, compared: COMPARED, dispose });
}

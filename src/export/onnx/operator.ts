// LSTM, GRU and RNN as ONNX defines them, for scans that compute the same. Two of them that read the same sequence in both directions are
// one operator. Weights are put together when the file is written, where they are stored as they are.
import { at, fail } from "../../base/invariant.ts";
import type { Graph } from "../../graph/graph.ts";
import type { SizeValues } from "./sizes.ts";
import { weightPath, type MatchedWeight } from "./match.ts";
import { squeezed, unsqueezed } from "./op-context.ts";
import { heldOutput, isZero, type Operator, type OperatorResult } from "./recognise.ts";
import type { Given, Region } from "./region.ts";
import { ACTIVATIONS } from "../../onnx/cells.ts";
import type { Initializers } from "./weights.ts";

export interface OperatorWriting {
  /** The graph that the operators were cut from, lowered. */
  readonly graph: Graph;
  readonly operators: ReadonlyMap<string, Operator>;
  readonly region: Region;
  readonly sizes: SizeValues;
  readonly initializers: Initializers;
  readonly valueOf: (id: string) => string;
}

export class OperatorWriter {
  readonly #writing: OperatorWriting;
  /** The results of each operator, by scan. */
  readonly #written = new Map<string, ReadonlyMap<OperatorResult, string>>();

  constructor(writing: OperatorWriting) {
    this.#writing = writing;
  }

  /** The result of a scan, in the layout of the graph: `[T, B, H]` or `[B, H]`. */
  result(scan: string, index: number): string {
    const operator = this.#writing.operators.get(scan) ?? fail("onnx", `${scan} is not an operator`);
    const which = operator.results.get(index) ?? fail("onnx", `an operator has no result ${index}`);
    const results = this.#written.get(scan) ?? this.#write(operator);
    return results.get(which) ?? fail("onnx", `an operator has no ${which}`);
  }

  #write(operator: Operator): ReadonlyMap<OperatorResult, string> {
    const partner = this.#partnerOf(operator);
    const both = partner === undefined ? [operator] : operator.isReverse ? [partner, operator] : [operator, partner];
    const { region, valueOf } = this.#writing;
    const isLstm = operator.template.operator === "LSTM";
    const names: readonly OperatorResult[] = isLstm ? ["Y", "Y_h", "Y_c"] : ["Y", "Y_h"];
    const outputs = names.map((name) => region.fresh(`${operator.template.operator}_${name}`));
    const [x, lengths] = [operator.x, operator.lengths].map((id) =>
      id === undefined ? "" : valueOf(this.#held(operator, id)),
    );
    const peepholes = isLstm ? this.#vectors("P", both, ["cell.pi", "cell.po", "cell.pf"]) : "";
    const inputs = [x ?? "", this.#matrices("x", both), this.#matrices("h", both), this.#biases(both), lengths ?? ""];
    const states = this.#initial(both);
    const given = [...inputs, ...(isLstm ? [states[0] ?? "", states[1] ?? "", peepholes] : [states[0] ?? ""])];
    region.add(operator.template.operator, withoutLastEmpty(given), outputs, this.#attributes(both));
    both.forEach((each, direction) => {
      const own = names.map((name, index): [OperatorResult, string] => {
        const output = at(outputs, index, "onnx");
        const axis = name === "Y" ? 1 : 0;
        if (both.length === 1) return [name, squeezed(region, output, axis)];
        return [name, region.node("Gather", [output, region.int64(direction)], { axis })];
      });
      this.#written.set(each.scan, new Map(own));
    });
    return this.#written.get(operator.scan) ?? new Map();
  }

  /** The same operator on the same sequence in the other direction; first states must not depend on each other. */
  #partnerOf(operator: Operator): Operator | undefined {
    const { graph, operators } = this.#writing;
    const isFree = (each: Operator): boolean => each.initial.every((id) => isZero(graph, this.#held(each, id)));
    if (!isFree(operator)) return undefined;
    return [...operators.values()].find(
      (each) =>
        each.isReverse !== operator.isReverse &&
        each.template.graph === operator.template.graph &&
        this.#held(each, each.x) === this.#held(operator, operator.x) &&
        each.lengths === operator.lengths &&
        this.#hidden(each) === this.#hidden(operator) &&
        isFree(each) &&
        !this.#written.has(each.scan),
    );
  }

  /** The node of the lowered graph that stands for one of the graph before. */
  #held({ scan }: Operator, id: string): string {
    return this.#writing.graph.output(heldOutput(scan, id)).id;
  }

  #hidden(operator: Operator): number {
    const { graph, sizes } = this.#writing;
    const size = graph.node(this.#held(operator, at(operator.initial, 0, "onnx"))).type.axes.at(-1)?.size;
    return (size === undefined ? undefined : sizes.number(size)) ?? fail("onnx", "the size of a state is not known");
  }

  #attributes(both: readonly Operator[]): Given {
    const [first = fail("onnx", "no operator")] = both;
    const { operator, activations, clip, linearBeforeReset } = first.template;
    const names = activations.map((name) => ACTIVATIONS.get(name) ?? fail("onnx", `no activation ${name}`));
    return {
      hidden_size: this.#hidden(first),
      direction: both.length === 2 ? "bidirectional" : first.isReverse ? "reverse" : "forward",
      activations: both.flatMap(() => names),
      ...(clip === undefined ? {} : { clip: { kind: "float", value: clip } }),
      ...(operator === "GRU" ? { linear_before_reset: linearBeforeReset ? 1 : 0 } : {}),
    };
  }

  /** `[directions, B, H]` for each state; empty where they are 0. */
  #initial(both: readonly Operator[]): readonly string[] {
    const { graph, region, valueOf } = this.#writing;
    const [first = fail("onnx", "no operator")] = both;
    return first.initial.map((id) => {
      const held = this.#held(first, id);
      return isZero(graph, held) ? "" : unsqueezed(region, valueOf(held), [0]);
    });
  }

  /** `[directions, gates · H, I]` for `x`, `[directions, gates · H, H]` for `h`. */
  #matrices(of: "x" | "h", both: readonly Operator[]): string {
    const parts = both.map((operator) =>
      operator.template.gates.map((gate) => {
        const name = matrixName(operator, gate, of);
        return [at(operator.weights.get(name) ?? fail("onnx", `no weight ${name}`), 0, "onnx")];
      }),
    );
    return this.#joined(of === "x" ? "W" : "R", both, parts);
  }

  /** `[directions, 2 · gates · H]`: those of x, then those of h. */
  #biases(both: readonly Operator[]): string {
    const parts = both.map((operator) => {
      const { gates, linearBeforeReset } = operator.template;
      const own = gates.map((gate) => operator.weights.get(biasName(operator, gate)) ?? []);
      const behind = gates.map((gate) =>
        gate === "n" && linearBeforeReset ? (operator.weights.get("cell.u.b") ?? []) : [],
      );
      return [...own, ...behind];
    });
    return parts.flat(2).length === 0 ? "" : this.#joined("B", both, parts);
  }

  #vectors(name: string, both: readonly Operator[], weights: readonly string[]): string {
    const parts = both.map((operator) => weights.map((weight) => operator.weights.get(weight) ?? []));
    return parts.flat(2).length === 0 ? "" : this.#joined(name, both, parts);
  }

  /** Blocks one below the other; each is the sum of weights, or 0. */
  #joined(name: string, both: readonly Operator[], parts: readonly (readonly (readonly MatchedWeight[])[])[]): string {
    const { initializers, region, graph } = this.#writing;
    const [first = fail("onnx", "no operator")] = both;
    const all = both.flatMap((operator, index) =>
      at(parts, index, "onnx").map((weights) =>
        weights.map(({ id, isTransposed }) => ({ id: this.#held(operator, id), isTransposed })),
      ),
    );
    const paths = all.map((weights) =>
      weights.map(({ id, isTransposed }) => ({
        path: weightPath(graph.node(id)) ?? fail("onnx", `${id} is not a weight`),
        isTransposed,
      })),
    );
    const H = this.#hidden(first);
    const blocks = (): { readonly shape: readonly number[]; readonly data: Float32Array } => {
      const arrays = paths.map((weights) =>
        weights.map(({ path, isTransposed }) => matrix(initializers.weight(path), isTransposed)),
      );
      const width = arrays.flat()[0]?.width ?? 1;
      const data = arrays.map((weights) =>
        summed(
          weights.map((each) => each.data),
          H * width,
        ),
      );
      const rows = (all.length / both.length) * H;
      return {
        shape: name === "W" || name === "R" ? [both.length, rows, width] : [both.length, rows],
        data: joined(data),
      };
    };
    return initializers.put(
      JSON.stringify([name, paths]),
      () => region.fresh(`${first.template.operator}_${name}`),
      blocks,
    );
  }
}

function matrixName({ template }: Operator, gate: string, of: "x" | "h"): string {
  if (gate !== "n") return `cell.${gate}.${of}`;
  if (template.linearBeforeReset) return of === "x" ? "cell.nx.x" : "cell.u.h";
  return of === "x" ? "cell.n.x" : "cell.n.arg2";
}

function biasName({ template }: Operator, gate: string): string {
  return gate === "n" && template.linearBeforeReset ? "cell.nx.b" : `cell.${gate}.b`;
}

function withoutLastEmpty(names: readonly string[]): readonly string[] {
  const last = names.findLastIndex((name) => name !== "");
  return names.slice(0, last + 1);
}

/** A matrix `[rows, width]` or a vector, row-major, the other way round where it is stored so. */
function matrix(
  { shape, data }: { readonly shape: readonly number[]; readonly data: ArrayLike<number> },
  isTransposed: boolean,
): { readonly width: number; readonly data: ArrayLike<number> } {
  const [rows = 1, columns = 1] = shape;
  if (!isTransposed) return { width: columns, data };
  const turned = Float32Array.from(
    { length: data.length },
    (_, i) => data[(i % rows) * columns + Math.floor(i / rows)] ?? NaN,
  );
  return { width: rows, data: turned };
}

function summed(arrays: readonly ArrayLike<number>[], length: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => arrays.reduce((sum, array) => sum + (array[i] ?? NaN), 0));
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let from = 0;
  for (const part of parts) {
    whole.set(part, from);
    from += part.length;
  }
  return whole;
}

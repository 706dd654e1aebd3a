// What stays inside the loops of the shipped cells after all passes: what hoisting and stacking promise, counted.
import { describe, expect, test } from "vitest";
import { lower } from "../src/compile.ts";
import type { Graph } from "../src/graph/graph.ts";
import { isOp, portKind, scanAttributes, type Node } from "../src/graph/node.ts";
import { classify } from "../src/ops/rows/contract.ts";
import { LAYOUTS, requestFor, shippedNamed, shippedProgram } from "./support/specs.ts";

interface Loops {
  readonly graph: Graph;
  readonly forward: readonly Node[];
  readonly backward: readonly Node[];
}

function loopsOf(name: string, options: (typeof LAYOUTS)[number][1]): Loops {
  const program = shippedProgram(shippedNamed(name), options);
  const graph = lower(program.graph, requestFor(program, ["output"]));
  const scans = graph.region(null).filter((node) => node.op === "scan");
  const body = (reverse: boolean): readonly Node[] => {
    const [scan, ...others] = scans.filter((each) => scanAttributes(each).reverse === reverse);
    expect(others, "one loop each way").toEqual([]);
    return graph.region(scan?.id ?? expect.fail(`no loop with reverse = ${reverse}`));
  };
  return { graph, forward: body(false), backward: body(true) };
}

function products(body: readonly Node[]): readonly Node<"contract">[] {
  return body.filter((node) => isOp(node, "contract"));
}

/** Whether a product reads something that is there before the loop starts, as W @ x would. */
function readsSequence(graph: Graph, product: Node): boolean {
  return product.operands.some((operand) => {
    const node = graph.node(operand);
    return node.op === "port" && portKind(node) === "sequence";
  });
}

/** A product that sums over the batch makes the gradient of a weight, and belongs outside the loop. */
function sumsOverBatch(graph: Graph, product: Node<"contract">): boolean {
  const labels = product.attributes;
  const [first = ""] = product.operands;
  return [...classify(labels).contracted].some(
    (label) => graph.node(first).type.axes[labels.left.indexOf(label)]?.tag === "batch",
  );
}

/** How many dependent matrix stages a step has: class B has none, class C one, class D more. */
const STAGES: readonly (readonly [string, number])[] = [
  ["IndRNN", 0],
  ["MinGRU", 0],
  ["RNN", 1],
  ["LSTM", 1],
  ["PeepholeLSTM", 1],
  ["GRU", 1],
  ["UGRNN", 1],
  ["AntisymmetricRNN", 1],
  ["ResetBeforeGRU", 2],
  ["MGU", 2],
  ["LEM", 2],
  ["Jordan", 2],
];

for (const [layout, options] of LAYOUTS) {
  describe(`one product for each matrix stage, ${layout}`, () => {
    for (const [name, stages] of STAGES) {
      test(`${name}: ${stages} forward and ${stages} backward, none on x, none that makes a weight's gradient`, () => {
        const { graph, forward, backward } = loopsOf(name, options);
        expect(products(forward).length, "forward").toBe(stages);
        expect(products(backward).length, "backward").toBe(stages);
        expect(products(forward).filter((node) => readsSequence(graph, node))).toEqual([]);
        expect([...products(forward), ...products(backward)].filter((node) => sumsOverBatch(graph, node))).toEqual([]);
      });

      test(`${name}: its weights are turned, joined and repeated before the loop, not in it`, () => {
        const { graph, forward, backward } = loopsOf(name, options);
        const still = [...forward, ...backward].filter((node) => {
          const isRow = !["port", "yield"].includes(node.op);
          const kinds = node.operands.map((operand) => graph.node(operand));
          return isRow && kinds.every((each) => each.op === "port" && portKind(each) === "invariant");
        });
        expect(still).toEqual([]);
      });
    }
  });
}

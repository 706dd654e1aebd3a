// Whether a prediction depends on its own target: a path in the graph from the target to its prediction on which something reads
// all steps at once, or from the end. Such a model learns to copy, and cannot write.
import type { Graph } from "../../graph/graph.ts";
import type { Node } from "../../graph/node.ts";
import type { Diagnostic } from "../../base/diagnostic.ts";
import { timeOf } from "../../shape/type.ts";
import type { Definition } from "../ast.ts";
import { looksAhead } from "../messages.ts";
import { drawnOutput, outputOf } from "./predict.ts";
import type { Program } from "./program.ts";

/** Errors for predictions that depend on their own targets. */
export function predictionsAhead({ body }: Definition, { graph, predictions }: Program): readonly Diagnostic[] {
  const statements = body.filter((statement) => statement.kind === "predict");
  return predictions.flatMap((prediction, index) => {
    const { target, isAutoregressive } = prediction;
    const wayTo = (output: string): readonly Stop[] | undefined => wayAhead(graph, target, graph.output(output));
    const way = isAutoregressive ? (wayTo(outputOf(prediction)) ?? wayTo(drawnOutput(prediction))) : undefined;
    const span = statements[index]?.from.span;
    return way === undefined || span === undefined ? [] : [looksAhead(target, told(way, target), span)];
  });
}

/** One node on the path, and how it reads time, if not step by step. */
interface Stop {
  readonly node: Node;
  readonly reads: "right to left" | "all steps" | null;
}

/** The shortest path from the input `target` to the node `prediction` that looks ahead; undefined if there is none. */
function wayAhead(graph: Graph, target: string, prediction: Node): readonly Stop[] | undefined {
  const met = new Set<string>();
  const start: Trace = { stop: { node: prediction, reads: null }, isAhead: false, next: null };
  const queue: Trace[] = [start];
  for (let trace = queue.shift(); trace !== undefined; trace = queue.shift()) {
    const { node } = trace.stop;
    if (node.input?.kind === "data" && node.input.ahead === 0 && node.input.name === target) {
      if (trace.isAhead) return stopsOf(trace);
      continue;
    }
    for (const id of node.operands) {
      const operand = graph.node(id);
      const reads = readsAhead(node, operand);
      const isAhead = trace.isAhead || reads !== null;
      const key = `${id} ${isAhead}`;
      if (met.has(key)) continue;
      met.add(key);
      const here: Trace = reads === null ? trace : { ...trace, stop: { node, reads } };
      queue.push({ stop: { node: operand, reads: null }, isAhead, next: here });
    }
  }
  return undefined;
}

/** A path that is followed from its end: `next` is one node nearer to the prediction. */
interface Trace {
  readonly stop: Stop;
  readonly isAhead: boolean;
  readonly next: Trace | null;
}

function stopsOf(first: Trace): readonly Stop[] {
  const stops: Stop[] = [];
  for (let trace: Trace | null = first; trace !== null; trace = trace.next) stops.push(trace.stop);
  return stops;
}

/** What `node` reads of an operand that has steps, beyond the current step and those before. */
function readsAhead(node: Node, operand: Node): Stop["reads"] {
  if (timeOf(operand.type) === undefined || node.along?.how === "prefix" || node.along?.how === "first") return null;
  if (node.op === "scan") return node.attributes["reverse"] === true ? "right to left" : null;
  if (timeOf(node.type) === undefined) return "all steps";
  const { axis, axes } = node.attributes;
  const along = Array.isArray(axes) ? axes : [axis];
  return along.includes(-operand.type.axes.length) ? "all steps" : null;
}

/** A path as text: the names on it, each with what it, or a node without a name before it, reads ahead. */
function told(way: readonly Stop[], target: string): readonly string[] {
  const words = [`\`${target}\``];
  let reads: Stop["reads"] = null;
  for (const stop of way) {
    reads = stop.reads ?? reads;
    const { name } = stop.node;
    if (name === undefined) continue;
    words.push(withReading(`\`${name}\``, reads));
    reads = null;
  }
  return [...words, withReading("its prediction", reads)];
}

function withReading(words: string, reads: Stop["reads"]): string {
  return reads === null ? words : `${words} (reads ${reads})`;
}

// The cells whose weights are placed by what each of them does: those that PyTorch, Keras and ONNX have layers for.
import { comparableCell } from "../../export/onnx/templates.ts";
import { operatorsWith, variantsFor } from "../../export/onnx/variants.ts";
import { comparedWith } from "../../export/onnx/recognise.ts";
import type { Bindings } from "../../export/onnx/match.ts";
import type { Graph } from "../../graph/graph.ts";
import { scanAttributes, type Node } from "../../graph/node.ts";
import { cellText, type Variant } from "../../onnx/cells.ts";

/** A form of an operator. */
export interface KnownCell extends Variant {
  /** Whether z and 1 - z have changed places, in comparison with ONNX. */
  readonly isInverted: boolean;
  /** Whether the output is a projection of the memory. */
  readonly hasProjection: boolean;
}

export interface KnownScan {
  readonly cell: KnownCell;
  /** By the names of `cellText`. */
  readonly weights: Bindings["weights"];
}

/** Undefined for a scan that is none of the known cells. */
export function knownScan(graph: Graph, scan: Node): KnownScan | undefined {
  for (const operator of operatorsWith(scanAttributes(scan).states))
    for (const variant of variantsFor(operator, graph, scan))
      for (const cell of formsOf(variant)) {
        const compared = comparedWith(comparableCell(textOf(cell)), graph, scan);
        if (compared !== undefined) return { cell, weights: compared.weights };
      }
  return undefined;
}

function formsOf(variant: Variant): readonly KnownCell[] {
  const plain = { ...variant, isInverted: false, hasProjection: false };
  switch (variant.operator) {
    case "LSTM":
      return [plain, { ...plain, hasProjection: true }];
    case "GRU":
      return [plain, { ...plain, isInverted: true }];
    case "RNN":
      return [plain];
  }
}

/** The name of the weight of a projection. */
export const PROJECTION = "cell.h.arg1";

function textOf(cell: KnownCell): string {
  const text = cellText("C", cell);
  if (cell.hasProjection)
    return text
      .replace("cell C(H)", "cell C(H, P)")
      .replace("state h: [H]", "state h: [P]")
      .replace(/^( {2}h = )(.*)$/m, "$1linear($2)");
  return cell.isInverted ? text.replace("(1 - zt) * ht + zt * h[t-1]", "(1 - zt) * h[t-1] + zt * ht") : text;
}

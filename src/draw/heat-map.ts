// Draws a table of numbers as colours: attention over symbols, gates over the steps of a sentence.
import { drawSvg, type Diagram } from "./vega.ts";

export interface DrawnTable {
  readonly title: string;
  /** What stands at the rows and columns. */
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  /** By row and column. */
  readonly values: readonly (readonly number[])[];
}

const CELL = 18;

/** Tables below each other. Throws a UserError if vega is not installed. */
export function drawTables(title: string, tables: readonly DrawnTable[]): Promise<string> {
  return drawSvg({ title, vconcat: tables.map(drawn), resolve: { scale: { color: "independent" } } });
}

function drawn({ title, rows, columns, values }: DrawnTable): Diagram {
  const all = values.flat();
  const [least, most] = [Math.min(0, ...all), Math.max(0, ...all)];
  const reach = Math.max(-least, most);
  const scale =
    least < 0
      ? { scheme: "blueorange" as const, domain: [-reach, reach] }
      : { scheme: "blues" as const, domain: [0, Math.max(most, Number.MIN_VALUE)] };
  return {
    title: { text: title, fontWeight: "normal" },
    width: { step: CELL },
    height: { step: CELL },
    data: {
      values: values.flatMap((numbers, row) => numbers.map((value, column) => ({ row, column, value }))),
    },
    mark: "rect",
    encoding: {
      x: axis("column", columns),
      y: axis("row", rows),
      color: { field: "value", type: "quantitative", title: null, scale },
    },
  };
}

/** A symbol may stand at several places, so places are numbers and symbols their labels. */
function axis(field: string, labels: readonly string[]): object {
  return {
    field,
    type: "ordinal",
    title: null,
    axis: {
      labelExpr: `${JSON.stringify(labels)}[datum.value]`,
      labelAngle: 0,
      orient: field === "column" ? "top" : "left",
    },
  };
}

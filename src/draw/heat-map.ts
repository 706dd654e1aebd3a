// Draws a table of numbers as colours: attention over symbols, gates over the steps of a sentence.
import { drawSvg, type Diagram } from "./vega.ts";

export interface DrawnTable {
  readonly title: string;
  /** What stands at the rows and columns; nothing stands there if they are empty. */
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  /** By row and column. */
  readonly values: readonly (readonly number[])[];
}

const CELL = 18;

/** Tables below each other, each with its own scale of colours. Throws a UserError if vega is not installed. */
export function drawTables(title: string, tables: readonly DrawnTable[]): Promise<string> {
  const each = tables.map((table) => drawn(table, scaleFor([table])));
  return drawSvg({ title, vconcat: each, resolve: { scale: { color: "independent" } } });
}

/** Tables in lines of so many, with one scale of colours. Throws a UserError if vega is not installed. */
export function drawTablesInLines(title: string, tables: readonly DrawnTable[], inLine: number): Promise<string> {
  const scale = scaleFor(tables);
  return drawSvg({ title, concat: tables.map((table) => drawn(table, scale)), columns: inLine });
}

/** Colours for the values of all tables: of two kinds if some are negative. */
function scaleFor(tables: readonly DrawnTable[]): object {
  const all = tables.flatMap(({ values }) => values.flat());
  const [least, most] = [Math.min(0, ...all), Math.max(0, ...all)];
  const reach = Math.max(-least, most);
  return least < 0
    ? { scheme: "blueorange", domain: [-reach, reach] }
    : { scheme: "blues", domain: [0, Math.max(most, Number.MIN_VALUE)] };
}

function drawn({ title, rows, columns, values }: DrawnTable, scale: object): Diagram {
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
  const place = { field, type: "ordinal", title: null };
  if (labels.length === 0) return { ...place, axis: null };
  return {
    ...place,
    axis: {
      labelExpr: `${JSON.stringify(labels)}[datum.value]`,
      labelAngle: 0,
      orient: field === "column" ? "top" : "left",
    },
  };
}

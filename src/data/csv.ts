// Rows of values with commas, semicolons or tabs between them. The first row names the columns; a cell with an array has it as JSON.
import { CsvError, parse } from "csv-parse/sync";
import { UserError } from "../base/diagnostic.ts";
import { textOf, type ByteSource } from "./bytes.ts";
import { isSegmented, type FieldSpec } from "./field.ts";
import { wrong, type Wrong } from "./field-value.ts";
import { lineEndOf, recordsOf } from "./records.ts";
import type { RowFormat } from "./row-format.ts";

/** What may stand between cells. A file whose name does not say which has the one that divides its first line into most cells. */
const DELIMITERS = [",", ";", "\t"] as const;
type Delimiter = (typeof DELIMITERS)[number];

/** Reads the line with the names of the columns. Throws a UserError if it is missing or wrong. */
export function csvFormat(source: ByteSource, known?: Delimiter): RowFormat {
  const newline = lineEndOf(source);
  const [head] = recordsOf(source, { ends: "quoted", newline, piece: HEAD });
  if (head === undefined) throw new UserError(`${source.name}: the file is empty; its first line names the columns`);
  const place = `${source.name}:${head.line}`;
  const text = textOf(head.bytes) ?? "";
  if (text === "") throw new UserError(`${place}: the line with the names of the columns is not UTF-8`);
  const delimiter = known ?? delimiterOf(text);
  const names = cellsOf(text, delimiter);
  if ("kind" in names) throw new UserError(`${place}: ${names.text}`);
  const columns = new Map(names.map((name, index) => [name.trim(), index]));
  if (columns.size < names.length) throw new UserError(`${place}: two columns have the same name`);
  return {
    ends: "quoted",
    newline,
    head: 1,
    columns: [...columns.keys()],
    parse(record) {
      const cells = cellsOf(record, delimiter);
      if ("kind" in cells) return cells;
      if (cells.length !== names.length) {
        return wrong(`expected ${names.length} cells, as in the first line, found ${cells.length}`);
      }
      return (field) => valueOf(field, cells[columns.get(field.name) ?? -1]);
    },
  };
}

const HEAD = 1 << 16;

/** The first of those that divide the line into most cells. */
function delimiterOf(head: string): Delimiter {
  const counts = DELIMITERS.map((each) => {
    const cells = cellsOf(head, each);
    return "kind" in cells ? 0 : cells.length;
  });
  return DELIMITERS[counts.indexOf(Math.max(...counts))] ?? ",";
}

function cellsOf(record: string, delimiter: Delimiter): readonly string[] | Wrong {
  try {
    const [cells = []] = parse(record, { delimiter });
    return cells;
  } catch (problem) {
    if (problem instanceof CsvError)
      return wrong(`this is not a row of CSV: ${REASONS.get(problem.code) ?? problem.code}`);
    throw problem;
  }
}

const REASONS = new Map([
  ["CSV_QUOTE_NOT_CLOSED", "a quote is not closed"],
  ["INVALID_OPENING_QUOTE", "a cell that is not quoted has a quote in it"],
  ["CSV_INVALID_CLOSING_QUOTE", "something follows a closing quote"],
]);

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** The value as JSON would have it; undefined if the cell is empty and that is not a value. */
function valueOf(field: FieldSpec, cell: string | undefined): unknown {
  if (cell === undefined) return undefined;
  if (isSegmented(field)) return cell === "" && !field.required ? undefined : textOrTokens(cell);
  const trimmed = cell.trim();
  if (trimmed === "") return field.mayLack === true && field.time === null ? null : undefined;
  const isArray = field.time !== null || (field.kind === "number" && field.shape.length > 0);
  if (isArray) return jsonOr(trimmed);
  if (field.kind === "number" || field.reading === "token") {
    if (trimmed === "true" || trimmed === "false") return trimmed === "true";
    return DECIMAL.test(trimmed) ? Number(trimmed) : cell;
  }
  // Blanks around a label are not part of it, as with the names of columns.
  return field.reading === "label" ? trimmed : cell;
}

/** A JSON array of strings is a list of tokens. Anything else is text, also if it begins with a bracket. */
function textOrTokens(cell: string): unknown {
  if (!cell.startsWith("[")) return cell;
  const value = jsonOr(cell);
  return Array.isArray(value) && value.every((each) => typeof each === "string") ? value : cell;
}

function jsonOr(cell: string): unknown {
  try {
    return JSON.parse(cell);
  } catch {
    return cell;
  }
}

// Prints rows of results as lines of JSON or CSV.
import { shortNumber } from "../base/short-number.ts";

export type Line = Readonly<Record<string, unknown>>;

/** A line of JSON, without its end. Numbers have nine digits at most. */
export function lineOf(line: Line): string {
  return JSON.stringify(line, (_, value: unknown) => (typeof value === "number" ? shortNumber(value) : value));
}

/** A line of CSV, without its end. What is an array stands in its cell as JSON, as CSV data have it. */
export function csvLine(cells: readonly unknown[]): string {
  return cells.map(cellOf).join(",");
}

function cellOf(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return String(shortNumber(value));
  const text = typeof value === "object" ? lineOf({ value }).slice('{"value":'.length, -1) : String(value);
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

// A page of HTML with the symbols of a text, once for each element of a value, coloured by the element.
import type { DrawnTable } from "../draw/heat-map.ts";

const STYLE = `body { font: 15px/1.6 monospace; margin: 2em; }
h2 { font: bold 15px sans-serif; margin: 1.5em 0 0.5em; }
td { padding: 0 1px; white-space: pre; }
th { padding-right: 1em; text-align: right; font-weight: normal; color: #777; }`;

/** Orange above 0, blue below. */
export function colouredPage(title: string, tables: readonly DrawnTable[]): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${escaped(title)}</title>
<style>
${STYLE}
</style>
<h1>${escaped(title)}</h1>
${tables.map(section).join("\n")}
</html>
`;
}

function section({ title, rows, columns, values }: DrawnTable): string {
  const reach = values.flat().reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const lines = values.map((numbers, row) => {
    const cells = numbers.map((value, column) => cell(columns[column] ?? "", value, reach));
    return `<tr><th>${escaped(rows[row] ?? "")}</th>${cells.join("")}</tr>`;
  });
  return `<h2>${escaped(title)}</h2>\n<table>\n${lines.join("\n")}\n</table>`;
}

function cell(symbol: string, value: number, reach: number): string {
  const share = reach === 0 || Number.isNaN(value) ? 0 : Math.abs(value) / reach;
  const colour = value < 0 ? "31, 119, 180" : "255, 127, 14";
  return `<td style="background: rgba(${colour}, ${share.toFixed(2)})" title="${Number(value.toPrecision(4))}">${escaped(symbol)}</td>`;
}

function escaped(text: string): string {
  const names: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  return text.replace(/[&<>"]/g, (sign) => names[sign] ?? sign);
}

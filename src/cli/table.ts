// Rows as aligned columns.

/** Columns two spaces apart; those whose entries are all numbers stand to the right. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => [...(row[column] ?? "")].length)));
  const isNumeric = widths.map((_, column) => rows.slice(1).every((row) => /^[\d ]+$/.test(row[column] ?? "")));
  return rows
    .map((row) =>
      row
        .map((entry, column) => {
          const space = " ".repeat((widths[column] ?? 0) - [...entry].length);
          return isNumeric[column] === true ? space + entry : entry + space;
        })
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

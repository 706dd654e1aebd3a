// Prints rows as aligned columns.

/** The first row is the heading. Columns are two spaces apart; a column of whole numbers is aligned to the right. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    rows.reduce((widest, row) => Math.max(widest, [...(row[column] ?? "")].length), 0),
  );
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

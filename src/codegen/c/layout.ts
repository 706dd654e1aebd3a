// How generated C is laid out: two spaces for each open brace, one statement a line.

/** A coordinate along an axis: a name, or 0 along an axis of one element, which needs no loop. */
export function coordinate(name: string, size: number): string {
  return size === 1 ? "0" : name;
}

/** A loop over the elements of an axis; `name` is its coordinate. */
export function loop(name: string, size: number, body: string): string {
  return name === "0" ? body : `for (int ${name} = 0; ${name} < ${size}; ${name}++) {\n${body}\n}`;
}

/** Loops around a body, the first outermost. */
export function loops(axes: readonly (readonly [name: string, size: number])[], body: string): string {
  return axes.reduceRight((inner, [name, size]) => loop(name, size, inner), body);
}

/** Text without strings and comments that hold braces. */
export function indented(text: string): string {
  let depth = 0;
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const closing = line.startsWith("}") ? 1 : 0;
      const result = "  ".repeat(Math.max(0, depth - closing)) + line;
      depth += (line.match(/\{/g) ?? []).length - (line.match(/\}/g) ?? []).length;
      return result;
    })
    .join("\n");
}

// How generated C is laid out: two spaces for each open brace, one statement a line.

/** `i`, `j`, … */
export function nameOfAxis(axis: number): string {
  return ["i", "j", "k", "l"][axis] ?? `i${axis}`;
}

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

/** An expression without the parentheses around the whole of it. */
export function bare(text: string): string {
  if (!text.startsWith("(")) return text;
  let depth = 0;
  for (let place = 0; place < text.length; place++) {
    if (text[place] === "(") depth += 1;
    else if (text[place] === ")" && --depth === 0) return place === text.length - 1 ? text.slice(1, -1) : text;
  }
  return text;
}

const LONGEST_LINE = 120;

/** Lays out statements, in which no string or comment holds a brace. */
export function indented(text: string): string {
  let depth = 0;
  return text
    .split("\n")
    .filter((line) => line !== "")
    .flatMap((line) => {
      const closing = line.startsWith("}") ? 1 : 0;
      const result = wrapped(line, "  ".repeat(Math.max(0, depth - closing)));
      depth += (line.match(/\{/g) ?? []).length - (line.match(/\}/g) ?? []).length;
      return result;
    })
    .join("\n");
}

/** A long line as several, broken behind commas and before operators. */
export function wrapped(line: string, indent: string): readonly string[] {
  const lines: string[] = [];
  let rest = indent + line;
  while (rest.length > LONGEST_LINE) {
    const breaks = [...rest.slice(0, LONGEST_LINE).matchAll(/, | (?=[-+*/?:] )/g)].map(
      ({ index, 0: found }) => index + found.length,
    );
    const place = breaks.at(-1);
    if (place === undefined || place <= indent.length + 4) break;
    lines.push(rest.slice(0, place).trimEnd());
    rest = `${indent}    ${rest.slice(place)}`;
  }
  return [...lines, rest];
}

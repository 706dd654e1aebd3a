// Which weights a pattern selects. A name selects its weight and all whose names begin with it and a dot: `e` selects `e.table`.
// With `*`, which stands for any characters, a pattern must fit the whole name: `encoder.*`, `*.b`.

export function isSelected(weight: string, pattern: string): boolean {
  if (!pattern.includes("*")) return weight === pattern || weight.startsWith(`${pattern}.`);
  return fits(weight, pattern.split("*"));
}

/** Whether the parts occur in this order, the first at the beginning and the last at the end. */
function fits(weight: string, [first = "", ...rest]: readonly string[]): boolean {
  if (!weight.startsWith(first)) return false;
  const last = rest.pop() ?? "";
  let from = first.length;
  for (const part of rest) {
    const at = weight.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return weight.length - last.length >= from && weight.endsWith(last);
}

/** `a`, `a.b` of `a.b.c`: names that select it too. */
export function beginnings(name: string): readonly string[] {
  const parts = name.split(".");
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join("."));
}

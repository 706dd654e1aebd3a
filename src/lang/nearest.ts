// The name that a misspelt one was probably meant to be.

function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** More names are not compared: no person writes a file with that many. */
const MOST = 2000;

/** The closest of `known` within a third of the name's length (at least one edit; none for one letter), ignoring case; undefined if none is near. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const limit = name.length === 1 ? 0 : Math.max(1, Math.floor(name.length / 3));
  const scored = [...new Set(known.slice(0, MOST))]
    .filter((each) => each !== name && Math.abs(each.length - name.length) <= limit)
    .map((each) => ({ each, score: distance(name.toLowerCase(), each.toLowerCase()) }))
    .filter(({ score }) => score <= limit)
    .sort((a, b) => a.score - b.score);
  return scored[0]?.each;
}

/** As `nearest`, for names with several words: `f` may be meant for `h.f`, and of `h.ff` the last word is wrong if there is an `h`. */
export function nearestNamed(name: string, known: readonly string[]): string | undefined {
  const prefix = name.slice(0, name.lastIndexOf(".") + 1);
  const inside = prefix === "" ? [] : known.filter((each) => each.startsWith(prefix));
  const last = nearest(
    name.slice(prefix.length),
    inside.map((each) => each.slice(prefix.length)),
  );
  if (inside.length > 0) return last === undefined ? undefined : prefix + last;
  return known.find((each) => each.endsWith(`.${name}`)) ?? nearest(name, known);
}

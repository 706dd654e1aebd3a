// Values by their names in a whole body, also inside the cells that it applies: `h.f`, `h.layer0.s.z`. An equation reads most of them. A cell
// that is applied inside an expression has no name in the language: its parts are found under the equation, or as `h.1`, `h.2` if there are
// several.
import { partOf, partsOf, type NodeValue } from "./value.ts";

/** The value that the words of a name lead to. */
export function valueInside(roots: ReadonlyMap<string, NodeValue>, words: readonly string[]): NodeValue | undefined {
  const [first = "", ...rest] = words;
  return rest.reduce<NodeValue | undefined>(
    (value, word) => (value === undefined ? undefined : inside(value, word)),
    roots.get(first),
  );
}

function inside(value: NodeValue, word: string): NodeValue | undefined {
  const found = partOf(value, word) ?? value.applied?.get(word);
  if (found !== undefined || value.members !== undefined) return found;
  const only = value.applied?.get("1");
  return only === undefined ? undefined : inside(only, word);
}

/** The first `most` names that lead to a value, the shortest first. */
export function namesInside(roots: ReadonlyMap<string, NodeValue>, most: number): readonly string[] {
  const found = new Map(roots);
  for (const [name, value] of found) {
    for (const word of wordsOf(value)) {
      if (found.size >= most) return [...found.keys()];
      const next = inside(value, word);
      if (next !== undefined) found.set(`${name}.${word}`, next);
    }
  }
  return [...found.keys()];
}

function wordsOf(value: NodeValue): readonly string[] {
  const { members, applied = new Map<string, NodeValue>() } = value;
  const only = applied.get("1");
  const numbers = applied.size > 1 ? [...applied.keys()] : [];
  return [...partsOf(value), ...numbers, ...(members !== undefined || only === undefined ? [] : partsOf(only))];
}

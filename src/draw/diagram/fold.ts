// Folds a diagram: each cell becomes one box. Boxes inside cells disappear; what cells read and carry stays.
import type { Body } from "../../lang/elaborate/outline.ts";
import type { Box } from "./boxes.ts";
import type { Diagram, Part } from "./diagram.ts";
import { groupedBy } from "../../base/grouped.ts";
import type { Read, Start } from "./reads.ts";

export function folded({ program, parts }: Diagram): Diagram {
  return { program, parts: new Folding(parts, program.outline).fold() };
}

class Folding {
  readonly #parts: readonly Part[];
  readonly #outermost: ReadonlyMap<string, Body>;
  readonly #cells = new Map<string, Box>();

  constructor(parts: readonly Part[], outline: readonly Body[]) {
    this.#parts = parts;
    const bodies = new Map(outline.map((body) => [body.path, body] as const));
    this.#outermost = new Map(outline.map((body) => [body.path, outermostOf(body, bodies)] as const));
  }

  fold(): readonly Part[] {
    const kept = this.#parts.filter(({ box }) => this.#cellOf(box) === null);
    const folded = groupedBy(this.#parts, ({ box }) => this.#cellOf(box));
    const cells = [...folded].flatMap(([cell, inside]) => (cell === null ? [] : [this.#cell(cell, inside)]));
    return [...cells, ...kept.map((part) => ({ ...part, reads: merged(part.reads.map((read) => this.#moved(read))) }))];
  }

  /** The cell that a box is folded into; null if it is outside of cells. */
  #cellOf(box: Box): Box | null {
    const body = this.#outermost.get(box.body?.path ?? "");
    if (body === undefined || body.definition.kind === "model") return null;
    if (box.kind === "memory" && box.body === body) return null;
    // The inputs of a cell that is used by itself are inputs of the program.
    if (box.kind === "input" && box.body === body && !this.#outermost.has(body.parent ?? "")) return null;
    const known = this.#cells.get(body.path);
    if (known !== undefined) return known;
    const cell: Box = {
      id: `${body.path}/cell`,
      kind: "cell",
      body,
      names: [body.title],
      node: box.node,
      time: body.time,
      expression: null,
      type: null,
      state: null,
      isOutput: false,
      ahead: 0,
    };
    this.#cells.set(body.path, cell);
    return cell;
  }

  #cell(cell: Box, inside: readonly Part[]): Part {
    const reads = inside.flatMap(({ box, reads: own }) =>
      own.flatMap((read) => {
        if (this.#cellOf(read.from) === cell && read.delay === 0) return [];
        const more = box.kind === "input" ? this.#weightsBehind(box, inside) : [];
        return [this.#moved({ ...read, weights: [...read.weights, ...more] })];
      }),
    );
    return { box: cell, reads: merged(reads), isWeighted: inside.some(({ isWeighted }) => isWeighted) };
  }

  /** The first weights on each path from an input into its cell. */
  #weightsBehind(source: Box, inside: readonly Part[], seen = new Set<Box>()): readonly string[] {
    if (seen.has(source)) return [];
    seen.add(source);
    return inside.flatMap(({ box, reads }) =>
      reads.flatMap(({ from, delay, weights }) => {
        if (from !== source || delay !== 0) return [];
        return weights.length > 0 ? weights : this.#weightsBehind(box, inside, seen);
      }),
    );
  }

  #moved(read: Read): Read {
    const starts = read.starts.map((start): Start => {
      const reads = merged(start.reads.map((each) => this.#moved(each)));
      return { ...start, reads, weights: [...start.weights, ...read.weights] };
    });
    return { ...read, from: this.#cellOf(read.from) ?? read.from, starts };
  }
}

function outermostOf(body: Body, bodies: ReadonlyMap<string, Body>): Body {
  const parent = bodies.get(body.parent ?? "");
  return body.parent === null || parent === undefined || parent.definition.kind === "model" || parent === body
    ? body
    : outermostOf(parent, bodies);
}

/** Joins reads of the same steps of the same box. */
function merged(reads: readonly Read[]): readonly Read[] {
  const found = new Map<string, Read>();
  for (const read of reads) {
    const key = `${read.from.id} ${read.delay} ${read.which}`;
    const before = found.get(key);
    found.set(key, {
      ...read,
      weights: [...new Set([...(before?.weights ?? []), ...read.weights])],
      starts: withoutDuplicates([...(before?.starts ?? []), ...read.starts]),
    });
  }
  return [...found.values()];
}

/** Joins starts with the same value. */
function withoutDuplicates(starts: readonly Start[]): readonly Start[] {
  const found = new Map<string, Start>();
  for (const start of starts) {
    const key = `${start.of.id} ${start.text}`;
    const weights = new Set([...(found.get(key)?.weights ?? []), ...start.weights]);
    found.set(key, { ...start, weights: [...weights] });
  }
  return [...found.values()];
}

// Chooses the order of the sequences, and the sequence beside which each box without time is drawn. What is read is left of its reader.
import type { Picture, PictureNode } from "../picture.ts";

export interface Homes {
  /** Times of the sequences from left to right. */
  readonly order: readonly string[];
  /** The nodes above the columns of a sequence, by its time; by "" in a picture without sequences. */
  readonly above: ReadonlyMap<string, readonly PictureNode[]>;
  /** The nodes to the left of a sequence, by its time: its first values depend on them. */
  readonly before: ReadonlyMap<string, readonly PictureNode[]>;
}

export function homesOf(picture: Picture, times: readonly string[]): Homes {
  const flow = new Flow(picture);
  const ranks = new Map(times.map((time) => [time, times.filter((each) => flow.leads(each, time)).length] as const));
  const order = times.toSorted((a, b) => (ranks.get(a) ?? 0) - (ranks.get(b) ?? 0));
  const above = new Map<string, PictureNode[]>();
  const before = new Map<string, PictureNode[]>();
  for (const node of picture.nodes.values()) {
    if (node.column !== null) continue;
    const last = order.findLast((time) => flow.leads(time, node.id));
    const first = order.find((time) => flow.leads(node.id, time));
    if (last !== undefined || first === undefined)
      put(above, last ?? flow.sequenceOfReaders(node.id, order) ?? "", node);
    else put(before, first, node);
  }
  return { order, above, before };
}

function put(lists: Map<string, PictureNode[]>, key: string, node: PictureNode): void {
  lists.set(key, [...(lists.get(key) ?? []), node]);
}

/** Which nodes lead to which. All nodes of a sequence count as one, whose key is its time. */
class Flow {
  readonly #next = new Map<string, Set<string>>();
  readonly #reached = new Map<string, ReadonlySet<string>>();

  constructor(picture: Picture) {
    const keyOf = (id: string): string => picture.nodes.get(id)?.column?.time ?? id;
    for (const { from, to } of picture.edges.values()) {
      const next = this.#next.get(keyOf(from)) ?? new Set<string>();
      this.#next.set(keyOf(from), next.add(keyOf(to)));
    }
  }

  leads(from: string, to: string): boolean {
    return from !== to && this.#from(from).has(to);
  }

  /** For a node without a path to or from a sequence: the sequence that leads to one of its readers. */
  sequenceOfReaders(node: string, order: readonly string[]): string | undefined {
    const readers = [...this.#from(node)];
    return order.findLast((time) => readers.some((reader) => this.leads(time, reader))) ?? order.at(-1);
  }

  #from(start: string): ReadonlySet<string> {
    const known = this.#reached.get(start);
    if (known !== undefined) return known;
    const reached = new Set<string>();
    const open = [...(this.#next.get(start) ?? [])];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (reached.has(next)) continue;
      reached.add(next);
      open.push(...(this.#next.get(next) ?? []));
    }
    this.#reached.set(start, reached);
    return reached;
  }
}

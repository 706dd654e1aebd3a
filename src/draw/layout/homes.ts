// Beside which sequence each box without time stands, and in which order sequences do: what is read stands left of what reads it.
import type { Picture, PictureNode } from "../picture.ts";

export interface Homes {
  /** Times of the sequences from left to right. */
  readonly order: readonly string[];
  /** Nodes above the columns of a sequence; under "" those of a picture without sequences. */
  readonly above: ReadonlyMap<string, readonly PictureNode[]>;
  /** Nodes to the left of a sequence, which begins with them. */
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
    if (last !== undefined || first === undefined) put(above, last ?? flow.homeBehind(node.id, order) ?? "", node);
    else put(before, first, node);
  }
  return { order, above, before };
}

function put(lists: Map<string, PictureNode[]>, key: string, node: PictureNode): void {
  lists.set(key, [...(lists.get(key) ?? []), node]);
}

/** What leads to what: boxes, of which those of one sequence are taken together under its time. */
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

  /** Of what no sequence leads to and which leads to none, the sequence that leads to what reads it. */
  homeBehind(node: string, order: readonly string[]): string | undefined {
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

// A picture before it has a look: nodes, edges, and groups within groups, in the order in which they were added.
import { fail } from "../base/invariant.ts";

/** What a thing is; `dot.ts` gives each its colours. */
export type Role = "input" | "target" | "memory" | "state" | "param" | "value" | "weighted" | "cell" | "goal";

/** The column of a step of a sequence. Step -1 is before the first one, and N behind the last of N. */
export interface Column {
  readonly time: string;
  readonly step: number;
}

export interface PictureNode {
  readonly id: string;
  readonly role: Role;
  readonly title: string;
  /** Below the title, in small letters; "" for none. */
  readonly detail: string;
  /** The whole of what the box says in short; "" where it is cut nowhere. */
  readonly tooltip: string;
  readonly group: string | null;
  /** Null where time is rolled up, and for what has one value. */
  readonly column: Column | null;
  /** The same in the columns of all steps. */
  readonly row: string;
  /** What the cell yields. */
  readonly isOutput: boolean;
}

/** `now`: read at the same step. `carried`: from one step to a later one. `again`: to a later step of the same picture, dashed.
 *  `truth`: what a prediction is compared with. */
export type EdgeKind = "now" | "carried" | "again" | "truth";

export interface PictureEdge {
  readonly from: string;
  readonly to: string;
  readonly kind: EdgeKind;
  /** `W`; "" for none. */
  readonly label: string;
}

/** The frame around a cell, at a step. */
export interface PictureGroup {
  readonly id: string;
  readonly title: string;
  readonly parent: string | null;
  /** Null where time is rolled up. */
  readonly column: Column | null;
}

export class Picture {
  readonly title: string;
  /** How many steps of time stand beside each other; null where time is rolled up into dashed edges. */
  readonly steps: number | null;
  readonly nodes = new Map<string, PictureNode>();
  readonly groups = new Map<string, PictureGroup>();
  readonly edges = new Map<string, PictureEdge>();
  /** What the names on arrows stand for: `W` is `h.f.x`, … */
  readonly names: ReadonlyMap<string, string>;

  constructor(title: string, steps: number | null, names: ReadonlyMap<string, string>) {
    this.title = title;
    this.steps = steps;
    this.names = names;
  }

  /** The steps that are drawn, from 0. */
  times(): readonly number[] {
    return Array.from({ length: this.steps ?? 1 }, (_, step) => step);
  }

  /** Adds a node unless it is there. */
  node(node: PictureNode): string {
    if (!this.nodes.has(node.id)) this.nodes.set(node.id, node);
    return node.id;
  }

  group(group: PictureGroup): string {
    if (!this.groups.has(group.id)) this.groups.set(group.id, group);
    return group.id;
  }

  edge(from: string, to: string, kind: EdgeKind, label = ""): void {
    if (!this.nodes.has(from) || !this.nodes.has(to))
      fail("draw", `an edge from ${from} to ${to}, but not both are drawn`);
    this.edges.set(`${from}\n${to}\n${kind}`, { from, to, kind, label });
  }
}

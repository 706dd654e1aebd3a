// A picture without colours and coordinates: nodes, edges and nested groups, in the order in which they were added.
import { fail } from "../base/invariant.ts";

/** What a node shows; `dot.ts` has the colours of each role. */
export type Role = "input" | "target" | "memory" | "state" | "param" | "value" | "weighted" | "cell" | "goal";

/** The column of a step of a sequence. Of N steps, -1 is the one before the first, and N the one after the last. */
export interface Column {
  readonly time: string;
  readonly step: number;
}

export interface PictureNode {
  readonly id: string;
  readonly role: Role;
  readonly title: string;
  /** Small text below the title; "" for none. */
  readonly detail: string;
  /** The whole equation or declaration, which the box shows in short; "" for none. */
  readonly tooltip: string;
  readonly group: string | null;
  /** Null if time is rolled up, or if the node has no time. */
  readonly column: Column | null;
  /** The same for the nodes of one box in all columns. */
  readonly row: string;
  /** Whether it is an output of the cell or model. */
  readonly isOutput: boolean;
}

/** `now`: read at the same step. `carried`: from one step to a later one. `again`: the same with time rolled up, dashed.
 *  `truth`: from a target to its prediction. */
export type EdgeKind = "now" | "carried" | "again" | "truth";

export interface PictureEdge {
  readonly from: string;
  readonly to: string;
  readonly kind: EdgeKind;
  /** `W`; "" for none. */
  readonly label: string;
}

/** The frame around a cell, at one step. */
export interface PictureGroup {
  readonly id: string;
  readonly title: string;
  readonly parent: string | null;
  /** Null if time is rolled up. */
  readonly column: Column | null;
}

export class Picture {
  readonly title: string;
  /** The number of steps that are drawn side by side; null if time is rolled up into dashed edges. */
  readonly steps: number | null;
  readonly nodes = new Map<string, PictureNode>();
  readonly groups = new Map<string, PictureGroup>();
  readonly edges = new Map<string, PictureEdge>();
  /** The weights that the names on arrows stand for: `h.f.x` for `W`, … */
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

  /** Adds a node unless there is one with its id. Returns the id. */
  node(node: PictureNode): string {
    if (!this.nodes.has(node.id)) this.nodes.set(node.id, node);
    return node.id;
  }

  group(group: PictureGroup): string {
    if (!this.groups.has(group.id)) this.groups.set(group.id, group);
    return group.id;
  }

  drawEdge(from: string, to: string, kind: EdgeKind, label = ""): void {
    if (!this.nodes.has(from) || !this.nodes.has(to))
      fail("draw", `an edge from ${from} to ${to}, but not both are drawn`);
    this.edges.set(`${from}\n${to}\n${kind}`, { from, to, kind, label });
  }
}

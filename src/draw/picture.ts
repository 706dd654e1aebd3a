// A picture before it has a look: nodes, edges, and groups within groups, in the order in which they were added.
import { fail } from "../base/invariant.ts";

/** What a thing is; `dot.ts` gives each its colours. */
export type Role = "input" | "target" | "memory" | "state" | "param" | "value" | "weighted" | "cell" | "goal";

export interface PictureNode {
  readonly id: string;
  readonly role: Role;
  readonly title: string;
  /** Below the title, in small letters; "" for none. */
  readonly detail: string;
  readonly group: string | null;
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
}

export interface PictureGroup {
  readonly id: string;
  readonly title: string;
  readonly kind: "cell" | "step";
  readonly parent: string | null;
}

export class Picture {
  readonly title: string;
  /** How many steps of time stand beside each other; null where time is folded up into dashed edges. */
  readonly steps: number | null;
  readonly nodes = new Map<string, PictureNode>();
  readonly groups = new Map<string, PictureGroup>();
  readonly edges = new Map<string, PictureEdge>();

  constructor(title: string, steps: number | null) {
    this.title = title;
    this.steps = steps;
  }

  /** The steps that are drawn, from 0. */
  times(): readonly number[] {
    return Array.from({ length: this.steps ?? 1 }, (_, step) => step);
  }

  /** Adds a node unless it is there. */
  node(
    id: string,
    role: Role,
    title: string,
    rest: Partial<Pick<PictureNode, "detail" | "group" | "isOutput">> = {},
  ): string {
    if (!this.nodes.has(id)) this.nodes.set(id, { id, role, title, detail: "", group: null, isOutput: false, ...rest });
    return id;
  }

  group(id: string, title: string, kind: PictureGroup["kind"], parent: string | null): string {
    if (!this.groups.has(id)) this.groups.set(id, { id, title, kind, parent });
    return id;
  }

  edge(from: string, to: string, kind: EdgeKind): void {
    if (!this.nodes.has(from) || !this.nodes.has(to))
      fail("draw", `an edge from ${from} to ${to}, but not both are drawn`);
    this.edges.set(`${from}\n${to}\n${kind}`, { from, to, kind });
  }
}

// Values of a model as nodes: one node, or one for each step of a sequence; and the edges between two such values.
import { formatType } from "../lang/format-expression.ts";
import type { Statement } from "../lang/ast.ts";
import type { Picture, Role } from "./picture.ts";
import type { Read } from "./reads.ts";
import { NO_MEMBERS, single, type Drawn } from "./value.ts";

export interface Box {
  readonly id: string;
  readonly role: Role;
  /** At a step, or null where there is one node only. */
  readonly title: (step: number | null) => string;
  readonly detail: string;
}

export type Declaration = Extract<Statement, { kind: "input" | "target" | "memory" }>;

/** `e` where there is one node, `e[2]` at the second of several steps. */
export function titled(name: string): (step: number | null) => string {
  return (step) => (step === null ? name : `${name}[${step + 1}]`);
}

/** The column of a step; what stands before the first step or behind the last has a column as well. */
export function stepGroup(picture: Picture, time: string, step: number): string {
  const title = step >= 0 && step < picture.times().length ? `t = ${step + 1}` : "start";
  return picture.group(`${time}@${step}`, title, "step", null);
}

export class Boxes {
  readonly picture: Picture;

  constructor(picture: Picture) {
    this.picture = picture;
  }

  get isUnfolded(): boolean {
    return this.picture.steps !== null;
  }

  /** One node where `time` is null, else one for each step of that sequence. */
  put({ id, role, title, detail }: Box, time: string | null): Drawn {
    const { picture } = this;
    if (time === null) return single(picture.node(id, role, title(null), { detail }));
    const steps = picture.times();
    const nodes = steps.map((step) => {
      const group = this.stepGroup(time, step);
      return picture.node(`${id}@${step}`, role, title(this.isUnfolded ? step : null), { detail, group });
    });
    return { at: (step) => nodes[step], time, members: NO_MEMBERS };
  }

  /** `time` is the sequence whose steps it has, if it is a sequence at all. */
  declare({ kind, type }: Declaration, name: string, time: string): Drawn {
    const role = kind === "target" ? "target" : "input";
    const detail = type === null || this.isUnfolded ? "" : formatType(type);
    return this.put({ id: name, role, title: titled(name), detail }, type?.kind === "sequence" ? time : null);
  }

  /** The column of a step, where there are columns. */
  stepGroup(time: string, step: number): string | null {
    return this.isUnfolded ? stepGroup(this.picture, time, step) : null;
  }

  join(read: Read, from: Drawn, to: Drawn): void {
    for (const step of this.picture.times()) {
      const target = to.at(step);
      if (target === undefined) continue;
      if (read.isWhole) this.#joinAll(from, target);
      else if (read.delay > 0 && from.time !== null) this.#joinDelayed(read, from, target, step);
      else this.#edge(from.at(this.isUnfolded ? step - read.delay : 0), target);
    }
  }

  /** What is predicted meets its prediction; unfolded, that of the last steps may lie beyond the picture. */
  compare({ delay }: Read, truth: Drawn, prediction: Drawn): void {
    for (const step of this.picture.times()) {
      const [source, goal] = [truth.at(this.isUnfolded ? step - delay : 0), prediction.at(step)];
      if (source !== undefined && goal !== undefined) this.picture.edge(source, goal, "truth");
    }
  }

  /** Unfolded, all steps of a sequence meet in one node before they are read as one. */
  gather(name: string, drawn: Drawn): Drawn {
    if (!this.isUnfolded || drawn.time === null) return drawn;
    const id = this.picture.node(`${name} of ${drawn.at(0) ?? ""}`, "memory", name, { detail: "all steps" });
    this.#joinAll(drawn, id);
    return single(id);
  }

  #joinAll(from: Drawn, target: string): void {
    this.picture.times().forEach((step) => this.#edge(from.at(step), target));
  }

  #edge(from: string | undefined, to: string): void {
    if (from !== undefined) this.picture.edge(from, to, "now");
  }

  #joinDelayed({ name, delay }: Read, from: Drawn, target: string, step: number): void {
    const { picture } = this;
    const source = from.at(this.isUnfolded ? step - delay : 0);
    if (!this.isUnfolded && source !== undefined) {
      const id = picture.node(`${name}[t-${delay}]`, "state", `${name}[t-${delay}]`);
      picture.edge(source, id, "again");
      picture.edge(id, target, "now");
      return;
    }
    const before = step - delay;
    const group = this.stepGroup(from.time ?? name, before);
    const title = `${name}[${before + 1}]`;
    const first = source ?? picture.node(`${name}@${before}`, "state", title, { group });
    picture.edge(first, target, "carried");
  }
}

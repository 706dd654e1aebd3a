// A cell in a picture: a group with a node for each input, state and equation, once or for each step.
// Folded up, a delayed read goes through a node such as `h[t-1]`, which a dashed edge fills.
import type { Definition, Statement } from "../lang/ast.ts";
import { formatType } from "../lang/format-expression.ts";
import { labelOf, shortLabelOf } from "./labels.ts";
import type { Picture, Role } from "./picture.ts";
import { hasWeights, readsOf, type Numbers, type Read } from "./reads.ts";
import type { Drawn } from "./value.ts";

export interface CellUse {
  readonly definition: Definition;
  readonly numbers: Numbers;
  /** Before all its ids: where it stands, as `h.layer0`. */
  readonly path: string;
  readonly title: string;
  /** The group around the cell at a step, or null. */
  readonly around: (step: number) => string | null;
  readonly inputs: readonly (Drawn | undefined)[];
  /** Memories and first states. */
  readonly named: ReadonlyMap<string, Drawn>;
  readonly isReverse: boolean;
}

type Equation = Extract<Statement, { kind: "equation" }>;

/** Draws the cell at every step. Its output, with everything inside as members. */
export function drawCellInto(picture: Picture, use: CellUse): Drawn {
  return new CellDrawing(picture, use).draw();
}

class CellDrawing {
  readonly #picture: Picture;
  readonly #use: CellUse;
  readonly #equations: ReadonlyMap<string, Equation>;
  readonly #states: ReadonlyMap<string, Extract<Statement, { kind: "state" }>>;
  readonly #outputs: readonly string[];

  constructor(picture: Picture, use: CellUse) {
    this.#picture = picture;
    this.#use = use;
    const { body } = use.definition;
    this.#equations = new Map(
      body.flatMap((each) => (each.kind === "equation" ? each.names.map((name) => [name.name, each] as const) : [])),
    );
    this.#states = new Map(
      body.flatMap((each) => (each.kind === "state" ? each.names.map((name) => [name.name, each] as const) : [])),
    );
    const given = body.flatMap((each) => (each.kind === "output" ? each.names.map((name) => name.name) : []));
    this.#outputs = given.length > 0 ? given : [...this.#states.keys()].slice(0, 1);
  }

  draw(): Drawn {
    const { definition, inputs } = this.#use;
    for (const step of this.#picture.times()) definition.body.forEach((statement) => this.#place(statement, step));
    for (const step of this.#picture.times()) this.#connect(step);
    const time = inputs.find((input) => input !== undefined && input.time !== null)?.time ?? this.#use.path;
    const members = new Map([...this.#equations.keys()].map((name) => [name, this.#drawn(name, time)] as const));
    const output = this.#drawn(this.#outputs[0] ?? "", time);
    return { ...output, members };
  }

  #drawn(name: string, time: string): Drawn {
    return { at: (step) => this.#known(this.#id(name, step)), time, members: new Map() };
  }

  /** The first name of an equation names its node. */
  #id(name: string, step: number): string {
    return `${this.#use.path}.${this.#equations.get(name)?.names[0]?.name ?? name}@${step}`;
  }

  #known(id: string): string | undefined {
    return this.#picture.nodes.has(id) ? id : undefined;
  }

  #group(step: number): string {
    const { path, title, around } = this.#use;
    return this.#picture.group(`${path}@${step}`, title, "cell", around(step));
  }

  #place(statement: Statement, step: number): void {
    const picture = this.#picture;
    const group = this.#group(step);
    const isFolded = picture.steps === null;
    const title = (name: string): string => (isFolded ? name : `${name}[${step + 1}]`);
    if (statement.kind === "input" || statement.kind === "memory") {
      const detail = isFolded && statement.type !== null ? formatType(statement.type) : "";
      for (const { name } of statement.names)
        picture.node(this.#id(name, step), statement.kind, title(name), { detail, group });
    } else if (statement.kind === "param" && isFolded) {
      for (const { name } of statement.names)
        picture.node(this.#id(name, step), "param", name, { detail: formatType(statement.type), group });
    } else if (statement.kind === "equation") {
      const names = statement.names.map(({ name }) => name);
      picture.node(this.#id(names[0] ?? "", step), this.#roleOf(statement), names.map(title).join(", "), {
        detail: isFolded ? labelOf(statement.value) : shortLabelOf(statement.value),
        group,
        isOutput: names.some((name) => this.#outputs.includes(name)),
      });
    }
  }

  #roleOf({ names, value }: Equation): Role {
    if (names.some(({ name }) => this.#states.has(name))) return "state";
    return hasWeights(value) ? "weighted" : value.kind === "call" && value.callee.kind === "call" ? "cell" : "value";
  }

  #connect(step: number): void {
    const { definition, inputs, named } = this.#use;
    const inputNames = definition.body.flatMap((each) =>
      each.kind === "input" ? each.names.map(({ name }) => name) : [],
    );
    inputNames.forEach((name, index) => this.#join(inputs[index]?.at(step), this.#id(name, step)));
    for (const statement of definition.body) {
      if (statement.kind === "memory")
        statement.names.forEach(({ name }) => this.#join(named.get(name)?.at(step), this.#id(name, step)));
      if (statement.kind !== "equation") continue;
      const to = this.#id(statement.names[0]?.name ?? "", step);
      readsOf(statement.value, this.#use.numbers).forEach((read) => this.#read(read, to, step));
    }
  }

  #join(from: string | undefined, to: string): void {
    if (from !== undefined) this.#picture.edge(from, to, "now");
  }

  #read({ name, delay }: Read, to: string, step: number): void {
    const now = this.#known(this.#id(name, step));
    if (delay <= 0) {
      if (now !== to) this.#join(now, to);
    } else if (now !== undefined && this.#picture.steps === null) this.#readFolded(name, delay, now, to);
    else if (now !== undefined) this.#readUnfolded(name, delay, to, step);
  }

  #readFolded(name: string, delay: number, now: string, to: string): void {
    const id = `${this.#use.path}.${name}[t-${delay}]`;
    const start = this.#startText(name);
    this.#picture.node(id, "state", `${name}[t-${delay}]`, {
      group: this.#group(0),
      detail: start === "" ? "" : `first ${start}`,
    });
    this.#picture.edge(now, id, "again");
    this.#join(this.#use.named.get(name)?.at(0), id);
    this.#join(id, to);
  }

  #readUnfolded(name: string, delay: number, to: string, step: number): void {
    const source = this.#use.isReverse ? step + delay : step - delay;
    const before = this.#known(this.#id(name, source));
    if (before !== undefined) {
      this.#picture.edge(before, to, "carried");
      return;
    }
    const given = this.#use.named.get(name)?.at(step);
    if (given !== undefined) this.#join(given, to);
    else if (this.#states.has(name)) {
      // It stands in the state's row, beside the column that begins.
      const title = `${name}[${source + 1}]`;
      const start = this.#picture.node(this.#id(name, source), "state", title, {
        detail: this.#startText(name),
        group: this.#use.around(source),
      });
      this.#picture.edge(start, to, "carried");
    }
  }

  /** `= 0`, the first value of a state that the caller does not give. */
  #startText(name: string): string {
    const state = this.#states.get(name);
    if (state === undefined || this.#use.named.has(name)) return "";
    if (state.learned !== null) return "learned";
    return state.initial === null ? "0" : labelOf(state.initial);
  }
}

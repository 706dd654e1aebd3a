// A model in a picture: its inputs, equations and predictions, and each cell that it applies with all that is inside.
import type { Definition, Expression, Identifier, Statement } from "../lang/ast.ts";
import { formatExpression, formatType } from "../lang/format.ts";
import type { FileScope } from "../lang/scope.ts";
import { drawCellInto } from "./cell.ts";
import { labelOf, shortLabelOf } from "./labels.ts";
import type { Picture, Role } from "./picture.ts";
import { hasWeights, pathOf, readsOf, type Numbers, type Read } from "./reads.ts";
import { NO_MEMBERS, single, type Drawn } from "./value.ts";
import { applicationOf, wiringOf, type Application, type Wiring, type WiringScope } from "./wiring.ts";

export function drawModelInto(picture: Picture, definition: Definition, file: FileScope, numbers: Numbers): void {
  new ModelDrawing(picture, definition, file, numbers).draw();
}

interface Box {
  readonly id: string;
  readonly role: Role;
  readonly title: (step: number | null) => string;
  readonly detail: string;
}

/** Where a wiring is being applied. */
interface Place {
  readonly path: string;
  readonly note: string;
  readonly isReverse: boolean;
}

class ModelDrawing {
  readonly #picture: Picture;
  readonly #definition: Definition;
  readonly #scope: WiringScope;
  readonly #values = new Map<string, Drawn>();

  constructor(picture: Picture, definition: Definition, file: FileScope, numbers: Numbers) {
    this.#picture = picture;
    this.#definition = definition;
    const equations = definition.body.flatMap((each) => (each.kind === "equation" ? each.names.map((name) => [name.name, each.value] as const) : []));
    this.#scope = { file, numbers, equations: new Map(equations) };
  }

  draw(): void {
    for (const statement of this.#definition.body) {
      if (statement.kind === "input" || statement.kind === "target") statement.names.forEach((name) => this.#declare(statement, name));
      if (statement.kind === "param") {
        for (const { name } of statement.names) this.#values.set(name, single(this.#picture.node(name, "param", name, { detail: formatType(statement.type) })));
      }
    }
    for (const statement of this.#definition.body) {
      if (statement.kind === "equation" && wiringOf(statement.value, this.#scope) === null) this.#equation(statement.names);
      if (statement.kind === "predict") this.#predict(statement);
      if (statement.kind === "minimize") this.#boxed(statement.value, { id: "minimize", role: "goal", title: () => "minimize", detail: labelOf(statement.value) });
    }
  }

  #declare({ kind, type }: Extract<Statement, { kind: "input" | "target" | "memory" }>, { name }: Identifier): void {
    const isSequence = type !== null && type.kind === "sequence";
    const title = titled(name);
    this.#put({ id: name, role: kind === "target" ? "target" : "input", title, detail: type === null || this.#picture.steps !== null ? "" : formatType(type) }, isSequence ? name : null, name);
  }

  /** A node, or one for each step of `time`; known as `name` from now on. */
  #put({ id, role, title, detail }: Box, time: string | null, name: string): Drawn {
    const idAt = (step: number): string => (time === null ? id : `${id}@${step}`);
    for (const step of time === null ? [0] : this.#picture.times()) {
      const group = time === null ? null : this.#stepGroup(time, step);
      this.#picture.node(idAt(step), role, title(time === null ? null : this.#picture.steps === null ? null : step), { detail, group });
    }
    const drawn: Drawn = { at: (step) => (time !== null && (step < 0 || step >= this.#picture.times().length) ? undefined : idAt(step)), time, members: NO_MEMBERS };
    this.#values.set(name, drawn);
    return drawn;
  }

  #stepGroup(time: string, step: number): string | null {
    if (this.#picture.steps === null) return null;
    return this.#picture.group(`${time}@${step}`, `t = ${step + 1}`, "step", null);
  }

  #equation(names: readonly Identifier[]): void {
    names.forEach(({ name }) => this.#valueOf(name));
  }

  /** What a name stands for, drawn when it is first asked for: order does not matter in a model. */
  #valueOf(name: string): Drawn | undefined {
    const known = this.#values.get(name);
    if (known !== undefined) return known;
    const equation = this.#definition.body.find((each) => each.kind === "equation" && each.names.some((one) => one.name === name));
    if (equation === undefined || equation.kind !== "equation") return undefined;
    const names = equation.names.map((each) => each.name);
    const drawn = this.#evaluate(equation.value, names[0] ?? name, names.join(", "));
    names.forEach((each) => this.#values.set(each, drawn));
    return drawn;
  }

  /** `path` names what is drawn on the way; `title` what the expression itself is called. */
  #evaluate(expression: Expression, path: string, title: string): Drawn {
    const application = applicationOf(expression, this.#scope);
    if (application !== null) return this.#apply(application, path);
    const isUnfolded = this.#picture.steps !== null;
    const role = hasWeights(expression) ? "weighted" : "value";
    return this.#boxed(expression, { id: path, role, title: titled(title), detail: isUnfolded ? shortLabelOf(expression) : labelOf(expression) });
  }

  /** A node for an expression, with edges from all that it reads. */
  #boxed(expression: Expression, box: Box): Drawn {
    const reads = this.#reads(expression, box.id);
    const time = reads.find(({ read, drawn }) => drawn.time !== null && !read.isWhole)?.drawn.time ?? null;
    const made = this.#put(box, time, box.id);
    for (const { read, drawn } of reads) this.#join(read, drawn, made);
    return made;
  }

  #reads(expression: Expression, path: string): readonly { readonly read: Read; readonly drawn: Drawn }[] {
    let applied = 0;
    const nameOf = (part: Expression): string | null => {
      const application = applicationOf(part, this.#scope);
      if (application === null) return null;
      applied += 1;
      const name = applied === 1 ? `${path}.of` : `${path}.of${applied}`;
      this.#values.set(name, this.#apply(application, name));
      return name;
    };
    return readsOf(expression, this.#scope.numbers, nameOf).flatMap((read) => {
      const whole = this.#valueOf(read.name);
      const drawn = read.members.reduce<Drawn | undefined>((value, member) => value?.members.get(member) ?? value, whole);
      return drawn === undefined ? [] : [{ read, drawn }];
    });
  }

  #join(read: Read, from: Drawn, to: Drawn): void {
    const picture = this.#picture;
    for (const step of picture.times()) {
      const target = to.at(step);
      if (target === undefined) continue;
      const sources = read.isWhole ? picture.times().map((each) => from.at(each)) : [picture.steps === null || from.time === null ? from.at(0) : from.at(step - read.delay)];
      if (read.delay > 0 && !read.isWhole && from.time !== null) this.#joinDelayed(read, sources[0], target);
      else sources.forEach((source) => source !== undefined && picture.edge(source, target, "now"));
    }
  }

  #joinDelayed({ name, delay }: Read, source: string | undefined, target: string): void {
    const picture = this.#picture;
    if (picture.steps === null && source !== undefined) {
      const id = picture.node(`${name}[t-${delay}]`, "state", `${name}[t-${delay}]`);
      picture.edge(source, id, "again");
      picture.edge(id, target, "now");
    } else if (source !== undefined) picture.edge(source, target, "carried");
    else picture.edge(picture.node(`${name} before`, "state", `${name}[0]`, { detail: "start" }), target, "now");
  }

  #predict({ target, from, by }: Extract<Statement, { kind: "predict" }>): void {
    const id = `predict ${formatExpression(target)}`;
    const ahead = readsOf(target, this.#scope.numbers)[0];
    const name = ahead?.name ?? "";
    const title = (step: number | null): string => `predict ${step === null ? formatExpression(target) : `${name}[${step + 1 - (ahead?.delay ?? 0)}]`}`;
    const made = this.#boxed(from, { id, role: "goal", title, detail: this.#picture.steps === null ? `from ${labelOf(from)}${by === null ? "" : ` by ${by.name}`}` : "" });
    const truth = this.#valueOf(name);
    if (ahead !== undefined && truth !== undefined) this.#compare(ahead, truth, made);
  }

  /** What is predicted meets its prediction; unfolded, that of the last steps may lie beyond the picture. */
  #compare({ delay }: Read, truth: Drawn, prediction: Drawn): void {
    for (const step of this.#picture.times()) {
      const [source, goal] = [truth.at(this.#picture.steps === null ? 0 : step - delay), prediction.at(step)];
      if (source !== undefined && goal !== undefined) this.#picture.edge(source, goal, "truth");
    }
  }

  #apply({ wiring, positional, named }: Application, path: string): Drawn {
    const inputs = positional.map((expression, index) => this.#argument(expression, `${path}.arg${index + 1}`));
    const given = [...named].map(([name, expression]) => [name, this.#whole(wiring, name, this.#argument(expression, `${path}.${name} given`))] as const);
    return this.#wire(wiring, inputs, new Map(given), { path, note: "", isReverse: false });
  }

  /** A name as it stands; any other expression gets a node of its own. */
  #argument(expression: Expression, path: string): Drawn {
    const names = pathOf(expression);
    const known = names === null ? undefined : this.#reads(expression, path)[0]?.drawn;
    return known ?? this.#evaluate(expression, path, shortLabelOf(expression));
  }

  /** Unfolded, a memory is all steps at once: they meet in one node. */
  #whole(wiring: Wiring, name: string, drawn: Drawn): Drawn {
    if (this.#picture.steps === null || drawn.time === null || !isMemory(wiring, name)) return drawn;
    const id = this.#picture.node(`${name} of ${drawn.at(0) ?? ""}`, "memory", name, { detail: "all steps" });
    for (const step of this.#picture.times()) {
      const source = drawn.at(step);
      if (source !== undefined) this.#picture.edge(source, id, "now");
    }
    return single(id);
  }

  #wire(wiring: Wiring, inputs: readonly Drawn[], named: ReadonlyMap<string, Drawn>, place: Place): Drawn {
    switch (wiring.kind) {
      case "cell": {
        const time = inputs.find((input) => input.time !== null)?.time ?? place.path;
        const around = (step: number): string | null => this.#stepGroup(time, step);
        return drawCellInto(this.#picture, { ...place, definition: wiring.definition, numbers: wiring.numbers, title: wiring.label + place.note, around, inputs, named });
      }
      case "stack":
        return wiring.layers.reduce<readonly Drawn[]>((below, layer, index) => {
          const note = wiring.layers.length === 1 ? place.note : ` · layer ${index + 1}${place.note}`;
          return [this.#wire(layer, below, named, { ...place, path: `${place.path}.layer${index}`, note })];
        }, inputs)[0] ?? single(place.path);
      case "reverse":
        return this.#wire(wiring.inner, inputs, named, { ...place, note: `${place.note} ←`, isReverse: !place.isReverse });
      case "bidirectional": {
        const halves = (["forward", "backward"] as const).map((way) =>
          this.#wire(wiring.inner, inputs, named, {
            path: `${place.path}.${way}`,
            note: `${place.note} ${way === "forward" ? "→" : "←"}`,
            isReverse: way === "backward" ? !place.isReverse : place.isReverse,
          }),
        );
        const id = `${place.path} both`;
        const both = this.#put({ id, role: "value", title: () => "concat", detail: "" }, halves[0]?.time ?? null, id);
        for (const half of halves) this.#join({ name: id, members: [], delay: 0, isWhole: false }, half, both);
        return both;
      }
    }
  }
}

function titled(name: string): (step: number | null) => string {
  return (step) => (step === null ? name : `${name}[${step + 1}]`);
}

function isMemory(wiring: Wiring, name: string): boolean {
  switch (wiring.kind) {
    case "cell":
      return wiring.definition.body.some((each) => each.kind === "memory" && each.names.some((one) => one.name === name));
    case "stack":
      return wiring.layers.some((layer) => isMemory(layer, name));
    default:
      return isMemory(wiring.inner, name);
  }
}

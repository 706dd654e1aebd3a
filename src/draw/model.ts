// A model in a picture: its inputs, equations and predictions, and each cell that it applies with all that is inside.
import type { Definition, Expression, Statement } from "../lang/ast.ts";
import { formatExpression, formatType } from "../lang/format-expression.ts";
import type { FileScope } from "../lang/scope.ts";
import { drawWiring, isMemory } from "./apply.ts";
import { Boxes, titled, type Box, type Declaration } from "./boxes.ts";
import { labelOf, shortLabelOf } from "./labels.ts";
import type { Picture } from "./picture.ts";
import { hasWeights, pathOf, readsOf, type Numbers, type Read } from "./reads.ts";
import { single, type Drawn } from "./value.ts";
import { applicationOf, wiringOf, type Application, type WiringScope } from "./wiring.ts";

export function drawModelInto(picture: Picture, definition: Definition, file: FileScope, numbers: Numbers): void {
  new ModelDrawing(picture, definition, file, numbers).draw();
}

type Equation = Extract<Statement, { kind: "equation" }>;

/** Draws what a name stands for when it is first asked for: order does not matter in a model. */
class ModelDrawing {
  readonly #boxes: Boxes;
  readonly #body: readonly Statement[];
  readonly #scope: WiringScope;
  readonly #values = new Map<string, Drawn>();
  readonly #equations = new Map<string, Equation>();
  readonly #targets = new Map<string, Declaration>();

  constructor(picture: Picture, { body }: Definition, file: FileScope, numbers: Numbers) {
    this.#boxes = new Boxes(picture);
    this.#body = body;
    for (const statement of body) {
      if (statement.kind === "equation") statement.names.forEach(({ name }) => this.#equations.set(name, statement));
      if (statement.kind === "target") statement.names.forEach(({ name }) => this.#targets.set(name, statement));
    }
    const equations = new Map([...this.#equations].map(([name, { value }]) => [name, value] as const));
    this.#scope = { file, numbers, equations };
  }

  draw(): void {
    for (const statement of this.#body) this.#statement(statement);
    // What nothing reads and nothing predicts.
    for (const name of this.#targets.keys()) this.#valueOf(name);
  }

  #statement(statement: Statement): void {
    switch (statement.kind) {
      case "input":
        for (const { name } of statement.names) this.#values.set(name, this.#boxes.declare(statement, name, name));
        return;
      case "param":
        for (const { name } of statement.names) {
          const detail = formatType(statement.type);
          this.#values.set(name, single(this.#boxes.picture.node(name, "param", name, { detail })));
        }
        return;
      case "equation":
        if (wiringOf(statement.value, this.#scope) === null) this.#valueOf(statement.names[0]?.name ?? "");
        return;
      case "predict":
        this.#predict(statement);
        return;
      case "minimize": {
        const detail = labelOf(statement.value);
        this.#boxed(statement.value, { id: `minimize ${detail}`, role: "goal", title: () => "minimize", detail });
        return;
      }
      // A target is drawn where it is predicted or read; the others show in what they govern.
      case "target":
      case "memory":
      case "state":
      case "const":
      case "output":
      case "train":
    }
  }

  #valueOf(name: string): Drawn | undefined {
    const known = this.#values.get(name);
    if (known !== undefined) return known;
    const target = this.#targets.get(name);
    if (target !== undefined) return this.#declareTarget(target, name, name);
    const equation = this.#equations.get(name);
    if (equation === undefined) return undefined;
    const names = equation.names.map((each) => each.name);
    const drawn = this.#evaluate(equation.value, names[0] ?? name, names.join(", "));
    names.forEach((each) => this.#values.set(each, drawn));
    return drawn;
  }

  #declareTarget(target: Declaration, name: string, time: string): Drawn {
    const drawn = this.#boxes.declare(target, name, time);
    this.#values.set(name, drawn);
    return drawn;
  }

  /** `path` names what is drawn on the way; `title` what the expression itself is called. */
  #evaluate(expression: Expression, path: string, title: string): Drawn {
    const application = applicationOf(expression, this.#scope);
    if (application !== null) return this.#apply(application, path);
    const role = hasWeights(expression) ? "weighted" : "value";
    const detail = this.#boxes.isUnfolded ? shortLabelOf(expression) : labelOf(expression);
    return this.#boxed(expression, { id: path, role, title: titled(title), detail });
  }

  /** A node for an expression, with edges from all that it reads. */
  #boxed(expression: Expression, box: Box): Drawn {
    const reads = this.#reads(expression, box.id);
    const time = reads.find(({ read, drawn }) => drawn.time !== null && !read.isWhole)?.drawn.time ?? null;
    const made = this.#boxes.put(box, time);
    for (const { read, drawn } of reads) this.#boxes.join(read, drawn, made);
    return made;
  }

  /** What an expression reads, the cells applied in it among that. */
  #reads(expression: Expression, path: string): readonly { readonly read: Read; readonly drawn: Drawn }[] {
    let applied = 0;
    const nameOf = (part: Expression): string | null => {
      const application = applicationOf(part, this.#scope);
      if (application === null) return null;
      applied += 1;
      const name = `${path}.of${applied}`;
      this.#values.set(name, this.#apply(application, name));
      return name;
    };
    return readsOf(expression, this.#scope.numbers, nameOf).flatMap((read) => {
      const whole = this.#valueOf(read.name);
      if (whole === undefined) return [];
      return [{ read, drawn: read.members.reduce((value, member) => value.members.get(member) ?? value, whole) }];
    });
  }

  #predict({ target, from, by }: Extract<Statement, { kind: "predict" }>): void {
    const ahead = readsOf(target, this.#scope.numbers)[0];
    const text = formatExpression(target);
    const { isUnfolded } = this.#boxes;
    const title = (step: number | null): string => {
      return `predict ${step === null || ahead === undefined ? text : `${ahead.name}[${step + 1 - ahead.delay}]`}`;
    };
    const detail = isUnfolded ? "" : `from ${labelOf(from)}${by === null ? "" : ` by ${by.name}`}`;
    const made = this.#boxed(from, {
      id: `predict ${text} from ${formatExpression(from)}`,
      role: "goal",
      title,
      detail,
    });
    if (ahead === undefined) return;
    // A target that nothing reads has the time of what predicts it.
    const unread = this.#values.has(ahead.name) ? undefined : this.#targets.get(ahead.name);
    const isUnread = unread !== undefined && made.time !== null;
    const truth = isUnread ? this.#declareTarget(unread, ahead.name, made.time) : this.#valueOf(ahead.name);
    if (truth !== undefined) this.#boxes.compare(ahead, truth, made);
  }

  #apply({ wiring, positional, named }: Application, path: string): Drawn {
    const inputs = positional.map((expression, index) => this.#argument(expression, `${path}.arg${index + 1}`));
    const given = [...named].map(([name, expression]) => {
      const drawn = this.#argument(expression, `${path}.${name} given`);
      return [name, isMemory(wiring, name) ? this.#boxes.gather(name, drawn) : drawn] as const;
    });
    const place = { path, note: "", isReverse: false };
    return drawWiring(this.#boxes, wiring, { inputs, named: new Map(given) }, place);
  }

  /** A name as it stands; any other expression gets a node of its own. */
  #argument(expression: Expression, path: string): Drawn {
    const known = pathOf(expression) === null ? undefined : this.#reads(expression, path)[0]?.drawn;
    return known ?? this.#evaluate(expression, path, shortLabelOf(expression));
  }
}

// The functions of a file: `forward`, from inputs to outputs and the states after the last step, and `loss`, from what it returns.
import type { Node } from "../../graph/node.ts";
import { choiceOf } from "../../ops/choice.ts";
import { Identifiers } from "../identifiers.ts";
import { Cells, floatsOf } from "./cells.ts";
import { atom, binary, call, dict, index, isName, list, number, string, tuple, type Expression } from "./expression.ts";
import { neededBy } from "./needed.ts";
import type { Plan } from "./plan.ts";
import { RootFunction, type Style } from "./root.ts";
import { dependentOnWeights, lossGoals, wholeLoss } from "./loss-goals.ts";
import type { File } from "./scope.ts";
import { argumentsOf, joinedArguments, keyOf, neededArguments, passedOn, type Arguments } from "./signature.ts";
import { hasBatch, timeOf } from "../../shape/type.ts";

export interface WrittenFunction {
  readonly arguments: Arguments;
  /** The body, indented. */
  readonly lines: readonly string[];
}

export interface Result {
  /** The name of the value for a user: `logits`, or a state's. */
  readonly key: string;
  /** The node of the graph. */
  readonly id: string;
}

export interface Functions {
  /** What `forward` returns: one array, or several by name. */
  readonly outputs: readonly Result[];
  /** The states after the last step; empty where none goes on. */
  readonly states: readonly Result[];
  readonly forward: WrittenFunction;
  /** All values that `forward` and `loss` are made of, where a loss needs more than what `forward` returns. */
  readonly values: WrittenFunction | undefined;
  /** Null if nothing is predicted. */
  readonly loss: WrittenFunction | null;
  readonly cells: readonly string[];
}

/** How a language calls its own functions. */
export interface Callees {
  readonly forward: string;
  readonly values: string;
  /** What comes before the data: `params`. */
  readonly first: readonly string[];
}

export interface Sources {
  readonly plan: Plan;
  readonly file: File;
  readonly style: Style;
  readonly callees: Callees;
  readonly outputs: readonly Result[];
  readonly states: readonly Result[];
  /** Names that the module uses. */
  readonly moduleNames: Iterable<string>;
}

export function writeFunctions(sources: Sources): Functions {
  return new FunctionsWriter(sources).write();
}

class FunctionsWriter {
  readonly #sources: Sources;
  readonly #cells: Cells;
  readonly #all: Arguments;

  constructor(sources: Sources) {
    this.#sources = sources;
    const { plan, file, moduleNames } = sources;
    this.#cells = new Cells(plan, file, new Identifiers([...file.reserved, ...moduleNames]));
    this.#all = argumentsOf(plan, [...file.reserved, ...moduleNames]);
  }

  write(): Functions {
    const { outputs, states } = this.#sources;
    const extras = this.#extras();
    const returned = [...outputs, ...states];
    const values = extras.length === 0 ? undefined : this.#forward([...returned, ...extras], true);
    const forward = values === undefined ? this.#forward(returned, false) : this.#repackaged(values.arguments);
    return { outputs, states, forward, values, loss: this.#loss(forward.arguments, extras), cells: this.#cells.texts };
  }

  #forward(returned: readonly Result[], isFlat: boolean): WrittenFunction {
    const { plan } = this.#sources;
    const needed = neededBy(
      plan.graph,
      returned.map(({ id }) => id),
    );
    const own = neededArguments(this.#all, needed.nodes);
    const root = this.#root(own, needed);
    root.block.write();
    const results = new Map(returned.map(({ id }) => [id, root.batchFirst(id)] as const));
    const expressionOf = ({ id }: Result): Expression => results.get(id) ?? atom("None");
    root.scope.returns(isFlat ? tuple(returned.map(expressionOf)) : this.#returned(expressionOf));
    return { arguments: own, lines: root.lines() };
  }

  #returned(expressionOf: (result: Result) => Expression): Expression {
    const { outputs, states } = this.#sources;
    const [first] = outputs;
    const byKey = (results: readonly Result[]): Expression =>
      dict(results.map((each) => [each.key, expressionOf(each)] as const));
    const main = outputs.length === 1 && first !== undefined ? expressionOf(first) : byKey(outputs);
    return states.length === 0 ? main : tuple([main, byKey(states)]);
  }

  /** `forward` where `values` computes more than it returns. */
  #repackaged(given: Arguments): WrittenFunction {
    const { file, style, callees, outputs, states } = this.#sources;
    const { notation } = file;
    const { indent } = style;
    const place = new Map([...outputs, ...states].map(({ id }, each) => [id, each] as const));
    return {
      arguments: given,
      lines: [
        ...notation.assignment(["returned"], callWith(callees.values, callees.first, given), { indent, isNew: true }),
        ...notation.statement(
          "return ",
          this.#returned(({ id }) => index(atom("returned"), [number(place.get(id) ?? 0)])),
          indent,
        ),
      ],
    };
  }

  #root(own: Arguments, needed: ReturnType<typeof neededBy>, reserved: readonly string[] = []): RootFunction {
    const { plan, file, style } = this.#sources;
    return new RootFunction({ plan, file, cells: this.#cells, style, own, needed, reserved: ["state", ...reserved] });
  }

  /** What `loss` reads of `forward`: outputs by their nodes, and by what they are before padding is taken out. */
  #known(): ReadonlyMap<string, Result> {
    const { plan, outputs } = this.#sources;
    return new Map(
      outputs.flatMap((each) => {
        const raw = choiceOf(plan.graph.node(each.id))?.yes;
        return [[each.id, each] as const, ...(raw === undefined ? [] : [[raw, each] as const])];
      }),
    );
  }

  /** Costly values that both functions need, and that `forward` does not return. */
  #extras(): readonly Result[] {
    const { plan, outputs, states, style } = this.#sources;
    const goals = style.hasParts ? lossGoals(plan) : wholeLoss(plan);
    if (goals === undefined) return [];
    const returned = [...outputs, ...states].map(({ id }) => id);
    const inForward = neededBy(plan.graph, returned).nodes;
    const known = new Set(this.#known().keys());
    const inLoss = neededBy(plan.graph, goals.all, known);
    const learned = dependentOnWeights(plan);
    const isShared = (id: string): boolean => {
      const node = plan.graph.node(id);
      return inForward.has(id) && learned.has(id) && node.op !== "input" && node.region === null && node.op !== "scan";
    };
    const readers = plan.graph.region(null).filter(({ id }) => inLoss.nodes.has(id) && !isShared(id));
    const read = new Set([...goals.all, ...readers.flatMap(({ operands }) => operands)]);
    return [...read].filter((id) => isShared(id) && !known.has(id)).map((id) => ({ key: id, id }));
  }

  /** The loss, and in some languages for each prediction its part of the loss with the number of values that it is a mean of. */
  #loss(forward: Arguments, extras: readonly Result[]): WrittenFunction | null {
    const { plan, style } = this.#sources;
    const goals = style.hasParts ? lossGoals(plan) : wholeLoss(plan);
    if (goals === undefined) return null;
    const known = this.#known();
    const given = new Set([...known.keys(), ...extras.map(({ id }) => id)]);
    const needed = neededBy(plan.graph, goals.all, given);
    const own = neededArguments(this.#all, needed.nodes);
    const readsForward = [...given].some((id) => needed.uses.has(id));
    const all = readsForward ? joinedArguments(this.#all, own, forward) : own;
    const root = this.#root(
      own,
      needed,
      [...all.data, ...all.lengths].map(({ name }) => name),
    );
    if (readsForward) this.#readForward(root, forward, extras, needed.uses);
    root.block.write();
    const whole = root.block.named(goals.loss, "loss").expression;
    const written = { arguments: { ...all, hasState: all.hasState && readsForward } };
    if (!style.hasParts) {
      root.scope.returns(whole);
      return { ...written, lines: [...root.lines()] };
    }
    const terms = goals.terms.map(({ loss, count, weight }) => {
      const value = floatsOf(plan, root.block.value(loss)).expression;
      const part = weight === 1 ? value : binary("*", value, number(weight));
      return tuple([part, floatsOf(plan, root.block.value(count)).expression]);
    });
    root.scope.addComment(
      "The whole loss, and each prediction's part of it with the number of values that it is a mean of.",
    );
    root.scope.returns(tuple([whole, list(terms)]));
    return { ...written, lines: [...root.lines()] };
  }

  /** Calls `forward` with the arguments as they are given, and turns what it returns. */
  #readForward(
    root: RootFunction,
    forward: Arguments,
    extras: readonly Result[],
    uses: ReadonlyMap<string, number>,
  ): void {
    const { plan, file, style, callees, outputs, states } = this.#sources;
    const known = this.#known();
    const isWhole = extras.length > 0;
    const target = root.scope.identifiers.fresh(
      isWhole ? "values" : outputs.length === 1 ? nameOf(outputs) : "outputs",
    );
    const callee = callWith(isWhole ? callees.values : callees.forward, callees.first, forward);
    const targets = !isWhole && states.length > 0 ? [target, "_"] : [target];
    const [first = "", ...others] = file.notation.assignment(targets, callee, { indent: style.indent, isNew: true });
    root.scope.takeOver(target);
    const returned = [...outputs, ...states, ...extras];
    const expressionOf = (result: Result): Expression => {
      if (isWhole) return index(atom(target), [number(returned.findIndex(({ id }) => id === result.id))]);
      return outputs.length === 1 ? atom(target) : index(atom(target), [string(result.key)]);
    };
    const turned = (node: Node, value: Expression): Expression =>
      timeOf(node.type) !== undefined && hasBatch(node.type) ? plan.words.swapped(value) : value;
    let isReassigned = false;
    for (const [id, result] of [...known, ...extras.map((each) => [each.id, each] as const)]) {
      if (!uses.has(id)) continue;
      const node = plan.graph.node(id);
      const value = turned(node, expressionOf(result));
      const name = root.scope.identifiers;
      const identifier = isName(value, target)
        ? target
        : outputs.length === 1 && !isWhole
          ? target
          : name.fresh(nameOf([result]));
      if (!isName(value, identifier)) root.scope.assign(identifier, value);
      isReassigned ||= identifier === target && !isName(value, identifier);
      root.block.know(id, { kind: node.type.dtype, expression: atom(identifier) });
    }
    root.first.push(isReassigned ? file.notation.reassigned(first) : first, ...others);
  }
}

/** `f(params, source, output, source_lengths)`: all arguments passed on. */
function callWith(callee: string, first: readonly string[], given: Arguments): Expression {
  return call(callee, [...first, ...passedOn(given)].map(atom));
}

function nameOf([first]: readonly Result[]): string {
  return first === undefined ? "values" : keyOf(first.key).replace(/^.*\.(logits)$/, "$1");
}

// A loop over time as statements need it: the call of its cell, what its states become, what it collects.
import { at } from "../../base/invariant.ts";
import { shortPath } from "../../graph/border.ts";
import { indexOf, portKind, type Node } from "../../graph/node.ts";
import { portSource } from "../../ops/liveness.ts";
import { symbol } from "../../shape/dim.ts";
import type { Type } from "../../shape/type.ts";
import { aligned, type Block } from "./block.ts";
import { floatsOf, type Cells } from "./cells.ts";
import { atom, call, string, type Expression } from "./expression.ts";
import { readable, stateKey, type Plan } from "./plan.ts";
import { scanPlan, sequencePorts, type ScanPlan, type ScanState } from "./scan-plan.ts";
import type { Value } from "./value.ts";

export interface LoopState {
  readonly name: string;
  readonly kind: Value["kind"];
  readonly initial: Expression;
  /** What it becomes at a step; undefined if the call assigns it. */
  readonly becomes: Expression | undefined;
}

export interface Collected {
  readonly index: number;
  readonly name: string;
  readonly kind: Value["kind"];
  /** Its value at a step. */
  readonly value: Expression;
}

export interface Loop {
  readonly plan: ScanPlan;
  /** How many steps it has. A size that no line reads is not computed. */
  readonly steps: () => Expression;
  readonly states: readonly LoopState[];
  readonly collected: readonly Collected[];
  /** Names of what is read step by step. */
  readonly sequences: readonly string[];
  /** `h, c = lstm(w, x[t], h, c)`: the names on the left; none if the loop computes nothing. */
  readonly targets: readonly string[];
  readonly call: Expression | undefined;
  /** For each state the sequence whose value it becomes, if it is no more than that. */
  readonly next: readonly (string | undefined)[];
  /** Whether the states after the last step are read. */
  readonly readsFinal: boolean;
}

/** What a loop needs from its file. */
export interface LoopParts {
  readonly plan: Plan;
  readonly cells: Cells;
  /** The weights as a whole: `params`. */
  readonly weights: () => Expression;
  /** A sequence at the step of the loop, by its name. */
  readonly atStep: (sequence: string) => Expression;
}

export function loopOf(parts: LoopParts, scan: Node, block: Block): Loop {
  return new LoopWriter(parts, scan, block).loop();
}

class LoopWriter {
  readonly #parts: LoopParts;
  readonly #block: Block;
  readonly #scan: ScanPlan;
  readonly #stateNames = new Map<number, string>();
  /** By node of the body that the cell computes, its name after the call. */
  readonly #results = new Map<string, string>();
  readonly #resultKinds = new Map<string, Value["kind"]>();
  /** By port of a sequence, the name of the sequence. */
  readonly #sequences = new Map<string, string>();

  constructor(parts: LoopParts, scan: Node, block: Block) {
    this.#parts = parts;
    this.#block = block;
    this.#scan = scanPlan(parts.plan.graph, scan, block.needed.results.get(scan.id) ?? new Set());
  }

  loop(): Loop {
    const { plan, cells } = this.#parts;
    const scan = this.#scan;
    for (const port of sequencePorts(plan.graph, scan)) this.#sequences.set(port.id, this.#named(port));
    for (const port of scan.ports) if (portKind(port) === "invariant" && !this.#isWeight(port)) this.#named(port);
    const cell = scan.computed.length === 0 ? undefined : cells.call(scan, this.#block);
    scan.computed.forEach((id, place) => this.#resultKinds.set(id, at(cell?.returns ?? [], place, "export")));
    for (const { index } of scan.states) this.#stateNames.set(index, this.#fresh(this.#stateName(index)));
    this.#nameResults();
    const argumentsOf =
      cell === undefined
        ? []
        : [
            ...(cell.weights === undefined ? [] : [this.#weightsUnder(cell.weights)]),
            ...cell.ports.map((port) => this.#portValue(port).expression),
            ...cell.sizes.map((name) => this.#block.scope.size(symbol(name))),
          ];
    return {
      plan: scan,
      steps: () => this.#block.scope.size(scan.time),
      sequences: [...new Set(this.#sequences.values())],
      targets: scan.computed.map((id) => this.#results.get(id) ?? "_"),
      call: cell === undefined ? undefined : call(cell.name, argumentsOf),
      next: scan.states.map(({ next }) => this.#sequences.get(next)),
      readsFinal: this.#readsFinal(),
      states: scan.states.map((state) => this.#state(state)),
      collected: scan.emitted.map(({ index, id }) => {
        const value = floatsOf(plan, this.#valueAtStep(id));
        return { index, name: this.#fresh(`${this.#emittedName(id)}_seq`), kind: value.kind, value: value.expression };
      }),
    };
  }

  #readsFinal(): boolean {
    const { graph } = this.#parts.plan;
    const { states } = this.#scan;
    return graph
      .users(this.#scan.scan.id)
      .some((node) => this.#block.needed.nodes.has(node.id) && states.some(({ index }) => index === indexOf(node)));
  }

  #fresh(name: string): string {
    return this.#block.scope.identifiers.fresh(name);
  }

  /** The name of a sequence, or of a value that is the same at each step. */
  #named(port: Node): string {
    const source = this.#source(port);
    const { expression } = this.#block.named(source, this.#parts.plan.names.get(port.id));
    return expression.kind === "atom" ? expression.text : "";
  }

  #isWeight(port: Node): boolean {
    return this.#parts.plan.graph.node(this.#source(port)).input?.kind === "weight";
  }

  #source(port: Node): string {
    return portSource(this.#parts.plan.graph, port) ?? "";
  }

  #weightsUnder(prefix: string): Expression {
    const all = this.#parts.weights();
    if (prefix === "") return all;
    return this.#block.scope.once(`weights under ${prefix}`, () => {
      const name = this.#fresh(`w_${prefix}`);
      this.#block.scope.assign(name, call("under", [all, string(prefix)]));
      return atom(name);
    });
  }

  #stateName(index: number): string {
    const { plan } = this.#parts;
    const path = plan.statePaths.get(stateKey(this.#scan.scan.id, index));
    if (path === undefined) return "state";
    // What is carried of an input is called after it.
    const name = readable(shortPath(path));
    return plan.program.inputs.some((input) => input.name === name) ? `${name}_prev` : name;
  }

  #emittedName(id: string): string {
    const { graph, names } = this.#parts.plan;
    const node = graph.node(id);
    const isState = node.op === "port" && portKind(node) === "state";
    return isState ? this.#stateName(indexOf(node)) : readable(shortPath(node.name ?? names.get(id) ?? "value"));
  }

  /** A state takes its next value at once, if nothing reads the one before afterwards. */
  #nameResults(): void {
    const { states, computed, emitted, statePorts } = this.#scan;
    const isSimple =
      states.every(({ changes, next }) => changes === undefined && computed.includes(next)) &&
      emitted.every(({ id }) => ![...statePorts.values()].some((port) => port.id === id)) &&
      new Set(states.map(({ next }) => next)).size === states.length;
    for (const id of computed) {
      const state = states.find(({ next }) => next === id);
      const name = state === undefined ? undefined : this.#stateNames.get(state.index);
      this.#results.set(
        id,
        name === undefined ? this.#fresh(this.#emittedName(id)) : isSimple ? name : this.#fresh(`${name}_next`),
      );
    }
  }

  #state(state: ScanState): LoopState {
    const { plan } = this.#parts;
    const name = this.#stateNames.get(state.index) ?? "";
    const first = floatsOf(plan, this.#block.value(state.initial));
    const next = floatsOf(plan, this.#valueAtStep(state.next));
    const isAssigned = this.#results.get(state.next) === name && state.changes === undefined;
    return {
      name,
      kind: first.kind,
      initial: first.expression,
      becomes: isAssigned ? undefined : this.#held(state, next.expression, name),
    };
  }

  /** The next value at the steps at which the state changes, or else the one before. */
  #held({ changes, index }: ScanState, next: Expression, name: string): Expression {
    if (changes === undefined) return next;
    const { graph, words } = this.#parts.plan;
    const condition = this.#valueAtStep(changes);
    const type: Type | undefined = this.#scan.statePorts.get(index)?.type;
    const lined = type === undefined ? condition : aligned(words, condition, graph.node(changes).type, type);
    return words.where(lined.expression, next, atom(name));
  }

  /** What a node of the body is, after the call. */
  #valueAtStep(id: string): Value {
    const result = this.#results.get(id);
    if (result !== undefined) return { kind: this.#resultKinds.get(id) ?? "float", expression: atom(result) };
    return this.#portValue(this.#parts.plan.graph.node(id));
  }

  #portValue(port: Node): Value {
    if (portKind(port) === "state")
      return { kind: port.type.dtype, expression: atom(this.#stateNames.get(indexOf(port)) ?? "") };
    const value = this.#block.value(this.#source(port));
    const sequence = this.#sequences.get(port.id);
    return sequence === undefined ? value : { kind: value.kind, expression: this.#parts.atStep(sequence) };
  }
}

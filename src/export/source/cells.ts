// The bodies of loops as functions of one step. Cells that are applied several times, with weights of their own, share one function.
import { at, fail } from "../../base/invariant.ts";
import { indexOf, portKind, type Node } from "../../graph/node.ts";
import { shortPath } from "../../graph/border.ts";
import { portSource } from "../../ops/liveness.ts";
import { symbolOf } from "../../shape/dim.ts";
import type { Identifiers } from "../identifiers.ts";
import { Block } from "./block.ts";
import { atom, attribute, index, number, string, tuple, type Expression } from "./expression.ts";
import { commonPrefix, readable, stateKey, without, type Plan } from "./plan.ts";
import type { ScanPlan } from "./scan-plan.ts";
import { Scope, type File } from "./scope.ts";
import { oneLine } from "./one-line.ts";
import type { Value } from "./value.ts";

/** How a loop calls the function of its cell. */
export interface CellCall {
  readonly name: string;
  /** The beginning of the names of its weights; undefined if it has none. */
  readonly weights: string | undefined;
  /** The ports whose values it is called with, in order. */
  readonly ports: readonly Node[];
  /** The sizes of the batch that follow. */
  readonly sizes: readonly string[];
  /** The kinds of what it returns, in the order of `computed`. */
  readonly returns: readonly Value["kind"][];
}

export class Cells {
  readonly #plan: Plan;
  readonly #file: File;
  readonly #names: Identifiers;
  readonly texts: string[] = [];

  constructor(plan: Plan, file: File, names: Identifiers) {
    this.#plan = plan;
    this.#file = file;
    this.#names = names;
  }

  /** The function of a loop's body, written if no other loop has it. `outer` knows the values outside. */
  call(scan: ScanPlan, outer: Block): CellCall {
    const body = new CellBody(this.#plan, this.#file, scan, outer);
    const { parameters, lines, ...call } = body.written();
    const application = this.#plan.bodies.get(scan.scan.id);
    const title = application === undefined ? "what is carried from step to step" : oneLine(application.title);
    const { notation } = this.#file;
    const textOf = (name: string): string => notation.cell(name, parameters, `One step of ${title}.`, lines);
    const text = textOf("");
    const known = this.#file.cells.get(text);
    if (known !== undefined) return { ...call, name: known };
    const name = this.#names.fresh(
      application === undefined ? "step" : notation.functionName(application.definition.name.name),
    );
    this.#file.cells.set(text, name);
    this.#file.reserved.add(name);
    this.texts.push(textOf(name));
    return { ...call, name };
  }
}

class CellBody {
  readonly #plan: Plan;
  readonly #scan: ScanPlan;
  readonly #outer: Block;
  readonly #scope: Scope;
  readonly #prefix: string;
  readonly #weightPrefix: string | undefined;
  readonly #identifiers = new Map<string, string>();
  readonly #ports: Node[] = [];
  readonly #sizes: string[] = [];

  constructor(plan: Plan, file: File, scan: ScanPlan, outer: Block) {
    this.#plan = plan;
    this.#scan = scan;
    this.#outer = outer;
    this.#scope = new Scope(file, {
      indent: file.notation.indent,
      sizeOf: (symbol) => this.#sizeOf(symbol),
      deviceOf: () => plan.words.placedAs(this.#anArray()),
    });
    const weights = scan.ports.flatMap((port) => this.#weightOf(port) ?? []);
    this.#weightPrefix = weights.length === 0 ? undefined : commonPrefix(weights);
    const names = plan.graph.region(scan.scan.id).flatMap((node) => node.name ?? []);
    this.#prefix = commonPrefix(names);
  }

  written(): Omit<CellCall, "name"> & { readonly parameters: readonly string[]; readonly lines: readonly string[] } {
    this.#bindPorts();
    const { plan, scan } = { plan: this.#plan, scan: this.#scan };
    const block = new Block({
      plan,
      scope: this.#scope,
      region: scan.scan.id,
      needed: scan.needed,
      source: plan.bodies.get(scan.scan.id)?.definition.span.source,
      prefix: this.#prefix,
      leaf: (node) => this.#leaf(node),
      scan: () => fail("export", "a loop inside a loop"),
    });
    block.write();
    const values = scan.computed.map((id) => floatsOf(plan, block.value(id)));
    const [first, ...others] = values;
    if (first !== undefined)
      this.#scope.returns(others.length === 0 ? first.expression : tuple(values.map(({ expression }) => expression)));
    const weights = this.#weightPrefix === undefined ? [] : ["w"];
    const parameters = [
      ...weights,
      ...this.#ports.map(({ id }) => this.#identifiers.get(id) ?? ""),
      ...this.#sizes.map((symbol) => this.#sizeIdentifier(symbol)),
    ];
    return {
      parameters,
      lines: [...this.#scope.sizeLines, ...this.#scope.lines],
      weights: this.#weightPrefix,
      ports: this.#ports,
      sizes: this.#sizes,
      returns: values.map(({ kind }) => kind),
    };
  }

  /** Sequences, then states, then what is the same at each step. */
  #bindPorts(): void {
    const kinds = ["sequence", "state", "invariant"] as const;
    const ports = kinds.flatMap((kind) =>
      this.#scan.ports.filter((port) => portKind(port) === kind).sort((a, b) => indexOf(a) - indexOf(b)),
    );
    for (const port of ports) {
      if (this.#weightOf(port) !== undefined || this.#literalOf(port) !== undefined) continue;
      this.#ports.push(port);
      this.#identifiers.set(port.id, this.#scope.identifiers.fresh(this.#nameOf(port)));
    }
  }

  #nameOf(port: Node): string {
    const own = this.#plan.names.get(port.id);
    if (own !== undefined) return own;
    if (portKind(port) === "state") return `${this.#stateName(indexOf(port))}`;
    const { expression } = this.#outer.value(this.#source(port));
    return expression.kind === "atom" ? expression.text : "x";
  }

  /** `h` as it was a step before is `h_prev`. */
  #stateName(state: number): string {
    const path = this.#plan.statePaths.get(stateKey(this.#scan.scan.id, state));
    const name =
      path === undefined ? "state" : path.startsWith(`${this.#prefix}.`) ? without(this.#prefix, path) : path;
    const spoken = readable(name);
    return spoken === name ? `${spoken}_prev` : spoken;
  }

  #source(port: Node): string {
    return portSource(this.#plan.graph, port) ?? fail("export", "a port without a source");
  }

  /** The name of the weight that a port shows. */
  #weightOf(port: Node): string | undefined {
    if (portKind(port) !== "invariant") return undefined;
    const { input } = this.#plan.graph.node(this.#source(port));
    return input?.kind === "weight" ? shortPath(input.path) : undefined;
  }

  /** The number that a port shows, if it is the same in each batch. */
  #literalOf(port: Node): Expression | undefined {
    if (portKind(port) !== "invariant") return undefined;
    const { kind, expression } = this.#outer.value(this.#source(port));
    return kind === "number" && isLiteral(expression) ? expression : undefined;
  }

  #leaf(node: Node): Value | undefined {
    if (node.op !== "port") return undefined;
    const weight = this.#weightOf(node);
    if (weight !== undefined)
      return {
        kind: "float",
        expression: index(atom("w"), [string(without(this.#weightPrefix ?? "", weight))]),
      };
    const literal = this.#literalOf(node);
    if (literal !== undefined) return { kind: "number", expression: literal };
    const identifier = this.#identifiers.get(node.id);
    if (identifier === undefined) return undefined;
    const kind = portKind(node) === "state" ? node.type.dtype : this.#outer.value(this.#source(node)).kind;
    return { kind, expression: atom(identifier) };
  }

  #sizeOf(symbol: string): Expression {
    for (const port of this.#ports) {
      const axis = port.type.axes.findIndex(({ size }) => symbolOf(size) === symbol);
      if (axis >= 0) return index(attribute(atom(this.#identifiers.get(port.id) ?? ""), "shape"), [number(axis)]);
    }
    this.#sizes.push(symbol);
    return atom(this.#sizeIdentifier(symbol));
  }

  #sizeIdentifier(symbol: string): string {
    return this.#scope.identifiers.of(`size of ${symbol}`);
  }

  #anArray(): Expression {
    const port = at(this.#ports, 0, "export");
    return atom(this.#identifiers.get(port.id) ?? "");
  }
}

/** States and results are numbers with a point, or tokens. */
export function floatsOf({ words }: Plan, value: Value): Value {
  return value.kind === "bool" ? { kind: "float", expression: words.asFloat(value.expression) } : value;
}

/** A number that holds no name of the function: `0`, `-1.5`, `-torch.inf`, `Infinity`. */
function isLiteral(expression: Expression): boolean {
  if (expression.kind === "negative") return isLiteral(expression.operand);
  return expression.kind === "atom" && /^(?:\d[\d.e+-]*|(?:torch|jnp)\.\w+|Infinity|NaN)$/.test(expression.text);
}

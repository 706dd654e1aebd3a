// From source text to the abstract syntax, with every syntax error of the file; never throws on what a user wrote.
// `layout.ts` divides the file, the grammar matches one statement at a time, and the actions below build its nodes: so
// a wrong statement costs the others nothing, and time is linear in the file.
// Long, because all that knows the shape of the grammar's rules stands in this one file.
import type { ActionDict, Node, Semantics } from "ohm-js";
import type { Diagnostic } from "../base/diagnostic.ts";
import { fail } from "../base/invariant.ts";
import type { Source, Span } from "../base/source.ts";
import type { Argument, BinaryOperator, Definition, Expression, Identifier, Parameter } from "./ast.ts";
import type { Setting, SpecFile, Statement, TypeExpression, Use } from "./ast.ts";
import { grammar } from "./grammar.generated.ts";
import { layOut, type Segment } from "./layout.ts";
import * as messages from "./messages-syntax.ts";

export interface Parsed {
  readonly file: SpecFile;
  readonly diagnostics: readonly Diagnostic[];
}

export const mostDiagnostics = 20;
/** In one statement: so that no pass over its tree runs out of stack. */
export const mostOperators = 1000;

export function parse(source: Source): Parsed {
  const layout = layOut(source);
  const diagnostics = [...layout.diagnostics];
  const builder = new FileBuilder(statementReader(source, layout.text, diagnostics), layout.openBraces, diagnostics);
  for (const segment of layout.segments) {
    if (diagnostics.length >= mostDiagnostics) break;
    builder.add(segment);
  }
  const file = builder.finish(source);
  if (file.definitions.length === 0 && diagnostics.length === 0) diagnostics.push(messages.emptyFile(source));
  diagnostics.sort((a, b) => (a.span?.start ?? 0) - (b.span?.start ?? 0));
  return { file, diagnostics: diagnostics.slice(0, mostDiagnostics) };
}

/** One expression by itself. */
export function parseExpression(text: string): {
  readonly expression: Expression | undefined;
  readonly diagnostics: readonly Diagnostic[];
} {
  const source = { name: "<expression>", text };
  const layout = layOut(source);
  const diagnostics = [...layout.diagnostics];
  const read = statementReader(source, layout.text, diagnostics);
  const whole: Segment = { kind: "statement", start: 0, end: text.length, isBroken: diagnostics.length > 0 };
  return { expression: read(whole, "Expression", expressionOf), diagnostics };
}

/** What a `{` opened; `skip` is a block that has been reported and is not looked into. */
type Frame =
  | {
      readonly kind: "definition";
      readonly span: Span;
      readonly header: Header | undefined;
      readonly body: Statement[];
    }
  | { readonly kind: "train"; readonly span: Span; readonly settings: Setting[] }
  | { readonly kind: "skip"; readonly span: Span };

type Header = Pick<Definition, "kind" | "name" | "parameters">;

/** Puts statements into their blocks, and blocks into the file. */
class FileBuilder {
  readonly #read: Read;
  readonly #openBraces: ReadonlySet<number>;
  readonly #diagnostics: Diagnostic[];
  readonly #frames: Frame[] = [];
  readonly #uses: Use[] = [];
  readonly #definitions: Definition[] = [];

  constructor(read: Read, openBraces: ReadonlySet<number>, diagnostics: Diagnostic[]) {
    this.#read = read;
    this.#openBraces = openBraces;
    this.#diagnostics = diagnostics;
  }

  add(segment: Segment): void {
    const frame = this.#frames.at(-1);
    if (segment.kind === "open") this.#frames.push(this.#open(segment, frame));
    else if (segment.kind === "close") this.#close(segment.end);
    else if (frame === undefined) this.#addOutside(segment);
    else if (frame.kind === "definition") push(frame.body, this.#read(segment, "Statement", statementOf));
    else if (frame.kind === "train") push(frame.settings, this.#read(segment, "Setting", settingOf));
  }

  finish(source: Source): SpecFile {
    while (this.#frames.length > 0) this.#close(source.text.length);
    return { source, uses: this.#uses, definitions: this.#definitions.sort((a, b) => a.span.start - b.span.start) };
  }

  #open(segment: Segment, outer: Frame | undefined): Frame {
    const span = this.#read.span(segment);
    if (outer?.kind === "skip") return { kind: "skip", span };
    const word = this.#read.firstWord(segment);
    if (word === "cell" || word === "model") {
      // Where an earlier `}` is missing, that has been reported.
      if (outer !== undefined && this.#openBraces.size === 0) {
        this.#diagnostics.push(messages.nestedDefinition(word, span, outer.span));
      }
      return { kind: "definition", span, header: this.#read(segment, "Definition", headerOf), body: [] };
    }
    if (word === "train" && outer?.kind === "definition") {
      if (this.#read(segment, "Train", () => true) === true) return { kind: "train", span, settings: [] };
    } else if (outer === undefined && segment.end > segment.start) {
      this.#read(segment, "Definition", headerOf);
    } else if (!segment.isBroken) {
      this.#diagnostics.push(messages.unknownBlock(span, outer?.kind ?? "file"));
    }
    return { kind: "skip", span };
  }

  #close(end: number): void {
    const frame = this.#frames.pop();
    if (frame === undefined || frame.kind === "skip") return;
    const span = { ...frame.span, end };
    const outer = this.#frames.at(-1);
    if (frame.kind === "definition") {
      if (frame.header !== undefined) this.#definitions.push({ ...frame.header, body: frame.body, span });
    } else if (outer?.kind === "definition") {
      outer.body.push({ kind: "train", settings: frame.settings, span });
    }
  }

  #addOutside(segment: Segment): void {
    if (segment.isBroken) return;
    const word = this.#read.firstWord(segment);
    if (word === "use") push(this.#uses, this.#read(segment, "Use", useOf));
    else if (word !== "cell" && word !== "model") {
      this.#diagnostics.push(messages.outsideDefinition(this.#read.span(segment)));
    } else if (this.#read(segment, "Definition", headerOf) !== undefined) {
      this.#diagnostics.push(messages.missingBody(this.#read.span(segment)));
    }
  }
}

function push<T>(list: T[], item: T | undefined): void {
  if (item !== undefined) list.push(item);
}

/** Matches a segment against a rule and builds what it stands for; undefined where that failed and was reported. */
interface Read {
  <T>(segment: Segment, rule: string, build: (node: Operations) => T): T | undefined;
  firstWord(segment: Segment): string;
  span(segment: Segment): Span;
}

function statementReader(source: Source, text: string, diagnostics: Diagnostic[]): Read {
  let base = 0;
  const semantics = semanticsFor({
    span: (first, last = first) => ({ source, start: base + first.source.startIdx, end: base + last.source.endIdx }),
    report: (diagnostic) => diagnostics.push(diagnostic),
  });
  const span = ({ start, end }: Segment): Span => ({ source, start, end: Math.max(end, start + 1) });
  const firstWord = ({ start, end }: Segment): string => /^[\p{L}_]*/u.exec(text.slice(start, end))?.[0] ?? "";
  const read = <T>(segment: Segment, rule: string, build: (node: Operations) => T): T | undefined => {
    if (segment.isBroken) return undefined;
    const statement = text.slice(segment.start, segment.end);
    base = segment.start;
    const tooLong = messages.tooLong(span(segment), mostOperators);
    if (countOperators(statement) > mostOperators) return void diagnostics.push(tooLong);
    try {
      const match = grammar.match(statement, rule);
      if (!match.failed()) return build(semantics(match));
      const position = base + match.getRightmostFailurePosition();
      const failure = { source, start: base, position, text: statement, expected: match.getExpectedText() };
      diagnostics.push(messages.syntaxError(failure));
    } catch (thrown) {
      if (!(thrown instanceof RangeError)) throw thrown;
      diagnostics.push(tooLong);
    }
    return undefined;
  };
  return Object.assign(read, { firstWord, span });
}

/** Everything that makes a tree deeper, but for brackets, which `layout.ts` counts. */
function countOperators(statement: string): number {
  return statement.match(/[-+*/⊙@·^<>([]|==|\.(?=\s*\p{L})|\bseq\b/gu)?.length ?? 0;
}

interface Context {
  readonly span: (first: Node, last?: Node) => Span;
  readonly report: (diagnostic: Diagnostic) => void;
}

/** A node with the operations of `semanticsFor`; ohm-js cannot type them, the functions named `…Of` do. */
type Operations = ReturnType<Semantics>;
type Extend = (object: Expression, first: Node) => Expression;
type Initial = Pick<Extract<Statement, { kind: "state" }>, "initial" | "learned">;

function semanticsFor(context: Context): Semantics {
  return grammar
    .createSemantics()
    .addOperation<Expression>("expression", { ...operatorActions(context), ...primaryActions(context) })
    .addOperation<Extend>("suffix", suffixActions(context))
    .addOperation<Argument[]>("arguments", argumentActions(context))
    .addOperation<TypeExpression>("type", typeActions(context))
    .addOperation<Initial>("initial", initialActions)
    .addOperation<Statement>("statement", { ...declarationActions(context), ...goalActions(context) })
    .addOperation<Setting>("setting", settingActions(context))
    .addOperation<Use>("use", useActions(context))
    .addOperation<Header>("header", headerActions(context))
    .addOperation<Parameter>("parameter", parameterActions(context));
}

const expressionOf = (node: Operations): Expression => node["expression"]();
const suffixOf = (node: Operations): Extend => node["suffix"]();
const argumentsOf = (node: Operations): Argument[] => node["arguments"]();
const typeOf = (node: Operations): TypeExpression => node["type"]();
const initialOf = (node: Operations): Initial => node["initial"]();
const statementOf = (node: Operations): Statement => node["statement"]();
const settingOf = (node: Operations): Setting => node["setting"]();
const useOf = (node: Operations): Use => node["use"]();
const headerOf = (node: Operations): Header => node["header"]();
const parameterOf = (node: Operations): Parameter => node["parameter"]();

function optional<T>(node: Node, build: (node: Node) => T): T | null {
  const child = node.children[0];
  return child === undefined ? null : build(child);
}

function items(list: Node): readonly Node[] {
  return list.asIteration().children;
}

function identifier({ span }: Context, name: Node): Identifier {
  return { name: name.sourceString, span: span(name) };
}

/** A name that is given here. */
function newName(context: Context, name: Node): Identifier {
  if (name.sourceString === "t") context.report(messages.reservedName("t", context.span(name)));
  return identifier(context, name);
}

function newNames(context: Context, names: Node): readonly Identifier[] {
  return items(names.child(0)).map((name) => newName(context, name));
}

/** The keyword or sign as one of those that the syntax tree knows. */
function oneOf<const T extends string>(node: Node, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === node.sourceString);
  return found ?? fail("parse", `the grammar allowed ${node.sourceString}`);
}

function operatorOf(node: Node): BinaryOperator {
  if (node.sourceString === "⊙") return "*";
  if (node.sourceString === "·") return "@";
  return oneOf(node, ["+", "-", "*", "/", "@", "^", "<", "<=", ">", ">=", "=="]);
}

function operatorActions({ span }: Context): ActionDict<Expression> {
  const binary = (left: Expression, sign: Node, right: Node, first: Node): Expression => {
    const operator = operatorOf(sign);
    return { kind: "binary", operator, left, right: expressionOf(right), span: span(first, right) };
  };
  const chain = (first: Node, signs: Node, rest: Node): Expression =>
    rest.children.reduce((left, right, index) => binary(left, signs.child(index), right, first), expressionOf(first));
  const negate = (minus: Node, operand: Node): Expression => {
    return { kind: "negate", operand: expressionOf(operand), span: span(minus, operand) };
  };
  return {
    Pipe(first, _signs, rest) {
      return rest.children.reduce(
        (left, right): Expression => ({ kind: "pipe", left, right: expressionOf(right), span: span(first, right) }),
        expressionOf(first),
      );
    },
    Comparison_two: (left, sign, right) => binary(expressionOf(left), sign, right, left),
    Sum: chain,
    Product: chain,
    Contraction: chain,
    Unary_negate: negate,
    Power_raise: (base, sign, exponent) => binary(expressionOf(base), sign, exponent, base),
    Exponent_negate: negate,
    Applied: (primary, suffixes) =>
      suffixes.children.reduce((object, suffix) => suffixOf(suffix)(object, primary), expressionOf(primary)),
    Default: (_assign, value) => expressionOf(value),
    Init: (_sign, value) => expressionOf(value),
    Weight: (_keyword, _assign, value) => expressionOf(value),
  };
}

function primaryActions({ span, report }: Context): ActionDict<Expression> {
  return {
    Primary_group: (_open, value, _close) => expressionOf(value),
    Primary_list: (open, list, close) => ({
      kind: "list",
      items: items(list).map(expressionOf),
      span: span(open, close),
    }),
    number(mantissa, exponent) {
      const place = span(mantissa, exponent);
      const value = Number(mantissa.sourceString + exponent.sourceString);
      if (!Number.isFinite(value)) report(messages.numberTooLarge(place));
      return { kind: "number", value, span: place };
    },
    string: (open, text, close) => ({ kind: "string", value: text.sourceString, span: span(open, close) }),
    keyword: (word) => ({ kind: "name", name: word.sourceString, span: span(word) }),
    name: (letter, rest) => ({ kind: "name", name: letter.sourceString + rest.sourceString, span: span(letter, rest) }),
  };
}

function suffixActions(context: Context): ActionDict<Extend> {
  const { span, report } = context;
  const delay = (sign: "+" | "-" | null, steps: Node | null, close: Node): Extend => {
    return (object, first) => {
      const place = span(first, close);
      if (object.kind !== "name" && object.kind !== "member") report(messages.delayOfExpression(place));
      return { kind: "delay", object, sign, steps: steps === null ? null : expressionOf(steps), span: place };
    };
  };
  return {
    Delay_now: (_open, _time, close) => delay(null, null, close),
    Delay_shifted: (_open, _time, sign, steps, close) => delay(oneOf(sign, ["+", "-"]), steps, close),
    Slice: (_open, low, _colon, high, close) => {
      const [from, to] = [optional(low, expressionOf), optional(high, expressionOf)];
      return (object, first) => ({ kind: "slice", object, from, to, span: span(first, close) });
    },
    Element: (_open, node, close) => {
      const index = expressionOf(node);
      if (node.sourceString.startsWith("t") && isSumFromTime(index)) report(messages.delayOfSum(span(node)));
      return (object, first) => ({ kind: "element", object, index, span: span(first, close) });
    },
    Arguments(_open, _list, close) {
      const given = argumentsOf(this);
      return (callee, first) => ({ kind: "call", callee, arguments: given, span: span(first, close) });
    },
    Member: (_dot, name) => (object, first) => {
      return { kind: "member", object, member: identifier(context, name), span: span(first, name) };
    },
  };
}

/** `t - 1 - 1`: a delay whose parentheses are missing. */
export function isSumFromTime(index: Expression): boolean {
  let leaf = index;
  while (leaf.kind === "binary" && (leaf.operator === "+" || leaf.operator === "-")) leaf = leaf.left;
  return leaf.kind === "name" && leaf.name === "t";
}

function argumentActions(context: Context): ActionDict<Argument[]> {
  return {
    Arguments(_open, list, _close) {
      const all = items(list).flatMap(argumentsOf);
      const named = all.find((argument) => argument.name !== null)?.name ?? null;
      const late = all.slice(all.findIndex((argument) => argument.name !== null)).find(({ name }) => name === null);
      if (named !== null && late !== undefined) context.report(messages.argumentOrder(late.value.span, named.span));
      return all;
    },
    NamedArgument: (name, _assign, value) => [{ name: identifier(context, name), value: expressionOf(value) }],
    Expression: (value) => [{ name: null, value: expressionOf(value) }],
  };
}

function typeActions({ span }: Context): ActionDict<TypeExpression> {
  const sizeOf = (node: Node): Expression | null => (node.sourceString === "?" ? null : expressionOf(node));
  return {
    Annotation: (_colon, type) => typeOf(type),
    Type_sequence: (keyword, element) => ({ kind: "sequence", element: typeOf(element), span: span(keyword, element) }),
    Type_token(kind, _open, size, close) {
      const reading = oneOf(kind, ["token", "char", "word", "label"]);
      return { kind: "token", reading, size: sizeOf(size), span: span(kind, close) };
    },
    Type_array: (open, list, close) => ({
      kind: "array",
      dimensions: items(list).map(sizeOf),
      span: span(open, close),
    }),
  };
}

const initialActions: ActionDict<Initial> = {
  Initial_learned: (_assign, param, init, _end) => ({
    initial: expressionOf(param),
    learned: { init: optional(init, expressionOf) },
  }),
  Initial_given: (_assign, value) => ({ initial: expressionOf(value), learned: null }),
};

function declarationActions(context: Context): ActionDict<Statement> {
  const { span } = context;
  return {
    Read(keyword, names, type) {
      const kind = oneOf(keyword, ["input", "target", "memory"]);
      return { kind, names: newNames(context, names), type: optional(type, typeOf), span: span(this) };
    },
    State(_keyword, names, type, initial) {
      const start = optional(initial, initialOf) ?? { initial: null, learned: null };
      return { kind: "state", names: newNames(context, names), type: typeOf(type), ...start, span: span(this) };
    },
    Param(_keyword, names, type, init) {
      const learned = optional(init, expressionOf);
      return { kind: "param", names: newNames(context, names), type: typeOf(type), init: learned, span: span(this) };
    },
    Const(_keyword, name, _assign, value) {
      return { kind: "const", name: newName(context, name), value: expressionOf(value), span: span(this) };
    },
    Equation(names, _assign, value) {
      return { kind: "equation", names: newNames(context, names), value: expressionOf(value), span: span(this) };
    },
  };
}

function goalActions(context: Context): ActionDict<Statement> {
  const { span } = context;
  return {
    Output(_keyword, list) {
      const names = items(list.child(0)).map((name) => identifier(context, name));
      return { kind: "output", names, span: span(this) };
    },
    Predict(_keyword, target, _from, value, by, weight) {
      return {
        kind: "predict",
        target: expressionOf(target),
        from: expressionOf(value),
        by: optional(by, (node) => identifier(context, node.child(1))),
        weight: optional(weight, expressionOf),
        span: span(this),
      };
    },
    Minimize(_keyword, value, weight) {
      return { kind: "minimize", value: expressionOf(value), weight: optional(weight, expressionOf), span: span(this) };
    },
  };
}

function settingActions(context: Context): ActionDict<Setting> {
  const { span } = context;
  return {
    Choice(keyword, name, given) {
      const kind = oneOf(keyword, ["optimizer", "schedule"]);
      const choice = identifier(context, name);
      return { kind, choice, arguments: optional(given, argumentsOf) ?? [], span: span(this) };
    },
    Clip(_keyword, mode, value) {
      return { kind: "clip", mode: identifier(context, mode), value: expressionOf(value), span: span(this) };
    },
    Truncate(_keyword, list) {
      return { kind: "truncate", arguments: items(list).flatMap(argumentsOf), span: span(this) };
    },
    Count(keyword, value) {
      return { kind: oneOf(keyword, ["batch", "epochs", "seed"]), value: expressionOf(value), span: span(this) };
    },
  };
}

function useActions(context: Context): ActionDict<Use> {
  return {
    Use(_keyword, names, _from, path) {
      const value = path.sourceString.slice(1, -1);
      const place = context.span(path);
      return { kind: "use", names: newNames(context, names), path: { value, span: place }, span: context.span(this) };
    },
  };
}

function headerActions(context: Context): ActionDict<Header> {
  return {
    Definition(keyword, name, parameters) {
      const list = optional(parameters, (node) => items(node.child(1)).map(parameterOf)) ?? [];
      return { kind: oneOf(keyword, ["cell", "model"]), name: newName(context, name), parameters: list };
    },
  };
}

function parameterActions(context: Context): ActionDict<Parameter> {
  return {
    Parameter: (name, value) => ({ name: newName(context, name), default: optional(value, expressionOf) }),
  };
}

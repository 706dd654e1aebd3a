// The abstract syntax of a spec file. Every node has its span; nothing here is checked beyond the grammar.
import type { Source, Span } from "../base/source.ts";

export interface Identifier {
  readonly name: string;
  readonly span: Span;
}

export type BinaryOperator = "+" | "-" | "*" | "/" | "@" | "^" | "<" | "<=" | ">" | ">=" | "==";

/** `f(a, b, name = c)`: positional arguments come before named ones. */
export interface Argument {
  readonly name: Identifier | null;
  readonly value: Expression;
}

export type Expression =
  | { readonly kind: "number"; readonly value: number; readonly span: Span }
  /** A string literal: only `einsum`'s first argument. */
  | { readonly kind: "string"; readonly value: string; readonly span: Span }
  | { readonly kind: "name"; readonly name: string; readonly span: Span }
  /** `h.c`, `e.table`, `s.h`. */
  | { readonly kind: "member"; readonly object: Expression; readonly member: Identifier; readonly span: Span }
  /** `h[t-1]` (offset -1), `x[t]` (0), `text[t+1]` (+1). `steps` is the constant after the sign, or null for `[t]`. */
  | {
      readonly kind: "delay";
      readonly object: Expression;
      readonly sign: "+" | "-" | null;
      readonly steps: Expression | null;
      readonly span: Span;
    }
  /** `a[2:5]`: half-open on the last axis; a missing bound is null. `a[3]` has kind `element`. */
  | {
      readonly kind: "slice";
      readonly object: Expression;
      readonly from: Expression | null;
      readonly to: Expression | null;
      readonly span: Span;
    }
  | { readonly kind: "element"; readonly object: Expression; readonly index: Expression; readonly span: Span }
  /** `M[i, a:b]`: one index or range for each axis from the left, at least two. */
  | { readonly kind: "indices"; readonly object: Expression; readonly indices: readonly Index[]; readonly span: Span }
  /** `callee(args)`: a function, a cell (`LSTM(128)`), a wiring, or an application (`LSTM(128)(x)`). */
  | {
      readonly kind: "call";
      readonly callee: Expression;
      readonly arguments: readonly Argument[];
      readonly span: Span;
    }
  /** `[m, n]` as an argument of `reshape`, `init =` or `out =`. */
  | { readonly kind: "list"; readonly items: readonly Expression[]; readonly span: Span }
  | { readonly kind: "negate"; readonly operand: Expression; readonly span: Span }
  | {
      readonly kind: "binary";
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
      readonly span: Span;
    }
  /** `x |> f(a)`. */
  | { readonly kind: "pipe"; readonly left: Expression; readonly right: Expression; readonly span: Span };

/** One of several in brackets. A missing bound of a range is null. */
export type Index =
  | { readonly kind: "range"; readonly from: Expression | null; readonly to: Expression | null }
  | { readonly kind: "one"; readonly at: Expression };

/** `by huber(0.5)`: the name of a loss with its arguments. */
export interface LossCall {
  readonly loss: Identifier;
  readonly arguments: readonly Argument[];
  readonly span: Span;
}

export type TokenKind = "token" | "char" | "word" | "label";

/** `time of m`: an axis with a place for each step of the memory `m`. */
export interface TimeOf {
  readonly kind: "time-of";
  readonly memory: Identifier;
  readonly span: Span;
}

/** A type as written. A dimension is an expression of integers, names and `+ - * /`; `null` is `?`. */
export type TypeExpression =
  | { readonly kind: "array"; readonly dimensions: readonly (Expression | TimeOf | null)[]; readonly span: Span }
  | { readonly kind: "token"; readonly reading: TokenKind; readonly size: Expression | null; readonly span: Span }
  | { readonly kind: "sequence"; readonly element: TypeExpression; readonly span: Span };

export interface Parameter {
  readonly name: Identifier;
  /** `C: cell` stands for a cell, any other for a number or a dimension. */
  readonly kind: "number" | "cell";
  readonly default: Expression | null;
}

export type Statement =
  | {
      readonly kind: "input" | "target" | "memory";
      readonly names: readonly Identifier[];
      readonly type: TypeExpression | null;
      /** `scaled`: the model reads it standardised. */
      readonly isScaled: boolean;
      readonly span: Span;
    }
  | {
      readonly kind: "state";
      readonly names: readonly Identifier[];
      readonly type: TypeExpression;
      /** `= INITIAL`; null is 0. `param` alone is the name `param`, with `~ INIT` in `learned`. */
      readonly initial: Expression | null;
      /** Present for `= param` and `= param ~ INIT`. */
      readonly learned: { readonly init: Expression | null } | null;
      readonly span: Span;
    }
  | {
      readonly kind: "param";
      readonly names: readonly Identifier[];
      readonly type: TypeExpression;
      readonly init: Expression | null;
      /** `frozen`: given and stored, never trained. */
      readonly isFrozen: boolean;
      readonly span: Span;
    }
  | {
      readonly kind: "const";
      readonly name: Identifier;
      readonly type: TypeExpression | null;
      readonly value: Expression;
      readonly span: Span;
    }
  | {
      readonly kind: "equation";
      readonly names: readonly Identifier[];
      readonly value: Expression;
      /** `output e = …`: its names are outputs too. */
      readonly isOutput: boolean;
      readonly span: Span;
    }
  | { readonly kind: "output"; readonly names: readonly OutputName[]; readonly span: Span }
  | {
      readonly kind: "predict";
      /** `text[t+1]` is a delay, `total` a name. */
      readonly target: Expression;
      readonly from: Expression;
      readonly by: LossCall | null;
      readonly weight: Expression | null;
      /** `reduce = sum`. */
      readonly reduce: Identifier | null;
      readonly span: Span;
    }
  | {
      readonly kind: "minimize";
      readonly value: Expression;
      readonly weight: Expression | null;
      readonly span: Span;
    }
  | { readonly kind: "train"; readonly settings: readonly Setting[]; readonly span: Span };

/** `h.f` in `output h.f`; `value` reads it. */
export interface OutputName extends Identifier {
  readonly value: Expression;
}

/** One line of a `train` block: `clip norm 5` is key `clip`, words [`norm`, 5]; `truncate k1 = 32, k2 = 64` has named values. */
export type Setting =
  /** `optimizer adam(lr = 0.002)`, `schedule cosine(warmup = 100)`; a bare word has no arguments. */
  | {
      readonly kind: "optimizer" | "schedule";
      readonly choice: Identifier;
      readonly arguments: readonly Argument[];
      readonly span: Span;
    }
  | { readonly kind: "clip"; readonly mode: Identifier; readonly value: Expression; readonly span: Span }
  | { readonly kind: "truncate"; readonly arguments: readonly Argument[]; readonly span: Span }
  | WeightSetting
  | { readonly kind: "batch" | "epochs" | "seed"; readonly value: Expression; readonly span: Span };

/** A line of a `train` block that is for some weights: their names, where `*` stands for any characters. */
export type WeightSetting =
  | { readonly kind: "freeze"; readonly patterns: readonly Identifier[]; readonly span: Span }
  /** `scale lr 0.1 for encoder.*`, `decay 0 for *.b`. */
  | {
      readonly kind: "scale" | "decay";
      readonly value: Expression;
      readonly patterns: readonly Identifier[];
      readonly span: Span;
    };

export interface Use {
  readonly kind: "use";
  readonly names: readonly Identifier[];
  readonly path: { readonly value: string; readonly span: Span };
  readonly span: Span;
}

export interface Definition {
  readonly kind: "cell" | "model";
  readonly name: Identifier;
  readonly parameters: readonly Parameter[];
  readonly body: readonly Statement[];
  readonly span: Span;
}

export interface SpecFile {
  readonly source: Source;
  readonly uses: readonly Use[];
  readonly definitions: readonly Definition[];
}

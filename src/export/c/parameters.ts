// What the functions of a C file are given and return by pointers: inputs and outputs under their names.
import { lookup } from "../../base/invariant.ts";
import type { Place } from "../../codegen/c/operands.ts";
import type { Kind } from "../../kernel/view.ts";
import { countOf } from "../../ops/nd.ts";
import { printDim, type Sizes } from "../../shape/dim.ts";
import { ownAxes, shapeOf, timeName, type Type } from "../../shape/type.ts";
import { Identifiers } from "../identifiers.ts";
import { RESERVED } from "./names.ts";
import { typeOf } from "./state-struct.ts";

export interface Parameter {
  /** As the program names it. */
  readonly name: string;
  readonly identifier: string;
  readonly kind: Kind;
  readonly isWritten: boolean;
  /** Elements of one step, or of the whole where there are no steps. */
  readonly count: number;
  /** Whether there is another value at each step. */
  readonly hasSteps: boolean;
  /** As `[H]`, for comments. */
  readonly shape: string;
}

export class Parameters {
  readonly #names = new Identifiers(RESERVED);
  readonly #sizes: Sizes;
  readonly #time: string;

  /** `sizes`: of one example and one step; `time`: that of the steps. */
  constructor(sizes: Sizes, time: string) {
    this.#sizes = sizes;
    this.#time = time;
  }

  /** `shown`: the name of which the identifier is made. */
  of(name: string, shown: string, type: Type, isWritten: boolean): Parameter {
    return {
      name,
      identifier: this.#names.fresh(shown),
      kind: type.dtype === "int" ? "int32" : "float32",
      isWritten,
      count: countOf(shapeOf(type, this.#sizes)),
      hasSteps: timeName(type) === this.#time,
      shape: `[${ownAxes(type)
        .map(({ size }) => printDim(size))
        .join(", ")}]`,
    };
  }
}

/** Whether one call passes the element itself. */
function isByValue({ count, isWritten }: Parameter): boolean {
  return count === 1 && !isWritten;
}

/** In the declaration of a function that is given one step, or the whole. */
export function declared(parameter: Parameter): string {
  const { identifier, kind, isWritten } = parameter;
  if (isByValue(parameter)) return `${typeOf(kind)} ${identifier}`;
  return `${isWritten ? "" : "const "}${typeOf(kind)} *${identifier}`;
}

/** In the declaration of a function that is given all steps. */
export function declaredForAll({ identifier, kind, isWritten }: Parameter): string {
  return `${isWritten ? "" : "const "}${typeOf(kind)} *${identifier}`;
}

/** What a function that has all steps passes for step `t`. */
export function atStep(parameter: Parameter): string {
  const { identifier, count, hasSteps } = parameter;
  if (isByValue(parameter)) return hasSteps ? `${identifier}[t]` : `${identifier}[0]`;
  return hasSteps ? `${identifier} + (size_t)t * ${count}` : identifier;
}

/** Where its elements are, in a function that is given one step or the whole. */
function placeOfParameter(parameter: Parameter): Place {
  const { identifier, kind } = parameter;
  return { type: typeOf(kind), pointer: isByValue(parameter) ? `&${identifier}` : identifier };
}

/** The parameters of one function, and which of them its statements use. */
export class UsedParameters {
  readonly #all: ReadonlyMap<string, Parameter>;
  readonly #used = new Set<Parameter>();

  constructor(all: readonly Parameter[]) {
    this.#all = new Map(all.map((each) => [each.name, each]));
  }

  /** Of a parameter by the name that the program has for it. */
  placeOf(name: string): Place {
    const parameter = lookup(this.#all, name, "c");
    this.#used.add(parameter);
    return placeOfParameter(parameter);
  }

  /** Statements that keep compilers from a warning of parameters that nothing reads. */
  get unused(): readonly string[] {
    return [...this.#all.values()]
      .filter((each) => !this.#used.has(each))
      .map(({ identifier }) => `(void)${identifier};`);
  }
}

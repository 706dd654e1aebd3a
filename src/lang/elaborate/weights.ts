// The weights of a program, each with one owner: a place in the text, reached by a path of applications. A declaration that is reached again
// on the same path is the same weight. Two places never share a weight, whatever their names. A name that is taken is numbered.
import type { Diagnostic } from "../../base/diagnostic.ts";
import type { Init } from "../../base/init.ts";
import type { Span } from "../../base/source.ts";
import { apartFromInputs } from "../../graph/border.ts";
import type { Axis } from "../../shape/type.ts";
import { sharedWeight } from "../messages-values.ts";
import type { Elaboration } from "./context.ts";

export interface WeightDeclaration {
  readonly owner: string;
  /** The name that it has if no other weight has it. */
  readonly name: string;
  readonly axes: readonly Axis[];
  readonly init: Init;
  /** Whether it is declared `frozen`. */
  readonly isFrozen?: boolean;
  readonly span: Span;
}

export interface Weight {
  readonly name: string;
  readonly id: string;
  readonly init: Init;
  readonly axes: readonly Axis[];
  readonly isFrozen: boolean;
  /** The place where the outermost cell is applied in which it was met first, or where it is declared. */
  readonly span: Span;
}

export class Weights {
  readonly #context: Elaboration;
  readonly #owned = new Map<string, Weight>();
  readonly #named = new Map<string, Weight>();
  #unlike: Diagnostic | undefined;

  constructor(context: Elaboration) {
    this.#context = context;
  }

  /** All of them in the order in which they were met. */
  all(): readonly Weight[] {
    return [...this.#named.values()];
  }

  named(name: string): Weight | undefined {
    return this.#named.get(apartFromInputs(name));
  }

  /** The node of a weight; undefined if its owner has one of another shape, which has been reported. */
  declare({ owner, name, axes, init, span, isFrozen = false }: WeightDeclaration): string | undefined {
    const context = this.#context;
    const known = this.#owned.get(owner);
    const outermost = context.applications.outermost ?? span;
    if (known === undefined) {
      const own = this.#free(name);
      const id = context.build.outermost(() =>
        context.build.input({ kind: "weight", path: own }, { dtype: "float", axes }),
      );
      const weight: Weight = { name: own, id, init, axes, isFrozen, span: outermost };
      this.#owned.set(owner, weight);
      this.#named.set(own, weight);
      return id;
    }
    if (context.unifier.sameTypes(context.build.type(known.id), { dtype: "float", axes })) return known.id;
    const [before, now] = [known.axes, axes].map((each) => context.showAxes(each));
    context.report(
      this.#unlike ??
        sharedWeight(known.name, { type: before ?? "", span: known.span }, { type: now ?? "", span: outermost }),
    );
    return undefined;
  }

  /** Applies a set of weights again; `unlike` is the error if their shapes do not fit. */
  applied<T>(unlike: Diagnostic | undefined, apply: () => T): T {
    const outer = this.#unlike;
    this.#unlike = unlike ?? outer;
    const result = apply();
    this.#unlike = outer;
    return result;
  }

  #free(name: string): string {
    const own = apartFromInputs(name);
    let free = own;
    for (let n = 2; this.#named.has(free); n++) free = `${own}${n}`;
    return free;
  }
}

// `compile`: from the text of a spec to something that runs, steps, writes and trains, on a target.
import { UserError } from "../base/diagnostic.ts";
import { open } from "../compile.ts";
import type { Statics } from "../lang/elaborate/program.ts";
import type { ScopedDefinition } from "../lang/scope.ts";
import { nearest } from "../lang/nearest.ts";
import { loadFromDisk } from "../module/library.ts";
import { constant } from "../shape/dim.ts";
import { withTarget } from "../targets/open.ts";
import { readUnrolling, type Unrolling } from "../time/unroll-choice.ts";
import { unrolling } from "../targets/unrolling.ts";
import type { NumberArray } from "./arrays.ts";
import { Compiled } from "./compiled.ts";
import type { CompiledModel } from "./types.ts";

export interface CompileOptions {
  /** What to run on: a name of `recurra targets`. Default: `tfjs-wasm`. */
  readonly target?: string;
  /** Which definition of the source, where it has several. Default: its first model, else its first cell. */
  readonly model?: string;
  readonly cell?: string;
  /** Values for parameters, such as `{ H: 256 }`. */
  readonly set?: Readonly<Record<string, number>>;
  /** Sizes that data would tell, such as `{ V: 96 }` for a vocabulary. Those that inputs show need not be given. */
  readonly sizes?: Readonly<Record<string, number>>;
  /** Decides the first weights, dropout and what is sampled. Default: 1. */
  readonly seed?: number;
  /** Weights by name; without, they are initialised as the spec says. */
  readonly weights?: Readonly<Record<string, NumberArray>> | ReadonlyMap<string, NumberArray>;
  /** `none`, `full`, `auto` or a number of steps. Default: `auto`, which leaves loops as they are. */
  readonly unroll?: Unrolling | "auto";
  /** The name of the source in messages, and the place from which `use … from "./file.rec"` is looked up. */
  readonly name?: string;
}

/**
 * Compiles a spec for a target. Throws a `CompileError` with every mistake in the source (its message shows them with their places),
 * a `UserError` for a wrong option or a target that is not there.
 */
export async function compile(source: string, options: CompileOptions = {}): Promise<CompiledModel> {
  const scope = open({ name: options.name ?? "spec.rec", text: source }, loadFromDisk);
  const own = [...scope.definitions.values()].filter((each) => each.scope === scope);
  const definition = choose(own, options);
  const statics = staticsOf(definition, options.set ?? {});
  const choice =
    typeof options.unroll === "number" ? readUnrolling(String(options.unroll)) : (options.unroll ?? "auto");
  const { seed = 1, sizes = {}, weights = {} } = options;
  return withTarget<CompiledModel>(options.target ?? "tfjs-wasm", (target) =>
    Promise.resolve(
      new Compiled({
        definition,
        statics,
        target: unrolling(target, choice === "auto" ? "none" : choice),
        seed,
        sizes: new Map(Object.entries(sizes)),
        weights: weights instanceof Map ? weights : new Map(Object.entries(weights)),
      }),
    ),
  );
}

function choose(own: readonly ScopedDefinition[], { model, cell }: CompileOptions): ScopedDefinition {
  const name = model ?? cell;
  const kind = model !== undefined ? "model" : "cell";
  if (name === undefined) {
    const found = own.find(({ definition }) => definition.kind === "model") ?? own[0];
    if (found === undefined) throw new UserError("there is no cell or model in this source");
    return found;
  }
  const alike = own.filter(({ definition }) => definition.kind === kind);
  const found = alike.find(({ definition }) => definition.name.name === name);
  if (found !== undefined) return found;
  const names = alike.map(({ definition }) => definition.name.name);
  throw new UserError(`there is no ${kind} \`${name}\` in this source${hint(name, names)}`);
}

function hint(name: string, known: readonly string[]): string {
  const close = nearest(name, known);
  if (close !== undefined) return `; did you mean \`${close}\`?`;
  return known.length === 0 ? "" : `; there is ${known.join(", ")}`;
}

function staticsOf({ definition }: ScopedDefinition, set: Readonly<Record<string, number>>): Statics {
  const known = definition.parameters.map(({ name }) => name.name);
  const wrong = Object.keys(set).find((name) => !known.includes(name));
  if (wrong !== undefined)
    throw new UserError(`\`${definition.name.name}\` has no parameter \`${wrong}\`${hint(wrong, known)}`);
  return new Map(Object.entries(set).map(([name, value]) => [name, constant(value)]));
}

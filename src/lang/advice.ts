// Advice for mistakes: what a writer meant who knows other languages and frameworks. Only specs with mistakes need it, and it is a tenth
// of the compiler. So it is loaded apart, and a spec that is refused without it is compiled again.
import { CompileError } from "../base/diagnostic.ts";

type Advice = typeof import("./advice/all.ts");

let loaded: Advice | null = null;

/** The advice, or null until it is loaded: then errors are reported without it. */
export function advice(): Advice | null {
  return loaded;
}

export async function loadAdvice(): Promise<void> {
  loaded ??= await import("./advice/all.ts");
}

/** The result of `compile`. If it throws a CompileError and there was no advice, it is called again with advice. */
export async function withAdvice<R>(compile: () => R | Promise<R>): Promise<R> {
  try {
    return await compile();
  } catch (problem) {
    if (!(problem instanceof CompileError) || loaded !== null) throw problem;
    await loadAdvice();
    return compile();
  }
}

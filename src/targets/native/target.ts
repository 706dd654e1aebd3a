// The native target: graphs as programs of kernels in C, compiled on this machine, float32.
import { UserError } from "../../base/diagnostic.ts";
import { targetOf, type EngineTarget } from "../../lists/target.ts";
import { compilerHere } from "./compiler.ts";
import { NativeEngine, type NativeOptions } from "./engine.ts";
import { loadKoffi } from "./library.ts";

/** Engines by their options. All graphs of a process with the same options share one memory. */
const engines = new Map<string, NativeEngine>();

/** Throws a UserError that says what to install if the machine lacks a compiler or the package koffi. */
export async function nativeTarget(options: NativeOptions = {}): Promise<EngineTarget> {
  return targetOf("native", await nativeEngine(options));
}

/** The engine of a target with these options. Throws as `nativeTarget`. */
export async function nativeEngine(options: NativeOptions = {}): Promise<NativeEngine> {
  await loadKoffi();
  const compiler = compilerHere();
  if (compiler === null)
    throw new UserError(
      "the target `native` needs a C compiler: install gcc or clang (Debian and Ubuntu: `apt install gcc`; macOS: `xcode-select --install`), or set `CC`",
    );
  const key = JSON.stringify(options);
  const engine = engines.get(key) ?? new NativeEngine(compiler, options);
  engines.set(key, engine);
  return engine;
}

/** The compiler, the width of vectors and the number of threads. Throws as `nativeTarget`. */
export async function nativeDetail(): Promise<string> {
  const { width, threads } = await nativeEngine();
  return `${compilerHere()?.version ?? ""}, vectors of ${width} bits, ${threads === 1 ? "1 thread" : `${threads} threads`}`;
}

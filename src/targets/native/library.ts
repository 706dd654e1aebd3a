// Libraries in C as the package `koffi` loads them, an optional peer.
import { fail } from "../../base/invariant.ts";
import { UserError } from "../../base/diagnostic.ts";
import { refusePackage } from "../../base/optional-package.ts";
import type koffiTypes from "koffi";
import { compiled, type Compiler } from "./compiler.ts";

type Koffi = typeof koffiTypes;

const PACKAGE: string = "koffi";

let loadedKoffi: Koffi | undefined;

/** Loads the package. Throws a UserError that says how to install it if it is missing. */
export async function loadKoffi(): Promise<void> {
  if (loadedKoffi !== undefined) return;
  // By a name that bundlers do not see: a bundle for pages has no use for it.
  const { default: koffi }: { readonly default: Koffi } = await import(/* @vite-ignore */ PACKAGE).catch(
    refusePackage(PACKAGE, `npm i ${PACKAGE}`),
  );
  loadedKoffi = koffi;
}

/** The address of something in C. */
type Address = unknown;

export interface Driver {
  /** Columns of a panel, and terms that a product over rows packs at once. */
  readonly panel: number;
  readonly depthBlock: number;
  /** Bits of a vector. */
  readonly width: number;
  /** Starts threads, if fewer run; the number that there are now. */
  readonly start: (threads: number) => number;
  /** Writes the addresses of a library's kernels into the table, from `first` on, which then has `count`. */
  readonly fill: (library: Library, first: number, count: number) => void;
  /** Runs the lists at these addresses in the memory, one on each thread. */
  readonly run: (memory: Uint8Array, lists: Uint32Array, count: number) => void;
}

export interface Library {
  readonly fill: (table: Address, first: number) => void;
  /** An engine of the driver, which the shared library has. */
  readonly driver: () => Driver;
}

const libraries = new Map<string, Library>();

/** Libraries with these texts, compiled and loaded once each. Throws a UserError if the compiler reports an error. */
export function openLibraries(texts: readonly string[], compiler: Compiler): readonly Library[] {
  return compiled(texts, compiler).map((path, index) => {
    const again = (): Opened => loadedAnew(texts[index] ?? "", compiler);
    const library = libraries.get(path) ?? libraryOf(loaded(path) ?? again());
    libraries.set(path, library);
    return library;
  });
}

type Opened = ReturnType<Koffi["load"]>;

/** Null if it cannot be loaded: a disk was full, or the file was changed. */
function loaded(path: string): Opened | null {
  try {
    return koffi().load(path);
  } catch {
    process.getBuiltinModule("node:fs").rmSync(path, { force: true });
    return null;
  }
}

function loadedAnew(text: string, compiler: Compiler): Opened {
  const [path = ""] = compiled([text], compiler);
  try {
    return koffi().load(path);
  } catch (problem) {
    throw new UserError(`kernels of the target \`native\` were compiled, but cannot be loaded: ${String(problem)}`);
  }
}

function koffi(): Koffi {
  return loadedKoffi ?? fail("native", "koffi is not loaded");
}

function libraryOf(opened: Opened): Library {
  return {
    fill: opened.func("void recurra_fill(void *table, int first)"),
    driver: () => {
      const engine: Address = opened.func("void *recurra_open(void)")();
      const reserve = opened.func("void *recurra_reserve(void *engine, long kernels)");
      const run = opened.func("void recurra_run(void *engine, uint8_t *memory, uint32_t *lists, int count)");
      return {
        panel: opened.func("int recurra_panel(void)")(),
        depthBlock: opened.func("int recurra_depth_block(void)")(),
        width: opened.func("int recurra_width(void)")(),
        start: opened.func("int recurra_start(int threads)"),
        fill: (library, first, count) => {
          const table: Address = reserve(engine, count);
          if (table === null) throw new UserError("there is no memory for more kernels");
          library.fill(table, first);
        },
        run: (memory, lists, count) => run(engine, memory, lists, count),
      };
    },
  };
}

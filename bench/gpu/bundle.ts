// The benchmark as one JavaScript file, with Dawn, which is native, as a package beside it.
import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

const HERE = import.meta.dirname;
const DAWN = join(HERE, "../../node_modules/webgpu");
const NATIVE = "dist/linux-x64";

/** Writes `main.mjs`, the cells that are not shipped, and `node_modules/webgpu` into the folder. */
export async function bundle(folder: string): Promise<void> {
  await build({
    entryPoints: [join(HERE, "main.ts")],
    outfile: join(folder, "main.mjs"),
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    // tfjs reads the names of its classes.
    keepNames: true,
    external: ["webgpu"],
    logLevel: "error",
    // tfjs is CommonJS, which loads Node's modules by `require`.
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
  });
  cpSync(join(HERE, "../cells"), join(folder, "cells"), { recursive: true });
  const beside = join(folder, "node_modules/webgpu");
  mkdirSync(beside, { recursive: true });
  for (const part of ["package.json", "index.js", "LICENSE.md", NATIVE])
    cpSync(join(DAWN, part), join(beside, part), { recursive: true });
}

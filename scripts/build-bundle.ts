// Writes dist/recurra.js from dist/browser.js, which `tsc` has written: the library for browsers in one file, without dynamic imports.
// A page imports it directly. Bundlers that cannot split code can use it too, such as Vite for a worker in its default format.
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const distPath = fileURLToPath(new URL("../dist/", import.meta.url));

await build({
  entryPoints: [`${distPath}browser.js`],
  outfile: `${distPath}recurra.js`,
  bundle: true,
  minify: true,
  platform: "browser",
  format: "esm",
  target: "es2022",
  logLevel: "warning",
});
writeFileSync(`${distPath}recurra.d.ts`, 'export * from "./browser.js";\n');

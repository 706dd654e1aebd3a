// Writes dist/recurra.js, after `tsc` has written dist/browser.js: the library for browsers with all that it needs in one file, without
// dynamic imports. A page imports it as it is; bundlers that cannot split code, as for a worker in Vite's default format, take it too.
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

// Writes dist/lang/ohm.js, after `tsc` has written dist/lang: the part of ohm-js that matches texts by a grammar that is compiled already.
// The part that reads grammars is a quarter of ohm-js, and bundlers cannot leave it out. The licence of ohm-js lies beside the file.
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const langPath = fileURLToPath(new URL("../dist/lang/", import.meta.url));
const ohmPath = fileURLToPath(new URL("../node_modules/ohm-js/", import.meta.url));
const PACKAGE = '"ohm-js"';

await build({
  stdin: {
    contents: 'import "./semanticsDeferredInit.js";\nexport { makeRecipe } from "./main-kernel.js";\n',
    resolveDir: `${ohmPath}src`,
  },
  outfile: `${langPath}ohm.js`,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  logLevel: "warning",
});
copyFileSync(`${ohmPath}LICENSE`, `${langPath}ohm.LICENSE`);

const grammarPath = `${langPath}grammar.generated.js`;
const text = readFileSync(grammarPath, "utf8");
if (!text.includes(PACKAGE)) throw new Error(`${grammarPath} does not import ${PACKAGE}`);
writeFileSync(grammarPath, text.replace(PACKAGE, '"./ohm.js"'));

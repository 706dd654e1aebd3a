// Writes src/module/runtime.generated.ts: the runtime of compiled modules, bundled and minified, as text.
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const PATH = fileURLToPath(new URL("../src/module/runtime.generated.ts", import.meta.url));

export async function generateRuntime(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("../src/module/runtime/entry.ts", import.meta.url))],
    bundle: true,
    minify: true,
    write: false,
    format: "iife",
    globalName: "runtime",
    platform: "neutral",
    target: "es2022",
    charset: "ascii",
    legalComments: "none",
    logLevel: "warning",
  });
  const text = outputFiles[0]?.text.trim() ?? "";
  return `// Generated from src/module/runtime by \`npm run generate\`: do not edit.
// prettier-ignore
export const RUNTIME =
  ${JSON.stringify(text)};
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(PATH, await generateRuntime());

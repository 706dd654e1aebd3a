// Writes src/module/runtime.generated.ts: the runtime of compiled modules, bundled and minified, as text.
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const PATH = fileURLToPath(new URL("../src/module/runtime.generated.ts", import.meta.url));

export async function generateRuntime(): Promise<string> {
  const [plain, writing, training] = [
    await bundled("entry-plain"),
    await bundled("entry-writing"),
    await bundled("entry-training"),
  ];
  return `// Generated from src/module/runtime by \`npm run generate\`: do not edit.
// prettier-ignore
export const RUNTIME =
  ${JSON.stringify({ plain, writing, training }, null, 2)};
`;
}

async function bundled(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(`../src/module/runtime/${entry}.ts`, import.meta.url))],
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    platform: "neutral",
    target: "es2022",
    charset: "ascii",
    legalComments: "none",
    logLevel: "warning",
  });
  const text = outputFiles[0]?.text.trim() ?? "";
  const ending = /export\{([\w$]+) as load\};$/;
  if (!ending.test(text)) throw new Error("the bundle does not end with its export");
  return text.replace(ending, "const runtime={load:$1};");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(PATH, await generateRuntime());

// Writes src/module/runtime.generated.ts: the parts of the runtime of compiled modules, bundled and minified, and types that it shares with
// those of modules, as text.
import { readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { INTERNAL_NAMES } from "./internal-names.ts";

const PATH = fileURLToPath(new URL("../src/module/runtime.generated.ts", import.meta.url));

/** A source of the runtime. */
function sourceOf(file: string): string {
  return fileURLToPath(new URL(`../src/module/runtime/${file}.ts`, import.meta.url));
}

/** Each part by the file that it begins in. All are built together, so that a name is shortened in the same way in each. */
const PARTS = {
  plain: "entry-plain",
  predicting: "entry-predicting",
  writing: "entry-writing",
  training: "entry-training",
  f32: "stored-f32",
  f16: "stored-f16",
  int8: "stored-int8",
  beside: "weights-beside",
  drawing: "drawing",
  labels: "labels",
} as const;

export async function generateRuntime(): Promise<string> {
  const { outputFiles, mangleCache = {} } = await build({
    entryPoints: Object.values(PARTS).map(sourceOf),
    outdir: "parts",
    bundle: true,
    minify: true,
    mangleProps: new RegExp(`^(?:${INTERNAL_NAMES.join("|")})$`),
    mangleCache: {},
    write: false,
    format: "esm",
    platform: "neutral",
    target: "es2022",
    charset: "ascii",
    legalComments: "none",
    logLevel: "warning",
  });
  const unused = INTERNAL_NAMES.filter((name) => typeof mangleCache[name] !== "string");
  if (unused.length > 0) throw new Error(`no property of the runtime has one of these names: ${unused.join(", ")}`);
  const texts = new Map(outputFiles.map(({ path, text }) => [basename(path, ".js"), text.trim()]));
  const parts = Object.entries(PARTS).map(([part, entry]) => [part, asFunction(texts.get(entry) ?? "")]);
  return `// Generated from src/module/runtime by \`npm run generate\`: do not edit.
// prettier-ignore
export const RUNTIME =
  ${JSON.stringify(Object.fromEntries(parts), null, 2)};

/** What the parts call properties that are not public. */
// prettier-ignore
export const SHORT_NAMES: ReadonlyMap<string, string> = new Map(Object.entries(
  ${JSON.stringify(mangleCache)}));

/** src/module/runtime/training-types.ts without the comment at its beginning. */
// prettier-ignore
export const TRAINING_TYPES =
  ${JSON.stringify(typesIn("training-types"))};
`;
}

/** An expression of what a bundle exports: the names of two parts stay apart. */
function asFunction(bundle: string): string {
  const ending = /export\{([\w$]+) as \w+\};$/;
  if (!ending.test(bundle)) throw new Error("a bundle does not end with its one export");
  return `(()=>{${bundle.replace(ending, "return $1")}})()`;
}

/** The types of a file that has nothing else, without the comment at its beginning. */
function typesIn(file: string): string {
  const text = readFileSync(sourceOf(file), "utf8");
  return text.slice(text.indexOf("export interface"));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(PATH, await generateRuntime());

// Writes src/export/tfjs/runtime.generated.ts: what files of the format `tfjs` have in common, as text of JavaScript with its comments.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { format } from "prettier";
import ts from "typescript";

const FOLDER = new URL("../src/export/tfjs/runtime/", import.meta.url);
const PATH = fileURLToPath(new URL("../src/export/tfjs/runtime.generated.ts", import.meta.url));

/** Functions that a file has where it calls them. */
const HELPERS = ["gradients", "arrays"];
/** What each file has. */
const MODEL = ["arguments", "safetensors", "model"];

export async function generateTfjsRuntime(): Promise<string> {
  const helpers = (await Promise.all(HELPERS.map(statementsOf))).flat();
  const model = (await Promise.all(MODEL.map(statementsOf))).flat();
  const named = helpers.map((text) => [/^(?:export )?function (\w+)/m.exec(text)?.[1] ?? "", text] as const);
  return `// Generated from src/export/tfjs/runtime by \`npm run generate\`: do not edit.
// prettier-ignore
export const HELPERS: Readonly<Record<string, string>> =
  ${JSON.stringify(Object.fromEntries(named), null, 2)};
// prettier-ignore
export const MODEL =
  ${JSON.stringify(model.join("\n\n"))};
`;
}

/** The functions and classes of a file as JavaScript, each with its comment. */
async function statementsOf(name: string): Promise<readonly string[]> {
  const text = readFileSync(new URL(`${name}.ts`, FOLDER), "utf8");
  const { outputText } = ts.transpileModule(text, {
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      removeComments: false,
      useDefineForClassFields: true,
    },
  });
  const laidOut = await format(outputText, { parser: "babel", printWidth: 100 });
  const source = ts.createSourceFile(`${name}.js`, laidOut, ts.ScriptTarget.ES2022, true);
  return source.statements
    .filter((statement) => ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement))
    .map((statement) => withComment(laidOut, statement).replace(/^export (async )?(function|class)/m, "$1$2"));
}

function withComment(text: string, statement: ts.Statement): string {
  const comments = ts.getLeadingCommentRanges(text, statement.getFullStart()) ?? [];
  const [last] = comments.filter(({ pos }) => text.startsWith("/**", pos)).slice(-1);
  return text.slice(last?.pos ?? statement.getStart(), statement.end);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(PATH, await generateTfjsRuntime());

// Writes src/lang/grammar.generated.ts from grammar/recurra.ohm, so the grammar is not read and parsed at run time.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as ohm from "ohm-js";

const grammarPath = fileURLToPath(new URL("../grammar/recurra.ohm", import.meta.url));
const generatedPath = fileURLToPath(new URL("../src/lang/grammar.generated.ts", import.meta.url));

/** ohm-js has `toRecipe`, but does not declare it. */
function recipeOf(grammar: object): string {
  if (!("toRecipe" in grammar) || typeof grammar.toRecipe !== "function")
    throw new Error("this ohm-js has no toRecipe");
  return String(grammar.toRecipe());
}

/** The text of the generated file, for the grammar as it stands. */
export function generateGrammar(): string {
  const recipe = recipeOf(ohm.grammar(readFileSync(grammarPath, "utf8")));
  return `// Generated from grammar/recurra.ohm by \`npm run generate\`: do not edit.
import { makeRecipe, type Grammar } from "ohm-js";

declare module "ohm-js" {
  function makeRecipe(recipe: readonly unknown[]): Grammar;
}

export const grammar: Grammar = makeRecipe(${recipe});
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(generatedPath, generateGrammar());

// Writes src/shipped/shipped.generated.ts from specs/, so the shipped cells and models are also available without a file system.
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { shipped } from "../src/shipped/specs.ts";

const generatedPath = fileURLToPath(new URL("../src/shipped/shipped.generated.ts", import.meta.url));

/** The text of the generated file, for the specs as they stand. */
export function generateShipped(): string {
  const texts = (name: "cells" | "models"): string => `  ${name}: ${JSON.stringify(shipped(name), null, 2)},`;
  return `// Generated from specs/ by \`npm run generate\`: do not edit.
import type { Source } from "../base/source.ts";

export const SHIPPED: Readonly<Record<"cells" | "models", readonly Source[]>> = {
${texts("cells")}
${texts("models")}
};
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(generatedPath, generateShipped());

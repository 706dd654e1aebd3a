// The pages that users read: README.md and docs/*.md, with the blocks of code in them.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./command.ts";

/** Paths in the project's folder. */
export const PAGES: readonly string[] = [
  "README.md",
  ...readdirSync(join(ROOT, "docs"))
    .filter((name) => name.endsWith(".md"))
    .sort()
    .map((name) => `docs/${name}`),
];

export function textOf(file: string): string {
  return readFileSync(join(ROOT, file), "utf8");
}

export interface Block {
  readonly page: string;
  readonly language: string;
  readonly text: string;
}

export function blocksIn(page: string): readonly Block[] {
  const blocks = [...textOf(page).matchAll(/^```(.*)\n([^]*?)^```$/gm)];
  return blocks.map(([, language = "", text = ""]) => ({ page, language, text }));
}

/** Blocks of TypeScript, in their order. */
export function programsIn(page: string): readonly string[] {
  return blocksIn(page).flatMap(({ language, text }) => (language === "ts" ? [text] : []));
}

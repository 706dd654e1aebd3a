// A function over whole sequences as JavaScript, with what is said of its arguments.
import type { WrittenFunction } from "../source/functions.ts";
import { passedOn } from "../source/signature.ts";
import { inComment } from "./text.ts";

export function definitionText(name: string, written: WrittenFunction, doc: readonly string[]): string {
  const lines = doc.map(inComment);
  const [only = ""] = lines;
  const comment = lines.length === 1 ? [`/** ${only} */`] : ["/**", ...lines.map((line) => ` * ${line}`), " */"];
  return [
    ...comment,
    `function ${name}(${["w", ...passedOn(written.arguments)].join(", ")}) {`,
    ...written.lines,
    "}",
  ].join("\n");
}

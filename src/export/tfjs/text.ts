// Strings and names of JavaScript. Names of a spec or of a checkpoint reach a file through here or through `Identifiers` only.
import { asciiName } from "../identifiers.ts";

/** A string literal: every character that is not plain ASCII is escaped. */
export function quoted(text: string): string {
  return JSON.stringify(text).replace(/[^\x20-\x7e]/g, (unit) => {
    return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/** A comment that it stands in does not end with it. */
export function inComment(text: string): string {
  return text.replace(/\*\//g, "* /");
}

/** `AttentionDecoder` as a function's name: `attentionDecoder`. */
export function camelCase(name: string): string {
  return asciiName(name).replace(/^[A-Z]+(?![a-z])|^[A-Z]/, (first) => first.toLowerCase());
}

/** Words that JavaScript keeps for itself, and names that files of ours use. */
export const RESERVED: readonly string[] = [
  ..."arguments await break case catch class const continue debugger default delete do else enum eval export extends false finally for function if implements import in instanceof interface let new null package private protected public return static super switch this throw true try typeof var void while with yield undefined NaN Infinity async of".split(
    " ",
  ),
  ..."Array Error JSON Math Map Number Object Set String URL atob fetch globalThis process".split(" "),
  ..."t w state states tf load DESCRIPTION PARTS WEIGHTS".split(" "),
];

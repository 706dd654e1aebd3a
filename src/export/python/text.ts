// Strings and comments of Python. Names of a spec or of a checkpoint reach a file through here or through `Identifiers` only.
import { asciiName } from "../identifiers.ts";

/** A string literal: every character that is not plain ASCII is escaped. */
export function quoted(text: string): string {
  const escaped = [...text].map((character) => {
    if (character === '"' || character === "\\") return `\\${character}`;
    const code = character.codePointAt(0) ?? 0;
    if (code >= 0x20 && code < 0x7f) return character;
    return code > 0xffff ? `\\U${code.toString(16).padStart(8, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
  });
  return `"${escaped.join("")}"`;
}

/** `AttentionDecoder` as a function's name: `attention_decoder`. */
export function snakeCase(name: string): string {
  return asciiName(name)
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replace(/([A-Z])([A-Z][a-z])/g, "$1_$2")
    .toLowerCase();
}

/** Words that Python keeps for itself, and names that every file of ours uses. */
export const RESERVED: readonly string[] = [
  ..."False None True and as assert async await break class continue def del elif else except finally for from global if import in is lambda match nonlocal not or pass raise return try type while with yield _".split(
    " ",
  ),
  ..."abs bool bytearray dict enumerate float int len list math json max min open print range reversed self set str sum super tuple zip".split(
    " ",
  ),
  ..."torch nn F jax jnp lax np numpy params key state states inputs t w device".split(" "),
];

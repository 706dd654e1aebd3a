// Texts in generated C: comments that cannot end too early, and strings that hold any symbol, in ASCII.

/** Text for a block comment, on one line. A character that is not ASCII is written as its code point. */
export function commentText(text: string): string {
  return Array.from(text, ascii).join("").replaceAll("*/", "* /").replaceAll("/*", "/ *");
}

const LONGEST_LINE = 116;

/** A block comment of text that has any characters, on as many lines as it needs. */
export function comment(text: string): string {
  const lines: string[] = [];
  let line = "/*";
  for (const word of [...commentText(text).split(" "), "*/"]) {
    if (line.length + word.length >= LONGEST_LINE) {
      lines.push(line);
      line = "  ";
    }
    line += ` ${word}`;
  }
  return [...lines, line].join("\n");
}

function ascii(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code >= 32 && code < 127) return character;
  return code < 32 ? " " : `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
}

const UTF8 = new TextEncoder();

/** A string literal with the text in UTF-8. Octal escapes have three digits, so that a digit may follow; `?` could begin a trigraph. */
export function stringLiteral(text: string): string {
  const escaped = Array.from(UTF8.encode(text), (byte) => {
    const character = String.fromCodePoint(byte);
    if (byte < 32 || byte >= 127) return `\\${byte.toString(8).padStart(3, "0")}`;
    return /["\\?]/.test(character) ? `\\${character}` : character;
  });
  return `"${escaped.join("")}"`;
}

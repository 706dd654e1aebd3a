// Names and texts of a spec in comments: they reach a file through here only.

const MOST_OF_A_COMMENT = 96;

/** One line of text for a comment or a docstring: no line breaks, no control characters, no end of a docstring, nothing that reorders text. */
export function oneLine(text: string): string {
  const plain = text
    .replace(/#.*$/gm, "")
    .replace(/[^\P{C}]|[\u2028\u2029\s]/gu, " ")
    .replace(/\\|"""/g, "'")
    .replace(/ {2,}/g, " ")
    .trim();
  const characters = [...plain];
  return characters.length <= MOST_OF_A_COMMENT ? plain : `${characters.slice(0, MOST_OF_A_COMMENT - 2).join("")} …`;
}

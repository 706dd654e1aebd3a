// The tokens of a spec file before its grammar: enough to find comments, strings, brackets and the ends of lines.

export interface Token {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Comments, line ends, strings (perhaps unclosed), brackets and `;`; anything else as a run without blanks. */
export function* tokens(text: string): Generator<Token> {
  const pattern = /#[^\n]*|\n|"[^"\n]*"?|[()[\]{};]|[^\s#"()[\]{};]+/gu;
  for (const match of text.matchAll(pattern)) {
    yield { text: match[0], start: match.index, end: match.index + match[0].length };
  }
}

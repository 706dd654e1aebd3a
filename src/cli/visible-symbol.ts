// Symbols of a text as they stand in pictures.

/** Blanks and ends of lines are made visible. */
export function visibleSymbol(symbol: string): string {
  return symbol === " " ? "␣" : symbol.replaceAll("\n", "⏎").replaceAll("\t", "⇥");
}

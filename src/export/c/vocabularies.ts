// The vocabularies of a model as tables of strings.
import { decodeEach, type Vocabulary } from "../../data/vocabulary.ts";
import { Identifiers } from "../identifiers.ts";
import { stringLiteral } from "./text.ts";

export interface SymbolTable {
  readonly declaration: string;
  readonly definition: string;
}

/** One table is `NAME_symbols`; of several, each has the name of its vocabulary too. */
export function symbolTables(prefix: string, vocabularies: ReadonlyMap<string, Vocabulary>): readonly SymbolTable[] {
  const names = new Identifiers();
  return [...vocabularies].map(([key, vocabulary]) => {
    const name = vocabularies.size === 1 ? `${prefix}_symbols` : `${prefix}_symbols_${names.of(key)}`;
    const { size } = vocabulary;
    const symbols = decodeEach(
      vocabulary,
      Array.from({ length: size }, (_, token) => token),
    );
    const declared = `const char *const ${name}[${size}]`;
    const lines = symbols.map((symbol) => `  ${stringLiteral(symbol)},`).join("\n");
    return { declaration: `extern ${declared};`, definition: `${declared} = {\n${lines}\n};` };
  });
}

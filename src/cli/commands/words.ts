// `recurra words DIR --table e.table`: a map of the embeddings of a trained model, or the neighbours of a symbol.
import { Option, type Command } from "commander";
import { UserError } from "../../base/diagnostic.ts";
import { drawPoints } from "../../draw/points.ts";
import { writeAtomically } from "../../files/files.ts";
import type { CompiledModel } from "../../library/types.ts";
import { mapOf, MAP_METHODS, neighboursOf, rowsOf, type MapMethod, type Vector } from "../../maps/embeddings.ts";
import { refuseUnknown } from "../../library/names.ts";
import { namesIn } from "../name-list.ts";
import { count } from "../numbers.ts";
import { openSpecOrFolder } from "../open-spec-or-folder.ts";
import { print } from "../output.ts";
import { textInputs } from "../text-inputs.ts";
import { visibleSymbol } from "../visible-symbol.ts";
import { table } from "../table.ts";

interface Options {
  readonly table?: string;
  readonly neighbours?: string;
  readonly analogy?: string;
  readonly top: number;
  readonly out?: string;
  readonly by: MapMethod;
  readonly only?: string;
}

const HELP = `
A symbol is a character, a word or a label, as the model reads it.
The map shows the first 200 symbols of the vocabulary, or those of --only.

Examples:
  recurra words runs/book --neighbours e
  recurra words runs/words --analogy "king - man + woman"
  recurra words runs/book -o map.svg
  recurra words runs/book -o map.svg --by umap --only a,e,i,o,u,b,c,d
`;

/** On a map without --only. */
const MOST = 200;

export function register(program: Command): void {
  program
    .command("words")
    .description("show the embeddings of a trained model: neighbours, analogies, a map in two dimensions")
    .argument("<dir>", "the folder that `train --out` wrote")
    .option("--table <name>", "the weight with a row for each symbol (default: the only one)")
    .option("--neighbours <symbol>", "print the symbols whose rows are nearest, with the cosine of the angle")
    .option("--analogy <terms>", 'print the symbols nearest to a sum of rows: "king - man + woman"')
    .option("--top <n>", "the number of symbols to print", count, 10)
    .option("-o, --out <file.svg>", "draw a map")
    .addOption(new Option("--by <method>", "how rows become points").choices([...MAP_METHODS]).default("pca"))
    .option("--only <symbols>", "the symbols on the map: a,b,c")
    .addHelpText("after", HELP)
    .action(words);
}

async function words(dir: string, options: Options): Promise<void> {
  const { neighbours, analogy, out } = options;
  if (neighbours === undefined && analogy === undefined && out === undefined)
    throw new UserError("nothing to show: give --neighbours, --analogy or --out");
  const model = await openSpecOrFolder(dir, { set: [], include: [], target: "reference" });
  try {
    const embedded = await embeddedIn(model, options.table);
    if (neighbours !== undefined) print(nearestTo(embedded, idOf(embedded, neighbours), options.top));
    if (analogy !== undefined) print(analogous(embedded, analogy, options.top));
    if (out !== undefined) {
      writeAtomically(out, await drawn(embedded, options));
      print(out);
    }
  } finally {
    model.dispose();
  }
}

/** The rows of a table by their symbols. */
interface Embedded {
  readonly name: string;
  readonly symbols: readonly string[];
  readonly rows: readonly Vector[];
}

/** Throws a UserError if there is no such table of symbols, or more than one to choose from. */
async function embeddedIn(model: CompiledModel, given: string | undefined): Promise<Embedded> {
  const inputs = textInputs(model);
  const tables = model.parameters.filter(
    ({ shape }) => shape.length === 2 && inputs.some(({ size }) => size === shape[0]),
  );
  const names = tables.map(({ name }) => name);
  if (given !== undefined) refuseUnknown([given], names, `\`${model.name}\` has no table of symbols`);
  const [only, ...others] = given === undefined ? names.filter((name) => name.endsWith(".table")) : [given];
  if (only === undefined) throw new UserError(`\`${model.name}\` has no table of symbols`);
  if (others.length > 0)
    throw new UserError(
      `\`${model.name}\` has several tables: choose one of ${[only, ...others].join(", ")} with --table`,
    );
  const size = tables.find(({ name }) => name === only)?.shape[0];
  const input = inputs.find((each) => each.size === size)?.name ?? "";
  const array = (await model.weights()).get(only);
  const rows = array === undefined ? [] : rowsOf(array);
  return { name: only, rows, symbols: model.vocabulary(input).decodeEach(rows.keys()) };
}

function idOf({ symbols, name }: Embedded, symbol: string): number {
  refuseUnknown([symbol], symbols, `\`${name}\` has no symbol`);
  return symbols.indexOf(symbol);
}

function nearestTo({ rows, symbols }: Embedded, of: number, top: number): string {
  const found = neighboursOf(rows, of, top);
  return table([
    ["symbol", "cosine"],
    ...found.map(({ row, cosine }) => [JSON.stringify(symbols[row] ?? ""), cosine.toFixed(4)]),
  ]);
}

/** The rows nearest to a sum; those of its terms are left out. */
function analogous(embedded: Embedded, terms: string, top: number): string {
  const parts = [...terms.matchAll(/([+-]?)\s*([^\s+-]+)/gu)].map(([, sign, symbol = ""]) => ({
    factor: sign === "-" ? -1 : 1,
    id: idOf(embedded, symbol),
  }));
  const { rows, symbols, name } = embedded;
  const sum = (rows[0] ?? []).map((_, element) =>
    parts.reduce((total, { factor, id }) => total + factor * (unit(rows[id] ?? [])[element] ?? NaN), 0),
  );
  const others = symbols
    .map((symbol, id) => ({ symbol, row: rows[id] ?? [], id }))
    .filter(({ id }) => parts.every((part) => part.id !== id));
  return nearestTo(
    { name, symbols: ["", ...others.map(({ symbol }) => symbol)], rows: [sum, ...others.map(({ row }) => row)] },
    0,
    top,
  );
}

function unit(row: Vector): Vector {
  const length = Math.hypot(...row);
  return row.map((value) => value / length);
}

async function drawn(embedded: Embedded, { by, only }: Options): Promise<string> {
  const { symbols, rows, name } = embedded;
  const ids =
    only === undefined ? [...rows.keys()].slice(0, MOST) : namesIn(only).map((symbol) => idOf(embedded, symbol));
  const points = await mapOf(
    ids.map((id) => rows[id] ?? []),
    by,
  );
  return drawPoints(
    name,
    points.map(([x, y], index) => ({ x, y, name: visibleSymbol(symbols[ids[index] ?? 0] ?? "") })),
  );
}

// `recurra show DIR --inputs row.json --what d.a`: draws values inside a trained model as colours, over the symbols of a row.
import { extname } from "node:path";
import type { Command } from "commander";
import { drawTables, drawTablesInLines } from "../../draw/heat-map.ts";
import { UserError } from "../../base/diagnostic.ts";
import { writeAtomically } from "../../files/files.ts";
import type { CompiledModel } from "../../library/types.ts";
import { TARGET_CHOICES } from "../../targets/registry.ts";
import { colouredPage } from "../coloured-page.ts";
import { readJsonObject } from "../json-object.ts";
import { namesIn } from "../name-list.ts";
import { count, gridOption } from "../numbers.ts";
import { openSpecOrFolder } from "../open-spec-or-folder.ts";
import { print } from "../output.ts";
import { textInputs } from "../text-inputs.ts";
import { picturesOf, tablesOf, type Grid, type Symbols } from "../shown-tables.ts";

interface Options {
  readonly inputs: string;
  readonly what: string;
  readonly out: string;
  readonly units: number;
  readonly picture?: Grid;
  readonly target: string;
}

/** The pictures in a line. */
const IN_LINE = 6;

const HELP = `
The row is an object, as a line of the training data: { "source": "abc" }. What a model writes itself is predicted first.
Values are named as in \`predict --show\`: e is an equation, d.a a value of the cell that the equation d applies.

Examples:
  echo '{ "source": "the cat" }' | recurra show runs/translate --inputs - --what dec.a -o attention.svg
  echo '{ "text": "Call me Ishmael." }' | recurra show runs/book --inputs - --what h.layer0.f,h.layer0.i -o gates.svg
  echo '{ "text": "Call me Ishmael." }' | recurra show runs/book --inputs - --what h.layer0.c -o memory.html
  recurra show runs/caption --inputs digit.json --what h.a --picture 7x7 -o looked-at.svg
`;

export function register(program: Command): void {
  program
    .command("show")
    .description("draw values inside a trained model as colours: attention over symbols, gates along a sentence")
    .argument("<dir>", "the folder that `train --out` wrote")
    .requiredOption("--inputs <file>", "a row of data, in a JSON file (`-`: standard input)")
    .requiredOption("--what <names>", "values by their names: `d.a`, `h.layer0.f,h.layer0.i`")
    .requiredOption("-o, --out <file>", "a heat map of each value (.svg), or a text coloured by each element (.html)")
    .option("--units <n>", "elements of each value, the first ones", count, 32)
    .option(
      "--picture <RxC>",
      "elements are parts of a picture, in R lines of C: a picture for each step (.svg)",
      gridOption,
    )
    .option("--target <name>", `what to run on: ${TARGET_CHOICES.join(", ")}`, "reference")
    .addHelpText("after", HELP)
    .action(show);
}

async function show(dir: string, { inputs: file, what, out, units, picture, target }: Options): Promise<void> {
  const kind = extname(out);
  if (kind !== ".svg" && (kind !== ".html" || picture !== undefined))
    throw new UserError(`${out}: expected a file NAME.svg${picture === undefined ? " or NAME.html" : ""}`);
  const model = await openSpecOrFolder(dir, { set: [], include: [], target });
  try {
    const row = await completeRow(model, readJsonObject(file, "fields of a row"));
    const { arrays } = await model.encode([row]);
    const trace = await model.trace(arrays, { show: namesIn(what) });
    const wanted = trace.values.filter(({ name }) => namesIn(what).includes(name));
    const symbols = symbolsIn(model, arrays);
    const tables = picture === undefined ? tablesOf(wanted, symbols, units) : picturesOf(wanted, symbols, picture);
    if (kind === ".html") writeAtomically(out, colouredPage(model.name, tables));
    else if (picture === undefined) writeAtomically(out, await drawTables(model.name, tables));
    else writeAtomically(out, await drawTablesInLines(model.name, tables, IN_LINE));
    print(out);
  } finally {
    model.dispose();
  }
}

type Row = Parameters<CompiledModel["encode"]>[0][number];

/** With what the model writes itself, if the row does not have it. */
async function completeRow(model: CompiledModel, given: Readonly<Record<string, unknown>>): Promise<Row> {
  const row: Row = given;
  const isMissing = model.inputs.some(({ name, role }) => role === "target" && row[name] === undefined);
  if (!isMissing) return row;
  const [predicted = {}] = await model.predict([row]);
  const missing = model.inputs.flatMap(({ name, role }): [string, unknown][] =>
    role === "target" && row[name] === undefined && predicted[name] !== undefined ? [[name, predicted[name]]] : [],
  );
  return { ...row, ...Object.fromEntries(missing) };
}

/** The symbols of each text in a row, by the names of inputs. */
function symbolsIn(model: CompiledModel, arrays: Parameters<CompiledModel["run"]>[0]): Symbols {
  return new Map(
    textInputs(model).flatMap(({ name }): [string, readonly string[]][] => {
      const array = arrays[name];
      if (typeof array !== "object" || array === null || !("data" in array)) return [];
      return [[name, model.vocabulary(name).decodeEach(Array.from(array.data))]];
    }),
  );
}

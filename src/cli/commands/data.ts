// `recurra data [NAME]`: lists data sets, or writes the files of one of them.
import { join } from "node:path";
import { Argument, type Command } from "commander";
import { bytesText } from "../../base/bytes-text.ts";
import { UserError } from "../../base/diagnostic.ts";
import type { Choices, DataSet, OptionName, Part, Source } from "../../datasets/data-set.ts";
import { DATA_SETS } from "../../datasets/list.ts";
import { writeAtomically } from "../../files/files.ts";
import { count, positive, wholeNumber } from "../numbers.ts";
import { print } from "../output.ts";
import { table } from "../table.ts";

interface Options extends Omit<Choices, "text"> {
  readonly out?: string;
}

const HELP = `
Without a name it lists the data sets. A folder gets a part for training, one for validation and one for tests.
The same options write the same files.

Examples:
  recurra data
  recurra data phonemes
  recurra data adding --length 400 --rows 20000 -o data/adding400
  recurra data skipgram book.txt --window 5 --negative 5
`;

export function register(program: Command): void {
  program
    .command("data")
    .description("write real or drawn data to train on, or list what there is")
    .addArgument(new Argument("[name]", "a data set").choices(DATA_SETS.map(({ name }) => name)))
    .argument("[text]", "for skipgram and cbow: the text (UTF-8) whose words are taken")
    .option("-o, --out <dir>", "the folder to write to (default: data/NAME)")
    .option("--rows <n>", "rows for training at most; each of the other parts has a tenth of it", count)
    .option("--seed <n>", "for what is drawn, and for the order of rows (default: 1)", wholeNumber)
    .option("--length <n>", "the number of steps, for adding and copy", count)
    .option("--window <n>", "words on each side, for skipgram and cbow (default: 5)", count)
    .option("--negative <n>", "drawn words for each real one, for skipgram and cbow (default: 5)", count)
    .option("--min-count <n>", "leave out rarer words, for skipgram and cbow (default: 5)", count)
    .option("--frequent <share>", "leave out many of the words with a larger share (default: 0.001)", positive)
    .addHelpText("after", HELP)
    .action(data);
}

async function data(name: string | undefined, text: string | undefined, options: Options): Promise<void> {
  if (name === undefined) {
    print(list());
    return;
  }
  const found = DATA_SETS.find((each) => each.name === name);
  if (found === undefined) throw new UserError(`there is no data set \`${name}\``);
  await write(found, options, text === undefined ? {} : { text });
}

function list(): string {
  const rows = DATA_SETS.map(({ name, holds, source, size }) => [name, holds, ...sourceCells(source), size]);
  return table([["name", "what the files hold", "from", "licence", "size"], ...rows]);
}

function sourceCells(source: Source): readonly string[] {
  switch (source.kind) {
    case "package":
      return [source.package, source.licence];
    case "drawn":
      return ["drawn", "-"];
    case "text":
      return ["a text of yours", "-"];
  }
}

async function write(
  set: DataSet,
  { out = join("data", set.name), ...options }: Options,
  text: Choices,
): Promise<void> {
  const choices: Choices = { ...options, ...text };
  refuseOthers(set, choices);
  const parts = await set.make(choices);
  print(about(set));
  for (const [part, content] of Object.entries(parts)) print(writePart(join(out, part), content));
}

/** A UserError if a choice has no meaning for this data set. */
function refuseOthers(set: DataSet, choices: Choices): void {
  const given = Object.entries(choices).flatMap(([key, value]) => (value === undefined ? [] : [key]));
  const [wrong] = given.filter((key) => !set.takes.some((each) => each === key));
  if (wrong !== undefined) throw new UserError(`\`${set.name}\` does not take ${WRITTEN.get(wrong) ?? wrong}`);
}

const WRITTEN: ReadonlyMap<string, string> = new Map<OptionName, string>([
  ["text", "a text"],
  ["rows", "--rows"],
  ["seed", "--seed"],
  ["length", "--length"],
  ["window", "--window"],
  ["negative", "--negative"],
  ["minCount", "--min-count"],
  ["frequent", "--frequent"],
]);

function about({ name, holds, fields, source }: DataSet): string {
  const lines = [`${name}: ${holds}`, ...sourceLines(source)];
  return [...lines, ...(fields.length === 0 ? [] : [`fields: ${fields.join("; ")}`])].join("\n");
}

function sourceLines(source: Source): readonly string[] {
  switch (source.kind) {
    case "package":
      return [`from the package ${source.package} (${source.installed}), licence ${source.licence}`];
    case "drawn":
      return [`drawn as in ${source.paper}`];
    case "text":
      return [];
  }
}

/** Writes one file, `path` with an ending that fits, and says what was written. */
function writePart(path: string, part: Part): string {
  const isText = typeof part === "string";
  const content = isText ? Buffer.from(part) : linesOf(part);
  const file = `${path}.${isText ? "txt" : "jsonl"}`;
  writeAtomically(file, content);
  return `${file}: ${isText ? "" : `${part.length} rows, `}${bytesText(content.length)}`;
}

/** Rows that are made into one text. All of them may be longer than a text can be, which is half a gigabyte. */
const AT_ONCE = 10_000;

function linesOf(rows: readonly object[]): Buffer {
  const pieces = Array.from({ length: Math.ceil(rows.length / AT_ONCE) }, (_, piece) => {
    const some = rows.slice(piece * AT_ONCE, (piece + 1) * AT_ONCE);
    return Buffer.from(some.map((row) => `${JSON.stringify(row)}\n`).join(""));
  });
  return Buffer.concat(pieces);
}

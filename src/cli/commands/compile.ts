// `recurra compile SPEC|DIR`: writes a cell or a trained model in a form that runs without the compiler.
import { basename, dirname, extname, join } from "node:path";
import { Option, type Command } from "commander";
import { UserError } from "../../base/diagnostic.ts";
import { DEFAULT_FORMAT, formatNamed, FORMATS } from "../../export/formats.ts";
import type { ExportedFile, WeightType } from "../../export/request.ts";
import { writeAtomically } from "../../files/files.ts";
import type { Choice } from "../../library/choose.ts";
import { isFolder, openSpecOrFolder } from "../open-spec-or-folder.ts";
import { print } from "../output.ts";
import { addChoice, includeOption, setOption, type Given, type Included } from "../select.ts";
import { storedLoss } from "../stored-loss.ts";

interface Options extends Choice, Included {
  readonly weights?: string;
  readonly format: string;
  readonly out: string;
  readonly name?: string;
  readonly dtype: WeightType;
  readonly weightsFile?: boolean;
  readonly training?: boolean;
  readonly data?: string;
  readonly set: readonly Given[];
}

const HELP = `
Formats:
${FORMATS.map(({ name, doc }) => `  ${name.padEnd(9)} ${doc}`).join("\n")}

A spec alone is written with its first weights. Give sizes that come from data, such as I of an input, with --set.

Examples:
  recurra compile runs/book -o book.mjs
  recurra compile runs/book --dtype int8 --data chapter.txt -o book.mjs
  recurra compile specs/cells/gru.rec --cell GRU --set H=64 --set I=8 -o gru.mjs
`;

export function register(program: Command): void {
  const command = program
    .command("compile")
    .description("write a cell or a trained model as files that run without the compiler")
    .argument("<spec|dir>", "a spec file, or the folder that `train --out` wrote")
    .option("--weights <file>", "weights for a spec by its names: safetensors or JSON")
    .addOption(
      new Option("--format <name>", "what to write").choices(FORMATS.map(({ name }) => name)).default(DEFAULT_FORMAT),
    )
    .option("-o, --out <path>", "a folder, or the main file with its extension", ".")
    .option("--name <name>", "the prefix of identifiers and file names (default: the name of the cell or model)")
    .addOption(new Option("--dtype <type>", "how weights are stored").choices(["f32", "f16", "int8"]).default("f32"))
    .option("--weights-file", "write the weights to a file of their own")
    .option("--training", "let a module train further, as on a page (tfjs, pytorch and jax always can)")
    .option("--data <file>", "print the loss on these held-out data, with f32 weights and as --dtype stores them")
    .addOption(setOption())
    .addOption(includeOption())
    .addHelpText("after", HELP);
  addChoice(command).action(async (path: string, options: Options) => {
    const { folder, stem } = placeOf(options);
    const model = await openSpecOrFolder(path, options);
    try {
      const name = options.name ?? stem;
      const files = await model.compile({
        format: options.format,
        weightType: options.dtype,
        ...(name === undefined ? {} : { name }),
        ...(options.weightsFile === undefined ? {} : { weightsFile: options.weightsFile }),
        ...(options.training === undefined ? {} : { training: options.training }),
      });
      const losses = options.data === undefined ? [] : await storedLoss(model, options.data, options.dtype);
      for (const { name: file, content } of files) writeAtomically(join(folder, file), content);
      print([...files.map((file) => lineOf(folder, file)), ...losses].join("\n"));
    } finally {
      model.dispose();
    }
  });
}

/** `-o book.mjs` names the main file, and with it the others; `-o out` names a folder. Throws a UserError for a file of another format. */
function placeOf({ out, format }: Options): { readonly folder: string; readonly stem: string | undefined } {
  const extension = extname(out);
  if (extension === "" || isFolder(out)) return { folder: out, stem: undefined };
  const stem = basename(out, extension);
  const own = formatNamed(format).extension;
  if (extension === own) return { folder: dirname(out), stem };
  const others = FORMATS.flatMap((each) => (each.extension === extension ? [`\`--format ${each.name}\``] : []));
  const help =
    others.length > 0 ? `add ${others.join(" or ")}` : `write \`-o ${join(dirname(out), stem)}${own}\`, or a folder`;
  throw new UserError(`\`-o ${out}\`: the main file of the format \`${format}\` ends with ${own}: ${help}`);
}

function lineOf(folder: string, file: ExportedFile): string {
  const line = `${join(folder, file.name)}  ${bytesOf(file)} bytes`;
  return file.note === undefined ? line : `${line}; ${file.note}`;
}

function bytesOf({ content }: ExportedFile): number {
  return typeof content === "string" ? Buffer.byteLength(content) : content.byteLength;
}

// `recurra emit --stage NAME FILE`: prints the program at one stage of the compiler.
import type { Command } from "commander";
import { chosenOrFirst, type Choice } from "../../library/choose.ts";
import { DEFAULT_TARGET, unrollingOn } from "../../targets/registry.ts";
import type { Unrolling } from "../../time/unroll-choice.ts";
import { count, unrollingOption } from "../numbers.ts";
import { print } from "../output.ts";
import {
  addChoice,
  includeOption,
  openSpec,
  readSpecFile,
  setOption,
  staticsFrom,
  withGivenCells,
  type Given,
  type Included,
} from "../select.ts";
import { fileAt, graphAt, listStages, stageNamed } from "../stages.ts";
import { isCode, codeAt } from "../stages-code.ts";

interface Options extends Choice, Included {
  readonly stage: string;
  readonly set: readonly Given[];
  readonly ragged?: boolean;
  readonly unroll: Unrolling | "auto";
  readonly length: number;
}

const HELP = `
Sizes that are not given stay names. In the stages of a target they are 128, and B is 1. A printed graph can be read back.

Examples:
  recurra emit --stage list
  recurra emit --stage graph specs/cells/lstm.rec
  recurra emit --stage final --unroll full --length 4 specs/cells/lstm.rec
  recurra emit --stage step --ragged specs/models/translate.rec
  recurra emit --stage final --cell PeepholeLSTM --set H=4 specs/cells/lstm.rec
  recurra emit --stage plan --set H=64 --set I=32 --set B=16 --length 50 specs/cells/lstm.rec
`;

export function register(program: Command): void {
  const command = program
    .command("emit")
    .description("print a cell or model at one stage of the compiler")
    .argument("[file]", "the spec file")
    .requiredOption("--stage <name>", "the stage; `list` lists them")
    .option("--ragged", "each example has its own length")
    .option(
      "--unroll <how>",
      "unroll the final stage: none, full, auto, or N steps in each iteration",
      unrollingOption,
      "none",
    )
    .option("--length <n>", "the length of sequences, for --unroll full and the stages of the target", count, 8)
    .addOption(setOption())
    .addOption(includeOption())
    .addHelpText("after", HELP);
  addChoice(command).action((path: string | undefined, options: Options) => {
    if (options.stage === "list") {
      print(listStages());
      return;
    }
    if (path === undefined) return command.error("error: missing required argument 'file'");
    const stage = stageNamed(options.stage);
    if (stage.name === "source") {
      print(readSpecFile(path).text);
      return;
    }
    const scope = openSpec(path, options);
    const { definition, numbers } = withGivenCells(chosenOrFirst(scope, options), options.set, path, options);
    if (isCode(stage)) {
      print(
        codeAt(stage, {
          definition,
          assignments: numbers,
          isRagged: options.ragged === true,
          length: options.length,
        }),
      );
      return;
    }
    const job = {
      definition,
      statics: staticsFrom(definition, numbers),
      isRagged: options.ragged === true,
      unroll: options.unroll === "auto" ? unrollingOn(DEFAULT_TARGET, options.length).choice : options.unroll,
      length: options.length,
    };
    print(fileAt(stage, scope) ?? graphAt(stage, job));
  });
}

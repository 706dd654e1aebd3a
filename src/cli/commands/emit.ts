// `recurra emit --stage NAME FILE`: the program at one stage of the compiler, as text.
import type { Command } from "commander";
import { decideUnrolling, type Unrolling } from "../../time/unroll-choice.ts";
import { count, unrollingOption } from "../numbers.ts";
import { print } from "../output.ts";
import {
  addChoice,
  chooseDefinition,
  openSpec,
  readSpecFile,
  setOption,
  staticsFrom,
  type Assignment,
  type Choice,
} from "../select.ts";
import { fileAt, graphAt, listStages, stageNamed } from "../stages.ts";

interface Options extends Choice {
  readonly stage: string;
  readonly set: readonly Assignment[];
  readonly ragged?: boolean;
  readonly unroll: Unrolling | "auto";
  readonly length: number;
}

const HELP = `
Sizes that are not given stay names. A graph that was printed can be read back.

Examples:
  recurra emit --stage list
  recurra emit --stage graph specs/cells/lstm.rec
  recurra emit --stage final --unroll full --length 4 specs/cells/lstm.rec
  recurra emit --stage step --ragged specs/models/translate.rec
  recurra emit --stage final --cell PeepholeLSTM --set H=4 specs/cells/lstm.rec
`;

export function register(program: Command): void {
  const command = program
    .command("emit")
    .description("print a cell or model at one stage of the compiler")
    .argument("[file]", "the spec file")
    .requiredOption("--stage <name>", "the stage; `list` lists them")
    .option("--ragged", "examples have lengths of their own")
    .option(
      "--unroll <how>",
      "unroll the final stage: none, full, auto, or so many steps a turn",
      unrollingOption,
      "none",
    )
    .option("--length <n>", "the length of sequences, which --unroll full writes out", count, 8)
    .addOption(setOption())
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
    const scope = openSpec(path);
    const definition = chooseDefinition(scope, options);
    const job = {
      definition,
      statics: staticsFrom(definition, options.set),
      isRagged: options.ragged === true,
      unroll: options.unroll === "auto" ? decideUnrolling("tfjs-wasm", options.length).choice : options.unroll,
      length: options.length,
    };
    print(fileAt(stage, scope) ?? graphAt(stage, job));
  });
}

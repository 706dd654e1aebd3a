// `recurra import FILE`: reads what another system has written, with `--into` as weights, with `--spec` as a spec.
import { existsSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { Option, type Command } from "commander";
import { UserError } from "../../base/diagnostic.ts";
import { writeSafetensors, type Tensor } from "../../checkpoint/safetensors.ts";
import { readBytes, writeAtomically } from "../../files/files.ts";
import { importOnnx } from "../../import/onnx/import.ts";
import { isSafetensors } from "../../import/weights/read.ts";
import { importInto, type ImportIntoOptions } from "../import-into.ts";
import { print } from "../output.ts";
import { addChoice, includeOption, setOption } from "../select.ts";

interface Options extends Omit<ImportIntoOptions, "into"> {
  readonly spec?: boolean;
  readonly into?: string;
  readonly name?: string;
}

const HELP = `
With --into, the weights of the file become those of a spec. The file is a PyTorch state_dict or Keras weights as safetensors, or an ONNX
model. LSTM, GRU and RNN layers, linear layers and embeddings find their places by what they compute, their shapes and their names. If
anything is left, it is printed and nothing is written; --map then says what belongs where:
  fc.weight=logits.h                        an array is a weight
  "weight_ih_l0[0:64]=f.x"                  some rows of an array
  "kernel.T[0:64]=f.x"                      some rows of its transpose
  "bias_ih_l0[0:64]+bias_hh_l0[0:64]=f.b"   a sum
  "fc.weight=gates.x[0:64]"                 some rows of a weight
  encoder.rnn=enc                           a layer is a layer
  decoder=                                  these arrays are left out
  =logits.h                                 this weight keeps its first values
-o NAME.safetensors writes a file for compile --weights, and -o DIR a folder as train --out does.

With --spec, an ONNX model of LSTM, GRU or RNN operators and the layers around them becomes a spec and a file of its weights.
Its inputs and outputs get the names of the graph's, and have the batch first.

Examples:
  recurra import state.safetensors --into specs/cells/lstm.rec --cell LSTM -o lstm.safetensors
  recurra import keras.safetensors --into mine.rec --map encoder/lstm=enc -o runs/mine
  recurra import model.onnx --spec -o imported
  recurra compile imported/model.rec --weights imported/model.safetensors -o model.mjs
`;

export function register(program: Command): void {
  const command = program
    .command("import")
    .description("read a model or weights that another system has written")
    .argument("<file>", "a safetensors file or an ONNX model")
    .addOption(new Option("--into <spec>", "put its weights into this spec").conflicts("spec"))
    .option("--spec", "write a spec and its weights")
    .addOption(
      new Option("--map <theirs=ours>", "what belongs where; may be repeated")
        .argParser((entry: string, before: readonly string[]) => [...before, entry])
        .default([], "what fits"),
    )
    .option("-o, --out <path>", "where to write to (default of --spec: this folder)")
    .option("--name <name>", "with --spec, the name of the model and its files (default: the file's)")
    .addOption(setOption())
    .addOption(includeOption())
    .addHelpText("after", HELP);
  addChoice(command, "the spec's first model, or else its first cell").action(
    async (file: string, { into, ...options }: Options) => {
      const beside = fileBeside(file);
      if (into !== undefined) await importInto(file, { ...options, into }, beside);
      else if (options.spec === true) writeSpec(file, options, beside);
      else
        throw new UserError("say what to import it as: --into SPEC puts its weights into a spec, --spec writes a spec");
    },
  );
}

type FileBeside = (name: string) => Uint8Array | undefined;

function fileBeside(file: string): FileBeside {
  return (name) => {
    const path = join(dirname(file), name);
    return existsSync(path) ? readBytes(path) : undefined;
  };
}

/** Throws a UserError that names the file. */
function readSpec(file: string, name: string, beside: FileBeside): ReturnType<typeof importOnnx> {
  const bytes = readBytes(file);
  if (isSafetensors(bytes))
    throw new UserError(
      `${file}: this is a safetensors file, which has weights only, but --spec needs an ONNX model: \`--into SPEC\` puts its weights into a spec`,
    );
  try {
    return importOnnx(bytes, name, beside);
  } catch (problem) {
    throw problem instanceof UserError ? new UserError(`${file}: ${problem.message}`) : problem;
  }
}

/** Writes NAME.rec and NAME.safetensors. */
function writeSpec(file: string, { out = ".", name }: Options, beside: FileBeside): void {
  const spec = readSpec(file, name ?? basename(file, extname(file)), beside);
  const tensors = new Map(
    [...spec.weights].map(([path, { shape, data }]): [string, Tensor] => [
      path,
      { dtype: "F32", shape, data: Float32Array.from(data) },
    ]),
  );
  const text = join(out, `${spec.name}.rec`);
  const weights = join(out, `${spec.name}.safetensors`);
  writeAtomically(text, spec.text);
  writeAtomically(weights, writeSafetensors({ tensors, metadata: {} }));
  print(`${text}  ${spec.text.split("\n").length - 1} lines\n${weights}  ${tensors.size} weights`);
}

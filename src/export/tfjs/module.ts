// The file of the format `tfjs`: functions that a person could have written, and what offers them as a model.
import { argumentLines, resultLine, valuesLine } from "../source/described.ts";
import { prepare, type Prepared } from "../source/prepare.ts";
import { oneLine } from "../source/one-line.ts";
import type { ExportRequest } from "../request.ts";
import { definitionText } from "./definition.ts";
import { descriptionText, type Stored } from "./description-text.ts";
import { LANGUAGE } from "./language.ts";
import { HELPERS, MODEL } from "./runtime.generated.ts";
import { stepOf, type Step } from "./step.ts";

/** The functions of a file. */
export interface Parts {
  readonly prepared: Prepared;
  readonly step: Step | undefined;
}

export function partsOf(request: ExportRequest): Parts {
  const prepared = prepare(request, LANGUAGE);
  return { prepared, step: stepOf(request, prepared) };
}

export function moduleText(request: ExportRequest, { prepared, step }: Parts, stored: Stored): string {
  const own = [
    ...prepared.functions.cells,
    ...(step?.functions.cells ?? []),
    ...mainFunctions(request, prepared),
    ...(step === undefined ? [] : [stepFunction(step)]),
  ];
  const parts = [
    `${header(request)}\nimport * as tf from "@tensorflow/tfjs";`,
    ...own,
    ...helpersOf([...own, MODEL].join("\n")),
    `// What follows is the same in each file: it offers the functions above as a model.`,
    MODEL,
    descriptionText(prepared, step, stored),
    LOAD,
  ];
  return `${parts.join("\n\n")}\n`;
}

function header({ madeFrom, name }: ExportRequest): string {
  return [
    `// ${oneLine(madeFrom)}. Generated: do not edit.`,
    `//`,
    `//     import { load } from "./${name}.mjs";`,
    `//     const model = await load();`,
    `//`,
    `// Tensors come batch first. Inside, steps come first: [T, B, ...].`,
  ].join("\n");
}

/** The functions that a text calls, and those that they call. */
function helpersOf(text: string): readonly string[] {
  const found = new Set<string>();
  const add = (code: string): void => {
    for (const [, name = ""] of code.matchAll(/(?<![\w.$])(\w+)\(/g)) {
      const helper = Object.hasOwn(HELPERS, name) ? HELPERS[name] : undefined;
      if (helper === undefined || found.has(name)) continue;
      found.add(name);
      add(helper);
    }
  };
  add(text);
  return [...found].sort().map((name) => HELPERS[name] ?? "");
}

function mainFunctions({ sizes }: ExportRequest, { program, functions }: Prepared): readonly string[] {
  const { forward, values, loss, outputs, states } = functions;
  return [
    ...(values === undefined ? [] : [definitionText("values", values, [valuesLine("forward")])]),
    definitionText("forward", forward, [
      ...argumentLines(forward.arguments, sizes),
      resultLine(program, outputs, states, sizes),
    ]),
    ...(loss === null
      ? []
      : [definitionText("losses", loss, [...argumentLines(loss.arguments, sizes), "Returns the loss."])]),
  ];
}

function stepFunction({ program, functions, file }: Step): string {
  const { forward, outputs, states } = functions;
  return definitionText("step", forward, [
    "One step: times have one.",
    ...argumentLines(forward.arguments, file.sizes),
    resultLine(program, outputs, states, file.sizes),
  ]);
}

const LOAD = `/** Reads the weights, and returns the model. */
export function load(options) {
  return loadModel(DESCRIPTION, options);
}`;

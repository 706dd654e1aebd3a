// The description of a model as the constant that a file ends with.
import type { Functions } from "../source/functions.ts";
import type { Prepared } from "../source/prepare.ts";
import type { Sizes } from "../../shape/dim.ts";
import { asciiName } from "../identifiers.ts";
import { describe, isTimed, stateName, type Described } from "./description.ts";
import type { Step } from "./step.ts";
import { quoted } from "./text.ts";

export interface Stored {
  /** The file of weights in base64; null if it is beside. */
  readonly stored: string | null;
  /** The name of the file. */
  readonly file: string;
}

export function descriptionText(prepared: Prepared, step: Step | undefined, { stored, file }: Stored): string {
  const { program, functions, weights } = prepared;
  const { sizes } = prepared.file;
  const { loss } = functions;
  const whole = { graph: program.graph, states: functions.states };
  const lines = [
    `name: ${quoted(program.name)},`,
    "weights: {",
    ...weights.map(({ name, shape }) => `  ${quoted(name)}: [${shape.join(", ")}],`),
    "},",
    `frozen: [${weights.flatMap(({ name, learning }) => (learning.isFrozen ? [quoted(name)] : [])).join(", ")}],`,
    "run: {",
    ...described(describe(functions.forward, whole, sizes)),
    ...resultsText("forward", functions, () => false),
    "},",
    ...(step === undefined ? ["step: null,"] : stepText(step, sizes)),
    ...(loss === null
      ? ["loss: null,"]
      : [
          "loss: {",
          ...described(describe(loss, whole, sizes)),
          "  call: (w, ...given) => ({ loss: losses(w, ...given) }),",
          "},",
        ]),
    `stored: ${stored === null ? "null" : quoted(stored)},`,
    `file: ${stored === null ? `new URL(${quoted(`./${file}`)}, import.meta.url)` : "null"},`,
  ];
  return ["const DESCRIPTION = {", ...lines.map((line) => `  ${line}`), "};"].join("\n");
}

function stepText({ program, time, functions }: Step, sizes: Sizes): readonly string[] {
  const { graph } = program;
  return [
    "step: {",
    `  time: ${quoted(asciiName(time))},`,
    ...described(describe(functions.forward, { graph, states: functions.states }, sizes)),
    ...resultsText("step", functions, (id) => isTimed(graph.node(id).type)),
    "},",
  ];
}

function described({ inputs, lengths, states }: Described): readonly string[] {
  const listed = (name: string, items: readonly unknown[]): readonly string[] =>
    items.length === 0 ? [`  ${name}: [],`] : [`  ${name}: [`, ...items.map((each) => `    ${ascii(each)},`), "  ],"];
  return [...listed("inputs", inputs), `  lengths: ${ascii(lengths)},`, ...listed("states", states)];
}

/** What a function returns, by the names of `run`. Results of one step have no time. */
function resultsText(
  callee: string,
  { outputs, states }: Functions,
  isOneStep: (id: string) => boolean,
): readonly string[] {
  const named = outputs.map(({ key, id }) => {
    const value = outputs.length === 1 ? "outputs" : `outputs[${quoted(key)}]`;
    return `      ${quoted(key)}: ${isOneStep(id) ? `tf.squeeze(${value}, [1])` : value},`;
  });
  const carried = states.map(({ key }) => `      ${quoted(stateName(key))}: last[${quoted(key)}],`);
  return [
    "  call: (w, ...given) => {",
    `    const ${states.length === 0 ? "outputs" : "[outputs, last]"} = ${callee}(w, ...given);`,
    "    return {",
    ...named,
    ...carried,
    "    };",
    "  },",
  ];
}

/** As JSON, in ASCII. */
function ascii(value: unknown): string {
  return JSON.stringify(value).replace(/[^\x20-\x7e]/g, (unit) => quoted(unit).slice(1, -1));
}

// Decides which inputs a run needs, and which of them come step by step.
import { UserError } from "../base/diagnostic.ts";
import type { ProgramInput } from "../lang/elaborate/inputs.ts";
import type { Program } from "../lang/elaborate/program.ts";
import { readOutput, type Output } from "../graph/border.ts";
import { liveness } from "../ops/liveness.ts";
import { whyNotStepped } from "../lang/elaborate/step-by-step.ts";
import { timeName, timeOf } from "../shape/type.ts";

/** The purpose of inputs: a run, training, or writing, in which the model feeds its predictions back. */
export type InputUse = "run" | "train" | "write";

/** Whether an input must be given. A run needs no targets that are not read, and writing needs no targets; an input that is fed back is the
 * history. */
export function isNeeded(program: Program, input: ProgramInput, use: InputUse): boolean {
  const { name, role } = input;
  if (use === "train") return true;
  const prediction = program.predictions.find(({ target }) => target === name);
  const isFedBack = prediction?.isAutoregressive === true;
  return use === "write" ? isReadInUse(program, input) : role !== "target" || isFedBack;
}

/** Whether an input leads to anything but the loss: a weight of steps, for example, does not. */
export function isReadInUse({ graph }: Program, { name, role }: ProgramInput): boolean {
  if (role === "target") return false;
  const roots = [...graph.outputs].flatMap(([output, id]) => (FOR_LOSS.has(readOutput(output).kind) ? [] : [id]));
  const { nodes } = liveness(graph, roots);
  return graph.inputs().some(({ id, input }) => nodes.has(id) && input?.kind === "data" && input.name === name);
}

const FOR_LOSS: ReadonlySet<Output["kind"]> = new Set(["loss", "measure"]);

/** The only time of the inputs that come step by step, or why there is none. */
function stepTime(
  program: Program,
  needed: readonly string[],
): { readonly time: string } | { readonly reason: string } {
  const times = new Set(
    program.inputs.filter((input) => isFed(program, input)).flatMap(({ type }) => timeName(type) ?? []),
  );
  const [time, other] = times;
  if (time === undefined) return { reason: "it reads no sequence" };
  if (other !== undefined) return { reason: "it reads sequences of several lengths" };
  const reason = whyNotStepped(program.graph, time, needed);
  return reason === undefined ? { time } : { reason };
}

/** The only time of the inputs that come step by step. Throws a UserError if stepping is not possible; `use` is the action in its message. */
export function timeOfSteps(program: Program, needed: readonly string[], use: string): string {
  const found = stepTime(program, needed);
  if ("time" in found) return found.time;
  throw new UserError(`\`${program.name}\` cannot be ${use}: ${found.reason}`);
}

/** As `timeOfSteps`, or undefined if stepping is not possible. */
export function timeOfStepsIfAny(program: Program, needed: readonly string[]): string | undefined {
  const found = stepTime(program, needed);
  return "time" in found ? found.time : undefined;
}

/** Whether an input comes with each step: a sequence that `run` needs, including predictions that the model reads a step later. */
export function isFed(program: Program, input: ProgramInput): boolean {
  return input.role !== "memory" && timeOf(input.type) !== undefined && isNeeded(program, input, "run");
}

/** The names of what comes step by step or, as a target, never: all inputs but those that are given once. */
export function fedNames(program: Program): ReadonlySet<string> {
  return new Set(
    program.inputs.flatMap((input) => (isFed(program, input) || input.role === "target" ? [input.name] : [])),
  );
}

/** Whether an input is given once, when the stream starts. */
export function isGivenOnce({ role, type }: ProgramInput): boolean {
  return role === "memory" || (role === "input" && timeOf(type) === undefined);
}

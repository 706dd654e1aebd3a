// Which inputs of a program a run needs, and which of them come step by step.
import { UserError } from "../base/diagnostic.ts";
import type { ProgramInput } from "../lang/elaborate/inputs.ts";
import type { Program } from "../lang/elaborate/program.ts";
import { whyNotStepped } from "../lang/elaborate/step-by-step.ts";
import { printDim } from "../shape/dim.ts";
import { timeOf } from "../shape/type.ts";

/** What inputs are given for: a run, training, or writing, where the model gives itself what it feeds back. */
export type InputUse = "run" | "train" | "write";

/** What is predicted and not read need not be there to run; what is fed back need not be there to write. */
export function isNeeded(program: Program, { name, role }: ProgramInput, use: InputUse): boolean {
  if (use === "train") return true;
  const prediction = program.predictions.find(({ target }) => target === name);
  const isFedBack = prediction?.isAutoregressive === true;
  return use === "write" ? role !== "target" && !isFedBack : role !== "target" || isFedBack;
}

/** The only time of what is fed, along which a sequence goes on. Throws a UserError where it cannot; `use` says what was asked for. */
export function timeOfSteps(program: Program, needed: readonly string[], use: string): string {
  const refuse = (reason: string): never => {
    throw new UserError(`\`${program.name}\` cannot be ${use}: ${reason}`);
  };
  const times = new Set(
    program.inputs
      .filter((input) => isFed(program, input))
      .flatMap(({ type }) => timeOf(type) ?? [])
      .map(printDim),
  );
  const [time, other] = times;
  if (time === undefined) return refuse("it reads no sequence");
  if (other !== undefined) return refuse("it reads sequences of several lengths");
  const reason = whyNotStepped(program.graph, time, needed);
  return reason === undefined ? time : refuse(reason);
}

/** Whether it comes anew with each step: a sequence that `run` needs, also what the model predicts and reads a step later. */
export function isFed(program: Program, input: ProgramInput): boolean {
  return input.role !== "memory" && timeOf(input.type) !== undefined && isNeeded(program, input, "run");
}

/** Whether it is given once, when the stream starts. */
export function isGiven({ role, type }: ProgramInput): boolean {
  return role === "memory" || (role === "input" && timeOf(type) === undefined);
}

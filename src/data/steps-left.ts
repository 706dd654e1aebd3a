// The error for a sequence along a time such as `T÷2` that has not one step for each k steps of the sequence from which that time is made.
import { countThinned } from "../shape/thinned.ts";

interface Counted {
  readonly name: string;
  readonly steps: number;
}

export function stepsNotLeft(own: Counted, whole: Counted, every: number): string {
  const right = countThinned(whole.steps, every);
  return `\`${own.name}\` has ${own.steps} ${own.steps === 1 ? "step" : "steps"}, but \`${whole.name}\` has ${whole.steps}: one for each ${every} of them is ${right}`;
}

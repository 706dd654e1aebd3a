// `normal`, `uniform` and `gumbel`: noise of a shape, drawn in training with the numbers that `dropout` has. In use it is one value.
import type { Axis } from "../../../shape/type.ts";
import { notAllowed } from "../../messages.ts";
import { readArguments, readSizes } from "../arguments.ts";
import { BATCH, type Elaboration } from "../context.ts";
import { POISON } from "../value.ts";
import { heldNumbers, readPer } from "./dropout.ts";
import type { Form } from "./form.ts";

interface Noise {
  /** From one more function of uniform numbers in [0, 1) for each call of `draw`. */
  readonly build: (context: Elaboration, draw: () => string) => string;
  /** What it is in use. */
  readonly inUse: number;
}

const NOISES = {
  uniform: { build: (_, draw) => draw(), inUse: 0.5 },
  normal: { build: normal, inUse: 0 },
  gumbel: { build: gumbel, inUse: 0 },
} as const satisfies Readonly<Record<string, Noise>>;

export function noise(name: keyof typeof NOISES): Form {
  const { build: make, inUse }: Noise = NOISES[name];
  return (call, frame) => {
    const { context } = frame;
    const { build } = context;
    const given = readArguments(call, frame, ["shape"], ["per"]);
    const shape = given?.get("shape");
    if (given === undefined || shape === undefined) return POISON;
    const sizes = readSizes(shape, frame);
    const perStep = readPer(given.get("per"), call, frame);
    if (sizes === undefined || perStep === undefined) return POISON;
    const time = build.currentTime();
    if (perStep && time === undefined) {
      const title = `\`${name}\` has no steps in a model: nothing says how many there are`;
      return context.report(notAllowed(title, call.span, "write `per = sequence`, or draw it in a cell"));
    }
    const own = sizes.map((size): Axis => ({ tag: "plain", size }));
    if (!context.options.training) {
      const id = build.op("broadcast", [build.constant(inUse)], { type: { dtype: "float", axes: own } });
      return context.node(id, call.span, "");
    }
    const each: readonly Axis[] = [{ tag: "batch", size: BATCH }, ...own];
    const axes: readonly Axis[] = perStep && time !== undefined ? [{ tag: "time", size: time }, ...each] : each;
    const draw = (): string => heldNumbers(context, context.random(frame.path.path, { dtype: "float", axes }));
    return context.node(make(context, draw), call.span, "");
  };
}

/** sqrt(-2 log(1 - u)) cos(2π v), of Box and Muller. 1 - u is above 0. */
function normal({ build }: Elaboration, draw: () => string): string {
  const above = build.op("sub", [build.constant(1), draw()]);
  const radius = build.op("sqrt", [build.op("mul", [build.constant(-2), build.op("log", [above])])]);
  return build.op("mul", [radius, build.op("cos", [build.op("mul", [build.constant(2 * Math.PI), draw()])])]);
}

/** -log(-log(u)); half a step of 32-bit numbers keeps u above 0. */
function gumbel({ build }: Elaboration, draw: () => string): string {
  const above = build.op("max", [draw(), build.constant(2 ** -25)]);
  const inner = build.op("neg", [build.op("log", [above])]);
  return build.op("neg", [build.op("log", [inner])]);
}

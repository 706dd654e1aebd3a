// `dropout`, as the form and between the layers of a stack. Its random numbers are an input of the program.
import { hasBatch, timeOf } from "../../../shape/type.ts";
import { wrongType } from "../../messages.ts";
import { readArguments, readShare, type Call } from "../arguments.ts";
import type { Elaboration } from "../context.ts";
import { evaluate } from "../expression.ts";
import type { Frame } from "../frame.ts";
import { held } from "../padding.ts";
import { POISON, type NodeValue, type Value } from "../value.ts";

export function dropout(call: Call, frame: Frame): Value {
  const { context } = frame;
  const given = readArguments(call, frame, ["a", "p"], ["per"]);
  const [source, chance] = [given?.get("a"), given?.get("p")];
  if (source === undefined || chance === undefined) return POISON;
  const value = evaluate(source, frame);
  const a = context.float(value, source.span);
  const p = readShare(chance, frame);
  const per = given?.get("per");
  const perWord = per?.kind === "name" ? per.name : per === undefined ? "step" : "";
  if (perWord !== "step" && perWord !== "sequence")
    return context.report(wrongType("`per` must be `step` or `sequence`", per?.span ?? call.span));
  if (a === undefined || p === undefined) return POISON;
  return drop(context, a, p, perWord === "step", frame.path.path);
}

/** Keeps each element with probability 1 - p, scaled by 1 / (1 - p); in training only. */
export function drop(context: Elaboration, a: NodeValue, p: number, perStep: boolean, path: string): NodeValue {
  const { build } = context;
  if (!context.options.training || p === 0) return a;
  const type = context.type(a);
  const inScan = build.currentTime();
  const axes = type.axes.filter((axis) => axis.tag !== "time");
  const time = inScan ?? timeOf(type);
  const full = perStep && time !== undefined ? [{ tag: "time" as const, size: time }, ...axes] : axes;
  const drawn = context.random(path, { dtype: "float", axes: full });
  const random = heldNumbers(context, drawn);
  const kept = build.op("ge", [random, build.constant(p)]);
  return { ...a, id: build.op("mul", [a.id, build.op("div", [kept, build.constant(1 - p)])]) };
}

/** Beyond an example's end the numbers are those of its last step. For a weight they are not drawn for each example; then its scan is settled instead. */
function heldNumbers(context: Elaboration, drawn: string): string {
  const { region } = context.build;
  const type = context.build.type(drawn);
  if (region === null || hasBatch(type) || timeOf(type) === undefined) return held(context, drawn, 0);
  context.drawsForAll.add(region);
  return drawn;
}

// `dropout` and `zoneout`: `dropout` as the form and between the layers of a stack. Its random numbers are an input of the program.
import { hasBatch, timeOf } from "../../../shape/type.ts";
import type { Expression } from "../../ast.ts";
import { wrongType } from "../../messages.ts";
import { readArguments, readShare, type Call } from "../arguments.ts";
import type { Elaboration } from "../context.ts";
import { evaluate } from "../expression.ts";
import type { Frame } from "../frame.ts";
import { pointwise } from "../functions.ts";
import { held } from "../padding.ts";
import { operandOf } from "./form.ts";
import { POISON, type NodeValue, type Value } from "../value.ts";

export function dropout(call: Call, frame: Frame): Value {
  const { context } = frame;
  const given = readArguments(call, frame, ["a", "p"], ["per"]);
  const [source, chance] = [given?.get("a"), given?.get("p")];
  if (source === undefined || chance === undefined) return POISON;
  const value = evaluate(source, frame);
  const a = context.float(value, source.span);
  const p = readShare(chance, frame);
  const perStep = readPer(given?.get("per"), call, frame);
  if (a === undefined || p === undefined || perStep === undefined) return POISON;
  return drop(context, a, p, perStep, frame.path.path);
}

/** Keeps each element with probability 1 - p, scaled by 1 / (1 - p); in training only. */
export function drop(context: Elaboration, a: NodeValue, p: number, perStep: boolean, path: string): NodeValue {
  const { build } = context;
  if (!context.options.training || p === 0) return a;
  const kept = keptOf(context, a, p, perStep, path);
  return { ...a, id: build.op("mul", [a.id, build.op("div", [kept, build.constant(1 - p)])]) };
}

/** 1 for each element that is kept, with probability 1 - p, else 0. */
function keptOf(context: Elaboration, a: NodeValue, p: number, perStep: boolean, path: string): string {
  const { build } = context;
  const type = context.type(a);
  const axes = type.axes.filter((axis) => axis.tag !== "time");
  const time = build.currentTime() ?? timeOf(type);
  const full = perStep && time !== undefined ? [{ tag: "time" as const, size: time }, ...axes] : axes;
  const random = heldNumbers(context, context.random(path, { dtype: "float", axes: full }));
  return build.op("ge", [random, build.constant(p)]);
}

/**
 * `zoneout(new, old, p)`: each element stays the old one with probability p, in training; in use the mean of both, p * old + (1 - p) * new.
 */
export function zoneout(call: Call, frame: Frame): Value {
  const { context } = frame;
  const { build } = context;
  const given = readArguments(call, frame, ["new", "old", "p"], ["per"]);
  const chance = given?.get("p");
  if (given === undefined || chance === undefined) return POISON;
  const operands = ["new", "old"].map((name) => operandOf(given.get(name), frame)).filter((each) => each !== undefined);
  const p = readShare(chance, frame, "zoneout");
  const perStep = readPer(given.get("per"), call, frame);
  const [now, old] = operands;
  if (now === undefined || old === undefined || p === undefined || perStep === undefined) return POISON;
  const change = pointwise(context, "sub", [now, old], call.span);
  if (change.kind !== "node") return change;
  const { training } = context.options;
  // The elements themselves, and not old + (new - old), which would be rounded.
  const kept = !training || p === 0 ? build.constant(1) : keptOf(context, change, p, perStep, frame.path.path);
  if (training || p === 0) return context.op("select", [kept, now.value.id, old.value.id], call.span);
  return context.node(
    build.op("add", [old.value.id, build.op("mul", [build.constant(1 - p), change.id])]),
    call.span,
    "",
  );
}

/** Whether `per` is a step; undefined if it is neither that nor a sequence, which has been reported. */
export function readPer(per: Expression | undefined, call: Call, frame: Frame): boolean | undefined {
  const word = per?.kind === "name" ? per.name : per === undefined ? "step" : "";
  if (word === "step" || word === "sequence") return word === "step";
  frame.context.report(wrongType("`per` must be `step` or `sequence`", per?.span ?? call.span));
  return undefined;
}

/** Beyond an example's end the numbers are those of its last step. For a weight they are not drawn for each example; then its scan is settled instead. */
export function heldNumbers(context: Elaboration, drawn: string): string {
  const { region } = context.build;
  const type = context.build.type(drawn);
  if (region === null || hasBatch(type) || timeOf(type) === undefined) return held(context, drawn, 0);
  context.drawsForAll.add(region);
  return drawn;
}

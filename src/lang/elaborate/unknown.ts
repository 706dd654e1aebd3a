// A name that means nothing where it stands.
import type { Span } from "../../base/source.ts";
import { advice } from "../advice.ts";
import { unknownName, type Advice } from "../messages.ts";
import type { Frame } from "./frame.ts";
import { cellAsValue } from "./given-cell.ts";
import { POISON, type Value } from "./value.ts";

/** Reports a name that means nothing here, with what was probably meant. */
export function reportUnknown(frame: Frame, name: string, span: Span): Value {
  if (frame.scope.missing.has(name)) return POISON;
  const scoped = frame.scope.definitions.get(name);
  if (scoped !== undefined) return cellAsValue(frame.context, { kind: "named", scoped }, name, span);
  const hint = advice()?.valueHint(name, frame);
  const given: Advice = hint?.isSure === true ? { first: hint.help } : { otherwise: hint?.help };
  return frame.context.report(unknownName(name, span, frame.names(), "", given));
}

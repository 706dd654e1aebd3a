// Constants of a program, in a form that says how they depend on the sizes: most count the steps or the examples.
import type { Storage } from "../kernel/view.ts";
import type { ConstantDescription, Count } from "./description.ts";

/** A constant for one choice of sizes. */
export interface ConstantForm {
  /** What may depend on the sizes. */
  readonly numbers: readonly number[];
  /** All else, as text. */
  readonly fixed: string;
  readonly assemble: (take: () => Count) => ConstantDescription;
}

export function formOf({ kind, content }: Storage): ConstantForm {
  const isInt = kind === "int32";
  const values = typeof content === "number" ? [content] : [...(content ?? [])];
  const [first = 0, second = first] = values;
  const step = values.length > 2 ? second - first : 0;
  const atEnd = (values.at(-1) ?? 0) - first - step * (values.length - 1);
  const isRegular = values.slice(0, -1).every((value, index) => value === first + step * index);
  const numbers = [values.length, first, step, atEnd];
  if (isRegular && numbers.every((each) => Number.isFinite(each) && !Object.is(each, -0)))
    return {
      numbers,
      fixed: `${kind} progression`,
      assemble: (take) => ({ isInt, values: { count: take(), first: take(), step: take(), atEnd: take() } }),
    };
  const list = values.map((each) => (Number.isFinite(each) && !Object.is(each, -0) ? each : text(each)));
  return { numbers: [], fixed: JSON.stringify([kind, list]), assemble: () => ({ isInt, values: list }) };
}

function text(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

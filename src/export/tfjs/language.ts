// The language of the format: JavaScript with functions of tfjs.
import { atom } from "../source/expression.ts";
import type { Language } from "../source/prepare.ts";
import { flat, INDENT } from "./layout.ts";
import { atStep, writeLoop } from "./loop.ts";
import { JAVASCRIPT } from "./notation.ts";
import { OPS } from "./ops.ts";
import { HELPERS, MODEL } from "./runtime.generated.ts";
import { WORDS } from "./words.ts";

/** Functions and classes that each file defines. */
const DEFINED = [...MODEL.matchAll(/^(?:async )?(?:function|class) (\w+)/gm)].map(([, name = ""]) => name);

export const LANGUAGE: Language = {
  notation: JAVASCRIPT,
  ops: OPS,
  words: WORDS,
  style: {
    indent: INDENT,
    reserved: ["w"],
    weights: () => atom("w"),
    atStep,
    lengths: (name, full, indent) => [`${indent}${name} ??= ${flat(full)};`],
    loop: writeLoop,
    hasParts: false,
  },
  callees: { forward: "forward", values: "values", first: ["w"] },
  names: [...Object.keys(HELPERS), ...DEFINED, "forward", "values", "losses", "step"],
};

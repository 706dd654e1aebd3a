// `softmax` and `logsumexp` along an axis. A masked softmax is a function that the file defines, which gives zeros where nothing is real.
import type { Along, Words } from "../source/dialect.ts";
import { call, number } from "../source/expression.ts";
import { floats } from "../source/value.ts";
import { floatOf, operandOf } from "./shared-ops.ts";

/** `module`: what the function of this name is called in. */
export function softmaxAlong(words: Words, module: string, name: string): Along {
  return (writing) => {
    const x = operandOf(writing, 0);
    const isMasked = name === "softmax" && x.isMasked === true;
    const callee = isMasked ? writing.helper("masked_softmax") : `${module}.${name}`;
    return floats(call(callee, [floatOf(words, x), number(writing.node.attributes.axis)]));
  };
}

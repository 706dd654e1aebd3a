// Statements and functions of JavaScript.
import { atom } from "../source/expression.ts";
import type { Notation } from "../source/notation.ts";
import { flat, INDENT, laidOut } from "./layout.ts";
import { camelCase, inComment, RESERVED } from "./text.ts";

export const JAVASCRIPT: Notation = {
  flat,
  indent: INDENT,
  reserved: RESERVED,
  comment: (text) => `// ${text}`,
  assignment: (targets, value, { indent, isNew }) => {
    const [target = "", ...others] = targets;
    const left = others.length === 0 ? target : `[${targets.join(", ")}]`;
    return laidOut(`${isNew ? "const " : ""}${left} = `, value, indent);
  },
  declared: (name, indent) => [`${indent}let ${name};`],
  reassigned: (line) => line.replace(/^(\s*)const /, "$1let "),
  returned: (value, indent) => laidOut("return ", value, indent),
  statement: laidOut,
  isAbsent: (name) => atom(`${name} === undefined`),
  functionName: camelCase,
  cell: (name, parameters, doc, lines) =>
    [`/** ${inComment(doc)} */`, `function ${name}(${parameters.join(", ")}) {`, ...lines, "}"].join("\n"),
};

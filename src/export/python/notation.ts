// Statements and functions of Python.
import { atom } from "../source/expression.ts";
import type { Notation } from "../source/notation.ts";
import { flat, INDENT, laidOut, WIDTH } from "./layout.ts";
import { RESERVED, snakeCase } from "./text.ts";

export const PYTHON: Notation = {
  flat,
  indent: INDENT,
  reserved: RESERVED,
  comment: (text) => `# ${text}`,
  assignment: (targets, value, { indent }) => laidOut(`${targets.join(", ")} = `, value, indent),
  declared: () => [],
  reassigned: (line) => line,
  returned: (value, indent) => {
    const line = `${indent}return ${value.kind === "tuple" ? value.items.map(flat).join(", ") : flat(value)}`;
    return line.length <= WIDTH ? [line] : laidOut("return ", value, indent);
  },
  statement: laidOut,
  isAbsent: (name) => atom(`${name} is None`),
  functionName: snakeCase,
  cell: (name, parameters, doc, lines) =>
    [`def ${name}(${parameters.join(", ")}):`, `${INDENT}"""${doc}"""`, ...lines].join("\n"),
};

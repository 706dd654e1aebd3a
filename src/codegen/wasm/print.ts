// From a module's tree to WebAssembly text: folded instructions, named functions and locals, two spaces a level. The same
// module as `encode` writes in bytes.
import { collectFunctions, collectLocals, paramsOf } from "./collect.ts";
import { rowOf } from "./opcodes.ts";
import { type Const, type Expr, type Func, type ImportedFunc, type Memory, type Module, type Table } from "./tree.ts";

const WIDTH = 100;

/** An S-expression: a word, or a list whose first `head` items are on the opening line. */
type Sexp = string | { readonly items: readonly Sexp[]; readonly head: number };

export function print(module: Module): string {
  const { imports, functions } = collectFunctions(module);
  const exported = new Set(module.exports.map(({ name }) => name));
  const fields: readonly Sexp[] = [
    ...(module.memory === undefined ? [] : [memoryField(module.memory)]),
    ...(module.table === undefined ? [] : [tableField(module.table)]),
    ...imports.map(importField),
    ...functions.map((func) => functionField(func, exported.has(func.name))),
  ];
  return `${["(module", ...fields.map((field) => `  ${render(field, 2)}`)].join("\n")})\n`;
}

const list = (...items: readonly Sexp[]): Sexp => ({ items, head: items.length });
const tall = (heading: readonly Sexp[], body: readonly Sexp[]): Sexp => {
  return { items: [...heading, ...body], head: heading.length };
};

function memoryField({ module, name, minimum, maximum, shared = false }: Memory): Sexp {
  const limits = [minimum, ...(maximum === undefined ? [] : [maximum])].map(String);
  return list("import", quote(module), quote(name), list("memory", ...limits, ...(shared ? ["shared"] : [])));
}

function tableField({ module, name, minimum }: Table): Sexp {
  return list("import", quote(module), quote(name), list("table", String(minimum), "funcref"));
}

function importField({ module, name, params, result }: ImportedFunc): Sexp {
  const types = [
    ...(params.length === 0 ? [] : [list("param", ...params)]),
    ...(result === "none" ? [] : [list("result", result)]),
  ];
  return list("import", quote(module), quote(name), list("func", `$${name}`, ...types));
}

function functionField(func: Func, isExported: boolean): Sexp {
  const heading = [
    "func",
    `$${func.name}`,
    ...(isExported ? [list("export", quote(func.name))] : []),
    ...func.locals.map(({ name, type }) => list("param", `$${name}`, type)),
    ...(func.result === "none" ? [] : [list("result", func.result)]),
  ];
  const locals = collectLocals(func).map(({ name, type }) => list("local", `$${name}`, type));
  return tall(heading, [...locals, ...func.body.map(sexp), ...(func.value === undefined ? [] : [sexp(func.value)])]);
}

function sexp(node: Expr): Sexp {
  switch (node.kind) {
    case "local":
      return list("local.get", `$${node.name}`);
    case "const":
    case "lanes":
      return constant(node);
    case "op": {
      const offset = rowOf(node.name).align === undefined || node.offset === 0 ? [] : [`offset=${node.offset}`];
      return tall([node.name, ...offset, ...node.lanes.map(String)], node.operands.map(sexp));
    }
    case "set":
    case "tee":
      return tall([`local.${node.kind}`, `$${node.local.name}`], [sexp(node.value)]);
    case "select":
      return tall(["select"], [node.yes, node.no, node.condition].map(sexp));
    case "drop":
      return tall(["drop"], [sexp(node.value)]);
    case "call":
      return tall(["call", `$${node.callee.name}`], node.operands.map(sexp));
    case "callAt":
      return tall(
        ["call_indirect", list("param", ...paramsOf(node.operands))],
        [...node.operands, node.index].map(sexp),
      );
    case "block":
    case "loop":
      return tall([node.kind, `$${node.label}`], node.body.map(sexp));
    case "sequence":
      return tall(["block", list("result", node.type)], [...node.body, node.value].map(sexp));
    case "if": {
      const otherwise = node.no.length === 0 ? [] : [tall(["else"], node.no.map(sexp))];
      return tall(["if"], [sexp(node.condition), tall(["then"], node.yes.map(sexp)), ...otherwise]);
    }
    case "br":
      return node.condition === undefined
        ? list("br", `$${node.label}`)
        : tall(["br_if", `$${node.label}`], [sexp(node.condition)]);
    case "return":
      return tall(["return"], node.value === undefined ? [] : [sexp(node.value)]);
  }
}

function constant(node: Const): Sexp {
  if (node.type === "v128") {
    const words = node.lanes.map((lane) => (node.shape === "f32x4" ? float(Math.fround(lane)) : String(lane | 0)));
    return list("v128.const", node.shape, ...words);
  }
  const isFloat = node.type === "f32" || node.type === "f64";
  return list(
    `${node.type}.const`,
    isFloat ? float(node.type === "f32" ? Math.fround(node.value) : node.value) : `${node.value}`,
  );
}

/** The shortest decimal that reads back as the same float32, or else the same float64. */
function float(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (Object.is(value, -0)) return "-0";
  if (Math.fround(value) !== value) return String(value);
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return String(short);
  }
  return String(Number(value.toPrecision(9)));
}

const quote = (value: string): string => JSON.stringify(value);

/** On one line if it fits, except bodies of statements. */
function render(node: Sexp, indent: number): string {
  if (typeof node === "string") return node;
  const flat = flatten(node);
  if (!isBody(node) && flat.length + indent <= WIDTH) return flat;
  const inner = indent + 2;
  const heading = node.items.slice(0, node.head).map(flatten).join(" ");
  const rest = node.items.slice(node.head).map((item) => `\n${" ".repeat(inner)}${render(item, inner)}`);
  return `(${heading}${rest.join("")})`;
}

function flatten(node: Sexp): string {
  return typeof node === "string" ? node : `(${node.items.map(flatten).join(" ")})`;
}

function isBody(node: Sexp): boolean {
  if (typeof node === "string") return false;
  const [first] = node.items;
  return first === "func" || first === "block" || first === "loop" || first === "if";
}

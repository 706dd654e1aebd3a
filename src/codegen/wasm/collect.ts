// Collects the parts of a module from its exports: imported functions, functions (callees first), and each function's locals.
import { fail, invariant } from "../../base/invariant.ts";
import { type ValueType } from "./opcodes.ts";
import { type Callee, type Expr, type Func, type ImportedFunc, type Local, type Module, type Node } from "./tree.ts";

export interface Parts {
  readonly imports: readonly ImportedFunc[];
  readonly functions: readonly Func[];
  /** The parameter types of functions that are called through the table, without duplicates. */
  readonly calledAt: readonly (readonly ValueType[])[];
}

/** Each function once. Two functions with one name are an internal fault: generators must cache functions. */
export function collectFunctions(module: Module): Parts {
  const found = new Map<string, Callee>();
  const imports: ImportedFunc[] = [];
  const functions: Func[] = [];
  const calledAt = new Map<string, readonly ValueType[]>();
  const meet = (node: Node): void => {
    if (node.kind === "call") visit(node.callee);
    if (node.kind === "callAt") {
      const params = paramsOf(node.operands);
      calledAt.set(params.join(), params);
    }
  };
  const visit = (callee: Callee): void => {
    const known = found.get(callee.name);
    if (known !== undefined && known !== callee) fail("wasm", `two functions are named \`${callee.name}\``);
    if (known !== undefined) return;
    found.set(callee.name, callee);
    if (callee.kind === "import") {
      imports.push(callee);
      return;
    }
    for (const node of rootsOf(callee)) walk(node, meet);
    functions.push(callee);
  };
  module.exports.forEach(visit);
  return { imports, functions, calledAt: [...calledAt.values()] };
}

/** The parameters of a function that takes these operands. */
export function paramsOf(operands: readonly Expr[]): readonly ValueType[] {
  return operands.map(({ type }) => (type === "none" ? fail("wasm", "a statement as an operand") : type));
}

/** The locals of a function besides its parameters, grouped by type, otherwise in the order of use. */
export function collectLocals(func: Func): readonly Local[] {
  const known = new Map(func.locals.map((each) => [each.name, each] as const));
  invariant(known.size === func.locals.length, "wasm", `two parameters of \`${func.name}\` have one name`);
  const found: Local[] = [];
  const meet = (local: Local): void => {
    const type = known.get(local.name)?.type;
    if (type === undefined) {
      known.set(local.name, local);
      found.push(local);
    } else if (type !== local.type) {
      fail("wasm", `\`${local.name}\` in \`${func.name}\` is ${type} and ${local.type}`);
    }
  };
  for (const root of rootsOf(func)) {
    walk(root, (node) => {
      if (node.kind === "local") meet(node);
      if (node.kind === "set" || node.kind === "tee") meet(node.local);
    });
  }
  const types = new Set(found.map(({ type }) => type));
  return [...types].flatMap((type) => found.filter((each) => each.type === type));
}

function rootsOf(func: Func): readonly Node[] {
  return func.value === undefined ? func.body : [...func.body, func.value];
}

function walk(node: Node, visit: (node: Node) => void): void {
  visit(node);
  for (const child of children(node)) walk(child, visit);
}

/** The children of a node, in the order of evaluation. */
function children(node: Node): readonly Expr[] {
  switch (node.kind) {
    case "local":
    case "const":
    case "lanes":
      return [];
    case "op":
    case "call":
      return node.operands;
    case "callAt":
      return [...node.operands, node.index];
    case "set":
    case "tee":
    case "drop":
      return [node.value];
    case "select":
      return [node.yes, node.no, node.condition];
    case "block":
    case "loop":
      return node.body;
    case "sequence":
      return [...node.body, node.value];
    case "if":
      return [node.condition, ...node.yes, ...node.no];
    case "br":
      return node.condition === undefined ? [] : [node.condition];
    case "return":
      return node.value === undefined ? [] : [node.value];
  }
}

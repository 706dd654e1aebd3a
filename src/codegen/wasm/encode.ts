// From a module's tree to its bytes, in the binary format of the core specification. A name section holds the functions' names, for
// profilers and stack traces. A wrong label or call is an internal fault here; `WebAssembly.validate` reports all others.
import { type Bytes, section, sized, text, TYPE_CODE, unsigned, vector } from "./bytes.ts";
import { collectFunctions, paramsOf, type Parts } from "./collect.ts";
import { encodeBody, type Indices } from "./encode-body.ts";
import type { Type, ValueType } from "./opcodes.ts";
import type { Callee, Memory, Module, Table } from "./tree.ts";

const HEADER: Bytes = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

export function encode(module: Module): Uint8Array<ArrayBuffer> {
  const parts = collectFunctions(module);
  const { imports, functions } = parts;
  const callees = [...imports, ...functions];
  const types = new Types(parts);
  const numbers = new Map(callees.map(({ name }, index) => [name, index] as const));
  const indices: Indices = {
    functions: numbers,
    typeOfOperands: (operands) => types.indexOf(paramsOf(operands), "none"),
  };
  const importEntries = [
    ...(module.memory === undefined ? [] : [memoryImport(module.memory)]),
    ...(module.table === undefined ? [] : [tableImport(module.table)]),
    ...imports.map((each) => [...text(each.module), ...text(each.name), 0x00, ...types.of(each)]),
  ];
  const exportEntries = module.exports.map(({ name }) => [...text(name), 0x00, ...unsigned(numbers.get(name) ?? 0)]);
  return Uint8Array.from([
    ...HEADER,
    ...section(1, vector(types.all)),
    ...section(2, vector(importEntries)),
    ...section(3, vector(functions.map((func) => types.of(func)))),
    ...section(7, vector(exportEntries)),
    ...section(10, vector(functions.map((func) => sized(encodeBody(func, indices))))),
    ...section(0, nameSection(callees)),
  ]);
}

/** The types of functions, each once: of those that are called by name, then of those that are called through the table. */
class Types {
  readonly all: readonly Bytes[];
  readonly #indices: ReadonlyMap<string, number>;

  constructor({ imports, functions, calledAt }: Parts) {
    const named = [...imports, ...functions].map(({ params, result }) => signature(params, result));
    const throughTable = calledAt.map((params) => signature(params, "none"));
    this.all = [...new Map([...named, ...throughTable].map((bytes) => [bytes.join(), bytes] as const)).values()];
    this.#indices = new Map(this.all.map((bytes, index) => [bytes.join(), index] as const));
  }

  of({ params, result }: Callee): Bytes {
    return this.indexOf(params, result);
  }

  indexOf(params: readonly ValueType[], result: Type): Bytes {
    return unsigned(this.#indices.get(signature(params, result).join()) ?? 0);
  }
}

function signature(params: readonly ValueType[], result: Type): Bytes {
  const results = result === "none" ? [] : [[TYPE_CODE[result]]];
  return [0x60, ...vector(params.map((type) => [TYPE_CODE[type]])), ...vector(results)];
}

function memoryImport({ module, name, minimum, maximum, shared = false }: Memory): Bytes {
  const limits = maximum === undefined ? [...unsigned(minimum)] : [...unsigned(minimum), ...unsigned(maximum)];
  const flags = (maximum === undefined ? 0 : 1) + (shared ? 2 : 0);
  return [...text(module), ...text(name), 0x02, flags, ...limits];
}

function tableImport({ module, name, minimum }: Table): Bytes {
  return [...text(module), ...text(name), 0x01, 0x70, 0x00, ...unsigned(minimum)];
}

function nameSection(callees: readonly Callee[]): Bytes {
  const names = callees.map(({ name }, index) => [...unsigned(index), ...text(name)]);
  return [...text("name"), 1, ...sized(vector(names))];
}

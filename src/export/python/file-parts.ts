// Parts of a Python file that are the same for PyTorch and JAX, but for the words of the library.
import type { HelperName } from "../source/dialect.ts";
import type { WrittenFunction } from "../source/functions.ts";
import type { Prepared } from "../source/prepare.ts";
import { docstring, parameters } from "./docstring.ts";
import type { Initial, InitName } from "./initial.ts";
import { frozenTable } from "./learning.ts";

/** Puts imports behind the docstring of a file: Python's own that it needs, and those of `ours` for its code. */
function withImports(text: string, ours: (code: string) => readonly string[]): string {
  const end = text.indexOf('"""', 3) + 3;
  const code = text.slice(end);
  const imports = ["import json", ...(/\bmath\./.test(code) ? ["import math"] : []), "", ...ours(code)];
  return `${text.slice(0, end)}\n\n${imports.join("\n")}${code}`;
}

/** A shape as a tuple. */
export function tupleOf(shape: readonly number[]): string {
  return shape.length === 1 ? `(${shape.join()},)` : `(${shape.join(", ")})`;
}

/** What the file of one library is made of, with the functions that only it writes. */
export interface PythonFile {
  readonly head: string;
  imports(code: string): readonly string[];
  readonly initials: readonly Initial[];
  readonly initialTexts: Readonly<Record<InitName, string>>;
  readonly helperTexts: Readonly<Record<HelperName, string>>;
  /** The table of weights, and what stands behind it. */
  readonly weightTable: string;
  readonly afterTables: readonly string[];
  readonly main: readonly string[];
}

/** The text of a file: tables, the functions that it needs, cells, and what offers them. */
export function fileText({ helpers, functions, ...prepared }: Prepared, file: PythonFile): string {
  const parts = [
    file.head,
    ...usedInitials(file.initials).map((name) => file.initialTexts[name]),
    file.weightTable,
    ...frozenTable(prepared),
    ...file.afterTables,
    ...[...helpers].sort().map((name) => file.helperTexts[name]),
    ...(functions.cells.some((text) => text.includes("(w,")) ? [UNDER] : []),
    ...functions.cells,
    ...file.main,
  ];
  return `${withImports(parts.join("\n\n\n"), (code) => file.imports(code))}\n`;
}

function usedInitials(initials: readonly Initial[]): readonly InitName[] {
  return [...new Set(initials.flatMap(({ names }) => names))].sort();
}

/** The function that cells call for the weights of a cell within. */
const UNDER = `def under(w, prefix):
    """The weights whose names begin with a prefix, without it."""
    return {name[len(prefix) + 1 :]: value for name, value in w.items() if name.startswith(prefix + ".")}`;

/** A function whose lines are written with the indentation `body`, as a definition one level less deep. `first`: its first parameter. */
export function definition(
  name: string,
  { arguments: given, lines }: WrittenFunction,
  doc: readonly string[],
  { first, body }: { readonly first: string; readonly body: string },
): readonly string[] {
  return [`${body.slice(4)}def ${name}(${parameters([first], given)}):`, ...docstring(doc, body), ...lines];
}

/** Reads all arrays of a safetensors file. `types` are those of the library, and `flat` turns `data` of `dtype` into an array. */
export function loadArrays(library: string, flat: readonly string[]): string {
  const types = ["F32", "F64", "I32", "I64"].map((name) => {
    return `"${name}": ${library}.${name.startsWith("F") ? "float" : "int"}${name.slice(1)}`;
  });
  return `DTYPES = {${types.join(", ")}}


def load_arrays(path):
    """The arrays of a safetensors file by name."""
    with open(path, "rb") as file:
        content = file.read()
    start = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:start])
    header.pop("__metadata__", None)
    arrays = {}
    for name, entry in header.items():
        first, last = entry["data_offsets"]
${flat.map((line) => `        ${line}`).join("\n")}
        arrays[name] = flat.reshape(entry["shape"])
    return arrays`;
}

/** The body of a function that writes `arrays` to the safetensors file `path`. `bytes` turns `array` into bytes of 32-bit floats. */
export function saveArrays(arrays: string, bytes: string): string {
  return `    header, parts, offset = {}, [], 0
    for name, array in ${arrays}.items():
        part = ${bytes}
        header[name] = {
            "dtype": "F32",
            "shape": list(array.shape),
            "data_offsets": [offset, offset + len(part)],
        }
        parts.append(part)
        offset += len(part)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text + b"".join(parts))`;
}

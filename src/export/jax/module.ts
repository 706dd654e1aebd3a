// The JAX file: pure functions with `lax.scan`, their loss, and the way to and from safetensors.
import { atom, call, conditional } from "../python/expression.ts";
import { argumentLines, parameters, resultLine } from "../python/docstring.ts";
import type { WrittenFunction } from "../python/functions.ts";
import { initialOf, type Initial, type InitName, type InitWords } from "../python/initial.ts";
import { atStepInScan, writeScan } from "../python/loop-lines.ts";
import { flat, INDENT, laidOut } from "../python/layout.ts";
import { prepare, type Language, type Prepared } from "../python/prepare.ts";
import { oneLine, quoted } from "../python/text.ts";
import type { ExportRequest } from "../request.ts";
import { HELPERS, INITIAL } from "./helpers.ts";
import { OPS, WORDS } from "./ops.ts";

export const LANGUAGE: Language = {
  ops: OPS,
  words: WORDS,
  style: {
    indent: INDENT,
    reserved: ["params"],
    weights: () => atom("params"),
    atStep: (sequence) => atom(atStepInScan(sequence)),
    lengths: (name, full, indent) => {
      const given = call("jnp.asarray", [atom(name)]);
      return laidOut(`${name} = `, conditional(atom(`${name} is None`), full, given), indent);
    },
    loop: writeScan,
  },
  callees: { forward: "apply", values: "values", first: ["params"] },
  names: [
    "WEIGHTS",
    "apply",
    "init",
    "load",
    "load_arrays",
    "loss",
    "losses",
    "save",
    "under",
    "values",
    ...Object.keys(INITIAL),
  ],
};

/** Each draw of one weight has a key of its own. */
const INIT_WORDS: InitWords = {
  functionOf: (name) => (["sigmoid", "softplus"].includes(name) ? `jax.nn.${name}` : `jnp.${name}`),
  draw: (count) => [
    count === 0 ? atom("key") : call("jax.random.fold_in", [atom("key"), atom(String(count))]),
    atom("shape"),
  ],
};

export interface Written {
  readonly text: string;
  readonly prepared: Prepared;
}

export function writeModule(request: ExportRequest): Written {
  const prepared = prepare(request, LANGUAGE);
  const { functions } = prepared;
  const initials = prepared.weights.map(({ init }) => initialOf(init, INIT_WORDS));
  const parts = [
    head(request),
    ...usedInitials(initials).map((name) => INITIAL[name]),
    weightTable(prepared, initials),
    INIT,
    ...[...prepared.helpers].sort().map((name) => HELPERS[name]),
    ...(functions.cells.some((text) => text.includes("(w,")) ? [UNDER] : []),
    ...functions.cells,
    ...mainFunctions(request, prepared),
    ARRAYS,
  ];
  return { text: `${withImports(parts.join("\n\n\n"))}\n`, prepared };
}

function head({ madeFrom, name }: ExportRequest): string {
  return `"""${oneLine(madeFrom)}.

    params = load("${name}.safetensors")
    params = init(jax.random.key(0))

Arrays come batch first. Inside, steps come first: [T, B, ...].
"""`;
}

/** The imports that the text needs, behind its docstring. */
function withImports(text: string): string {
  const end = text.indexOf('"""', 3) + 3;
  const body = text.slice(end);
  const imports = [
    "import json",
    ...(/\bmath\./.test(body) ? ["import math"] : []),
    "",
    "import jax",
    "import numpy",
    ...(/\blax\./.test(body) ? ["from jax import lax"] : []),
    "from jax import numpy as jnp",
  ];
  return `${text.slice(0, end)}\n\n${imports.join("\n")}${body}`;
}

function weightTable({ weights }: Prepared, initials: readonly Initial[]): string {
  const rows = weights.map(({ name, shape }, place) => {
    const initial = initials[place];
    const shown = shape.length === 1 ? `(${shape.join()},)` : `(${shape.join(", ")})`;
    return `    ${quoted(name)}: (${shown}, ${initial === undefined ? "zeros" : asFunction(initial)}),`;
  });
  return [`# The weights by their names in the spec: shape, first values.`, "WEIGHTS = {", ...rows, "}"].join("\n");
}

function asFunction({ expression }: Initial): string {
  const text = flat(expression);
  const isPlain = expression.kind === "call" && expression.positional.length === 2 && text.endsWith("(key, shape)");
  return isPlain ? flat(expression.callee) : `lambda key, shape: ${text}`;
}

function usedInitials(initials: readonly Initial[]): readonly InitName[] {
  return [...new Set(initials.flatMap(({ names }) => names))].sort();
}

const INIT = `def init(key):
    """First values of all weights."""
    keys = jax.random.split(key, max(len(WEIGHTS), 1))
    return {name: initial(k, shape) for k, (name, (shape, initial)) in zip(keys, WEIGHTS.items())}`;

const UNDER = `def under(w, prefix):
    """The weights whose names begin with a prefix, without it."""
    return {name[len(prefix) + 1 :]: value for name, value in w.items() if name.startswith(prefix + ".")}`;

function mainFunctions({ sizes }: ExportRequest, { program, functions }: Prepared): readonly string[] {
  const { forward, values, loss, outputs, states } = functions;
  return [
    ...(values === undefined ? [] : [functionText("values", values, ["What `apply` and `losses` are made of."])]),
    functionText("apply", forward, [
      ...argumentLines(forward.arguments, sizes),
      resultLine(program, outputs, states, sizes),
    ]),
    ...(loss === null
      ? []
      : [
          functionText("losses", loss, [
            ...argumentLines(loss.arguments, sizes),
            "Returns the loss, and for each prediction its part of it with the number of values that it is a mean of.",
          ]),
          [
            `def loss(${parameters(["params"], loss.arguments)}):`,
            '    """The loss, a scalar. Its arguments are those of `losses`."""',
            `    return ${flat(call("losses", ["params", ...passed(loss)].map(atom)))}[0]`,
          ].join("\n"),
        ]),
  ];
}

function passed({ arguments: { data, lengths, hasState } }: WrittenFunction): readonly string[] {
  return [...data.map(({ name }) => name), ...lengths.map(({ name }) => name), ...(hasState ? ["state"] : [])];
}

function functionText(name: string, { arguments: given, lines }: WrittenFunction, doc: readonly string[]): string {
  return [
    `def ${name}(${parameters(["params"], given)}):`,
    ...(doc.length === 1
      ? [`${INDENT}"""${doc[0] ?? ""}"""`]
      : [`${INDENT}"""`, ...doc.map((line) => INDENT + line), `${INDENT}"""`]),
    ...lines,
  ].join("\n");
}

const ARRAYS = `DTYPES = {"F32": numpy.float32, "F64": numpy.float64, "I32": numpy.int32, "I64": numpy.int64}


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
        flat = numpy.frombuffer(content[start + first : start + last], DTYPES[entry["dtype"]])
        arrays[name] = flat.reshape(entry["shape"])
    return arrays


def load(path):
    """The weights of a safetensors file."""
    arrays = load_arrays(path)
    if arrays.keys() != WEIGHTS.keys():
        raise ValueError(f"{path} has other weights: {sorted(arrays.keys() ^ WEIGHTS.keys())}")
    for name, (shape, _) in WEIGHTS.items():
        if arrays[name].shape != shape:
            raise ValueError(f"{path}: {name} is {arrays[name].shape}, not {shape}")
    return {name: jnp.asarray(array) for name, array in arrays.items()}


def save(path, params):
    """Writes the weights as a safetensors file."""
    header, parts, offset = {}, [], 0
    for name, array in params.items():
        part = numpy.asarray(array, numpy.float32).tobytes()
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

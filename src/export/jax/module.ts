// The JAX file: pure functions with `lax.scan`, their loss, and the way to and from safetensors.
import { argumentLines, LOSSES_LINE, resultLine, valuesLine } from "../source/described.ts";
import { atom, call, conditional } from "../source/expression.ts";
import { parameters } from "../python/docstring.ts";
import { definition, fileText, loadArrays, saveArrays, tupleOf } from "../python/file-parts.ts";
import type { WrittenFunction } from "../source/functions.ts";
import { initialOf, type Initial, type InitWords } from "../python/initial.ts";
import { atStepInScan, writeScan } from "../python/loop-lines.ts";
import { flat, INDENT, laidOut } from "../python/layout.ts";
import { PYTHON } from "../python/notation.ts";
import { frozenTable } from "../python/learning.ts";
import { prepare, type Language, type Prepared } from "../source/prepare.ts";
import { quoted } from "../python/text.ts";
import { oneLine } from "../source/one-line.ts";
import { passedOn } from "../source/signature.ts";
import type { ExportRequest } from "../request.ts";
import { HELPERS, INITIAL } from "./helpers.ts";
import { OPS, WORDS } from "./ops.ts";

export const LANGUAGE: Language = {
  notation: PYTHON,
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
    hasParts: true,
  },
  callees: { forward: "apply", values: "values", first: ["params"] },
  names: [
    "WEIGHTS",
    "FROZEN",
    "without_gradients",
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
  const initials = prepared.weights.map(({ init }) => initialOf(init, INIT_WORDS));
  const text = fileText(prepared, {
    head: head(request),
    imports,
    initials,
    initialTexts: INITIAL,
    helperTexts: HELPERS,
    weightTable: weightTable(prepared, initials),
    afterTables: [INIT],
    main: [...mainFunctions(request, prepared), ARRAYS],
  });
  return { text, prepared };
}

function head({ madeFrom, name }: ExportRequest): string {
  return `"""${oneLine(madeFrom)}.

    params = load("${name}.safetensors")
    params = init(jax.random.key(0))

Arrays come batch first. Inside, steps come first: [T, B, ...].
"""`;
}

function imports(code: string): readonly string[] {
  return [
    "import jax",
    "import numpy",
    ...(/\blax\./.test(code) ? ["from jax import lax"] : []),
    "from jax import numpy as jnp",
  ];
}

function weightTable({ weights }: Prepared, initials: readonly Initial[]): string {
  const rows = weights.map(({ name, shape }, place) => {
    const initial = initials[place];
    return `    ${quoted(name)}: (${tupleOf(shape)}, ${initial === undefined ? "zeros" : asFunction(initial)}),`;
  });
  return [`# The weights by their names in the spec: shape, first values.`, "WEIGHTS = {", ...rows, "}"].join("\n");
}

function asFunction({ expression }: Initial): string {
  const text = flat(expression);
  const isPlain = expression.kind === "call" && expression.positional.length === 2 && text.endsWith("(key, shape)");
  return isPlain ? flat(expression.callee) : `lambda key, shape: ${text}`;
}

const INIT = `def init(key):
    """First values of all weights."""
    keys = jax.random.split(key, max(len(WEIGHTS), 1))
    return {name: initial(k, shape) for k, (name, (shape, initial)) in zip(keys, WEIGHTS.items())}`;

function mainFunctions({ sizes }: ExportRequest, prepared: Prepared): readonly string[] {
  const { program, functions } = prepared;
  const isFrozen = frozenTable(prepared).length > 0;
  const { forward, values, loss, outputs, states } = functions;
  return [
    ...(values === undefined ? [] : [functionText("values", values, [valuesLine("apply")])]),
    functionText("apply", forward, [
      ...argumentLines(forward.arguments, sizes),
      resultLine(program, outputs, states, sizes),
    ]),
    ...(loss === null
      ? []
      : [
          ...(isFrozen ? [WITHOUT_GRADIENTS] : []),
          functionText("losses", isFrozen ? { ...loss, lines: [STOPS, ...loss.lines] } : loss, [
            ...argumentLines(loss.arguments, sizes),
            LOSSES_LINE,
          ]),
          [
            `def loss(${parameters(["params"], loss.arguments)}):`,
            '    """The loss, a scalar. Its arguments are those of `losses`."""',
            `    return ${flat(call("losses", ["params", ...passedOn(loss.arguments)].map(atom)))}[0]`,
          ].join("\n"),
        ]),
  ];
}

const STOPS = `${INDENT}params = without_gradients(params)`;

const WITHOUT_GRADIENTS = `def without_gradients(params):
    """The weights, such that no gradient reaches those that are frozen."""
    return {name: lax.stop_gradient(value) if name in FROZEN else value for name, value in params.items()}`;

function functionText(name: string, written: WrittenFunction, doc: readonly string[]): string {
  return definition(name, written, doc, { first: "params", body: INDENT }).join("\n");
}

const ARRAYS = `${loadArrays("numpy", ['flat = numpy.frombuffer(content[start + first : start + last], DTYPES[entry["dtype"]])'])}


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
${saveArrays("params", "numpy.asarray(array, numpy.float32).tobytes()")}`;

// The PyTorch file: an `nn.Module` with a loop over time, its loss, and the way to and from safetensors.
import { argumentLines, LOSSES_LINE, resultLine, valuesLine } from "../source/described.ts";
import { atom, call } from "../source/expression.ts";
import { parameters } from "../python/docstring.ts";
import { definition, fileText, loadArrays, saveArrays, tupleOf } from "../python/file-parts.ts";
import type { WrittenFunction } from "../source/functions.ts";
import { initialOf, type Initial, type InitWords } from "../python/initial.ts";
import { writeForLoop } from "../python/loop-lines.ts";
import { flat, INDENT, laidOut } from "../python/layout.ts";
import { PYTHON } from "../python/notation.ts";
import { frozenTable } from "../python/learning.ts";
import { prepare, type Language, type Prepared } from "../source/prepare.ts";
import { index } from "../source/expression.ts";
import { quoted, RESERVED } from "../python/text.ts";
import { asciiName, Identifiers } from "../identifiers.ts";
import { oneLine } from "../source/one-line.ts";
import { passedOn } from "../source/signature.ts";
import type { ExportRequest } from "../request.ts";
import { HELPERS, INITIAL } from "./helpers.ts";
import { OPS, WORDS } from "./ops.ts";

const METHOD = "        ";

export const LANGUAGE: Language = {
  notation: PYTHON,
  ops: OPS,
  words: WORDS,
  style: {
    indent: METHOD,
    reserved: ["w"],
    weights: (prologue) => {
      prologue("w = self.by_name()");
      return atom("w");
    },
    atStep: (sequence) => index(atom(sequence), [atom("t")]),
    lengths: (name, full, indent) => [`${indent}if ${name} is None:`, ...laidOut(`${name} = `, full, indent + INDENT)],
    loop: writeForLoop,
    hasParts: true,
  },
  callees: { forward: "self", values: "self.values", first: [] },
  names: ["WEIGHTS", "FROZEN", "under", "load_arrays", "save_arrays", ...Object.keys(INITIAL)],
};

/** What `nn.Module` calls its own, and the methods of the class: a weight has none of these names. */
const TAKEN =
  "T_destination add_module apply bfloat16 buffers by_name call_super_init children compile cpu cuda double dump_patches eval extra_repr float forward get_buffer get_extra_state get_parameter get_submodule half ipu load load_state_dict loss losses modules mtia named_buffers named_children named_modules named_parameters parameters register_backward_hook register_buffer register_forward_hook register_forward_pre_hook register_full_backward_hook register_full_backward_pre_hook register_load_state_dict_post_hook register_load_state_dict_pre_hook register_module register_parameter register_state_dict_post_hook register_state_dict_pre_hook requires_grad_ save set_extra_state set_submodule share_memory state_dict to to_empty train training type values xpu zero_grad".split(
    " ",
  );

const INIT_WORDS: InitWords = {
  functionOf: (name) => (name === "softplus" ? "F.softplus" : `torch.${name}`),
  draw: () => [atom("shape")],
};

export interface Written {
  readonly text: string;
  readonly className: string;
  readonly prepared: Prepared;
}

export function writeModule(request: ExportRequest): Written {
  const { name } = request.definition.definition.name;
  const className = new Identifiers([...RESERVED, ...LANGUAGE.names]).fresh(asciiName(name));
  const prepared = prepare(request, { ...LANGUAGE, names: [...LANGUAGE.names, className] });
  const initials = prepared.weights.map(({ init }) => initialOf(init, INIT_WORDS));
  const text = fileText(prepared, {
    head: head(request, className),
    imports,
    initials,
    initialTexts: INITIAL,
    helperTexts: HELPERS,
    weightTable: weightTable(prepared, initials),
    afterTables: [],
    main: [classText(request, className, prepared), ARRAYS],
  });
  return { text, className, prepared };
}

function head({ madeFrom, name }: ExportRequest, className: string): string {
  return `"""${oneLine(madeFrom)}.

    model = ${className}()
    model.load("${name}.safetensors")

Arrays come batch first. Inside, steps come first: [T, B, ...].
"""`;
}

function imports(code: string): readonly string[] {
  return [
    "import torch",
    "from torch import nn",
    ...(/\bF\./.test(code) ? ["from torch.nn import functional as F"] : []),
  ];
}

function weightTable({ weights }: Prepared, initials: readonly Initial[]): string {
  const attributes = new Identifiers([...RESERVED, ...TAKEN]);
  const rows = weights.map(({ name, shape }, place) => {
    const initial = initials[place];
    const start = initial === undefined ? "zeros" : asFunction(initial);
    return `    ${quoted(name)}: (${quoted(attributes.fresh(name))}, ${tupleOf(shape)}, ${start}),`;
  });
  return [
    `# The weights by their names in the spec: attribute, shape, first values.`,
    "WEIGHTS = {",
    ...rows,
    "}",
  ].join("\n");
}

function asFunction({ expression }: Initial): string {
  const isPlain =
    expression.kind === "call" && expression.positional.length === 1 && flat(expression).endsWith("(shape)");
  return isPlain ? flat(expression.callee) : `lambda shape: ${flat(expression)}`;
}

function classText({ sizes, definition }: ExportRequest, className: string, prepared: Prepared): string {
  const { program, functions } = prepared;
  const { forward, values, loss, outputs, states } = functions;
  const kind = definition.definition.kind;
  const lines = [
    `class ${className}(nn.Module):`,
    `    """The ${kind} ${oneLine(program.name)}."""`,
    "",
    "    def __init__(self):",
    "        super().__init__()",
    ...(frozenTable(prepared).length === 0 ? CREATE : CREATE_SOME_FROZEN),
    "",
    "    def by_name(self):",
    '        """The weights by their names in the spec."""',
    "        return {name: getattr(self, attribute) for name, (attribute, _, _) in WEIGHTS.items()}",
    "",
    ...methodText("forward", forward, [
      ...argumentLines(forward.arguments, sizes),
      resultLine(program, outputs, states, sizes),
    ]),
    ...(values === undefined ? [] : methodText("values", values, [valuesLine("forward")])),
    ...(loss === null
      ? []
      : [
          ...methodText("losses", loss, [...argumentLines(loss.arguments, sizes), LOSSES_LINE]),
          `    def loss(${parameters(["self"], loss.arguments)}):`,
          '        """The loss, a scalar. Its arguments are those of `losses`."""',
          `        return ${flat(call("self.losses", passedOn(loss.arguments).map(atom)))}[0]`,
          "",
        ]),
    ...LOAD_AND_SAVE,
  ];
  return lines.join("\n");
}

const CREATE: readonly string[] = [
  "        for attribute, shape, initial in WEIGHTS.values():",
  "            setattr(self, attribute, nn.Parameter(initial(shape)))",
];

const CREATE_SOME_FROZEN: readonly string[] = [
  "        for name, (attribute, shape, initial) in WEIGHTS.items():",
  "            setattr(self, attribute, nn.Parameter(initial(shape), requires_grad=name not in FROZEN))",
];

function methodText(name: string, written: WrittenFunction, doc: readonly string[]): readonly string[] {
  return [...definition(name, written, doc, { first: "self", body: METHOD }), ""];
}

const LOAD_AND_SAVE: readonly string[] = [
  "    def load(self, path):",
  '        """Takes the weights of a safetensors file."""',
  "        arrays = load_arrays(path)",
  "        if arrays.keys() != WEIGHTS.keys():",
  '            raise ValueError(f"{path} has other weights: {sorted(arrays.keys() ^ WEIGHTS.keys())}")',
  "        with torch.no_grad():",
  "            for name, parameter in self.by_name().items():",
  "                if arrays[name].shape != parameter.shape:",
  '                    raise ValueError(f"{path}: {name} is {list(arrays[name].shape)}, not {list(parameter.shape)}")',
  "                parameter.copy_(arrays[name])",
  "",
  "    def save(self, path):",
  '        """Writes the weights as a safetensors file."""',
  "        save_arrays(path, self.by_name())",
];

const FLAT: readonly string[] = [
  "data = bytearray(content[start + first : start + last])",
  'dtype = DTYPES[entry["dtype"]]',
  "flat = torch.frombuffer(data, dtype=dtype) if data else torch.empty(0, dtype=dtype)",
];

const ARRAYS = `${loadArrays("torch", FLAT)}


def save_arrays(path, arrays):
    """Writes 32-bit floats as a safetensors file."""
${saveArrays("arrays", 'array.detach().to("cpu", torch.float32).contiguous().numpy().tobytes()')}`;

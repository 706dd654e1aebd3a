// A group of element-wise functions as one kernel in C: a loop over the vectors of a line. The last elements of a line go through the same
// loop from buffers, so that an element has the same bits wherever a line ends.
import { at } from "../../base/invariant.ts";
import type { MapSpec } from "../../kernel/kernels.ts";
import { indented, repeated, type NativeKernel } from "./kernel.ts";
import { nodeVector } from "./scalars.ts";

/** Arguments as those of the kernel in src/codegen/wasm/map.ts. */
export function mapKernel(spec: MapSpec): NativeKernel {
  return {
    kind: "generated",
    text: (name) => [...bodyOf(name, spec), ...lineOf(name, spec), ...loopOf(name, spec)].join("\n"),
  };
}

interface Operand {
  readonly index: number;
  readonly access: "lanes" | "same" | "apart";
  readonly isOutput: boolean;
}

function operandsOf({ inputs, outputs }: MapSpec): readonly Operand[] {
  return [
    ...inputs.map((access, index) => ({ index, access, isOutput: false })),
    ...outputs.map(({ access }, index) => ({ index: inputs.length + index, access, isOutput: true })),
  ];
}

/** Their addresses, and the strides of those that are apart. */
function parametersOf(spec: MapSpec): string {
  const operands = operandsOf(spec);
  const strides = operands.filter(({ access }) => access === "apart").map(({ index }) => `long s${index}`);
  return [...operands.map(({ index }) => `char *p${index}`), ...strides].join(", ");
}

/** A number of whole vectors. */
function bodyOf(name: string, spec: MapSpec): readonly string[] {
  const operands = operandsOf(spec);
  const value = (node: number): string => {
    const each = at(spec.nodes, node, "native");
    return each.kind === "input" && spec.inputs[each.input] === "same" ? `u${each.input}` : `v${node}`;
  };
  const uniform = operands.filter(({ access }) => access === "same");
  const nodes = spec.nodes.flatMap((node, index): readonly string[] => {
    if (node.kind !== "input") return [`vec v${index} = ${nodeVector(node, value)};`];
    if (spec.inputs[node.input] === "same") return [];
    const loaded = `vec v${index}`;
    const p = `p${node.input}`;
    if (spec.inputs[node.input] === "lanes") return [`${loaded} = load(${p});`];
    return [`${loaded};`, `for (long k = 0; k < W; k++) v${index}[k] = one(${p} + k * s${node.input});`];
  });
  const stores = spec.outputs.map(({ node, access }, index) => {
    const operand = spec.inputs.length + index;
    return access === "lanes"
      ? `store(p${operand}, ${value(node)});`
      : `for (long k = 0; k < W; k++) *(number *)(p${operand} + k * s${operand}) = ${value(node)}[k];`;
  });
  const onward = operands.flatMap(({ index, access }) =>
    access === "same" ? [] : [`p${index} += ${access === "lanes" ? "BYTES" : `W * s${index}`};`],
  );
  return [
    `static __attribute__((noinline)) void ${name}_vectors(long count, ${parametersOf(spec)}) {`,
    ...indented(uniform.map(({ index }) => `vec u${index} = splat(one(p${index}));`)),
    ...indented(repeated("left", "count", [...nodes, ...stores, ...onward])),
    "}",
  ];
}

/** A line of n elements. */
function lineOf(name: string, spec: MapSpec): readonly string[] {
  const operands = operandsOf(spec);
  const apart = operands.filter(({ access }) => access === "apart");
  const rest = (prefix: string): string =>
    operands.map(({ index, access }) => (access === "same" ? `p${index}` : `${prefix}${index}`)).join(", ");
  const strides = (text: (index: number) => string): string => apart.map(({ index }) => `, ${text(index)}`).join("");
  const moved = operands.filter(({ access }) => access !== "same");
  const behind = ({ index, access }: Operand): string =>
    access === "lanes" ? `p${index} + vectors * BYTES` : `p${index} + vectors * W * s${index}`;
  const strideOf = ({ index, access }: Operand): string => (access === "lanes" ? "4" : `s${index}`);
  return [
    `static void ${name}_line(long n, ${parametersOf(spec)}) {`,
    "  long vectors = n / W, rest = n % W;",
    `  if (vectors) ${name}_vectors(vectors, ${operands.map(({ index }) => `p${index}`).join(", ")}${strides((index) => `s${index}`)});`,
    "  if (!rest) return;",
    ...indented([
      ...moved.map(({ index }) => `float b${index}[W] = {0};`),
      ...moved
        .filter(({ isOutput }) => !isOutput)
        .map((each) => `gather_part((char *)b${each.index}, ${behind(each)}, ${strideOf(each)}, rest);`),
      `${name}_vectors(1, ${rest("(char *)b")}${strides(() => "4")});`,
      ...moved
        .filter(({ isOutput }) => isOutput)
        .map((each) => `scatter_part(${behind(each)}, (char *)b${each.index}, ${strideOf(each)}, rest);`),
    ]),
    "}",
  ];
}

/** The outer axes. */
function loopOf(name: string, spec: MapSpec): readonly string[] {
  const operands = operandsOf(spec);
  const { rank } = spec;
  const count = operands.length;
  const apart = operands.filter(({ access }) => access === "apart");
  const strides = apart.map((_, index) => `, w[${count + rank + (rank - 1) * count + index}]`).join("");
  const line = `${name}_line(w[${count + rank - 1}], ${operands.map(({ index }) => `p${index}`).join(", ")}${strides});`;
  const level = (axis: number): readonly string[] => {
    if (axis === rank - 1) return [line];
    const onward = operands.map(({ index }) => `p${index} += w[${count + rank + axis * count + index}];`);
    return repeated(`i${axis}`, `w[${count + axis}]`, [...level(axis + 1), ...onward]);
  };
  return [
    `static void ${name}(char *memory, const int32_t *w) {`,
    ...indented([...operands.map(({ index }) => `char *p${index} = place(memory, w[${index}]);`), ...level(0)]),
    "}",
    "",
  ];
}

// The nodes of one ONNX graph while it is written: the whole model, or the body of a Scan, which reads values of the whole by their names.
import { asciiName, Identifiers } from "../identifiers.ts";
import {
  ELEMENT_BYTES,
  type ElementType,
  type OnnxAttribute,
  type OnnxNode,
  type OnnxTensor,
} from "../../onnx/model.ts";

/** Attributes as numbers and texts: a whole number becomes an int. What is a float says so. */
export type Given = Readonly<Record<string, number | string | readonly number[] | readonly string[] | OnnxAttribute>>;

export class Region {
  readonly nodes: OnnxNode[] = [];
  /** Null for the whole model. */
  readonly #outer: Region | null;
  readonly #names: Identifiers;
  readonly #constants = new Map<string, OnnxTensor>();
  readonly #shared = new Map<string, string>();

  /** `names` holds the names of inputs, outputs and weights already. */
  constructor(names: Identifiers, outer: Region | null = null) {
    this.#names = names;
    this.#outer = outer;
  }

  /** The whole model's. */
  get outermost(): Region {
    return this.#outer ?? this;
  }

  /** The body of a Scan in this region. */
  inner(): Region {
    return new Region(this.#names, this);
  }

  /** A new name for a value. */
  fresh(name: string): string {
    return this.#names.fresh(name);
  }

  /** Adds a node with one result; returns the name of the result. Equal nodes of a region are shared. */
  node(operator: string, inputs: readonly string[], given: Given = {}): string {
    const key = JSON.stringify([operator, inputs, given]);
    const known = this.known(key);
    if (known !== undefined) return known;
    const name = this.fresh(operator.toLowerCase());
    this.add(operator, inputs, [name], given);
    this.#shared.set(key, name);
    return name;
  }

  private known(key: string): string | undefined {
    return this.#shared.get(key) ?? this.#outer?.known(key);
  }

  /** Adds a node with named results. */
  add(operator: string, inputs: readonly string[], outputs: readonly string[], given: Given = {}): void {
    const attributes = new Map(Object.entries(given).map(([key, value]) => [key, attributeOf(value)]));
    this.nodes.push({
      operator,
      name: `${outputs.find((name) => name !== "") ?? operator}_node`,
      inputs,
      outputs,
      attributes,
    });
  }

  /** A constant of the whole model. */
  floats(values: readonly number[], shape: readonly number[] = [values.length]): string {
    return this.#constant("float", Float32Array.from(values), shape, values);
  }

  /** One number, without axes. */
  float(value: number): string {
    return this.floats([value], []);
  }

  int32(value: number): string {
    return this.#constant("int32", Int32Array.of(value), [], [value]);
  }

  int64s(values: readonly number[]): string {
    return this.#constant("int64", BigInt64Array.from(values.map(BigInt)), [values.length], values);
  }

  int64(value: number): string {
    return this.#constant("int64", BigInt64Array.of(BigInt(value)), [], [value]);
  }

  #constant(
    type: ElementType,
    array: Float32Array | Int32Array | BigInt64Array,
    shape: readonly number[],
    values: readonly number[],
  ): string {
    if (this.#outer !== null) return this.outermost.#constant(type, array, shape, values);
    const key = `${type} [${shape.join()}] ${values.map((value) => (Object.is(value, -0) ? "-0" : String(value))).join()}`;
    const known = this.#constants.get(key);
    if (known !== undefined) return known.name;
    const name = this.fresh(nameOfConstant(type, values));
    const data = new Uint8Array(array.buffer);
    this.#constants.set(key, { name, type, shape, data });
    return name;
  }

  /** The constants of the whole model. */
  constants(): readonly OnnxTensor[] {
    return [...this.#constants.values()];
  }
}

function nameOfConstant(type: ElementType, values: readonly number[]): string {
  const [value, ...others] = values;
  return asciiName(value === undefined || others.length > 0 ? type : `${type}_${String(value)}`);
}

function attributeOf(value: Given[string]): OnnxAttribute {
  if (typeof value === "number") return { kind: "int", value };
  if (typeof value === "string") return { kind: "string", value };
  if (!isList(value)) return value;
  if (isTexts(value)) return { kind: "strings", value };
  return { kind: "ints", value };
}

function isList(value: Given[string]): value is readonly number[] | readonly string[] {
  return Array.isArray(value);
}

function isTexts(value: readonly number[] | readonly string[]): value is readonly string[] {
  return value.length > 0 && value.every((each) => typeof each === "string");
}

/** How many bytes a tensor has. */
export function bytesOf({ type, shape }: Pick<OnnxTensor, "type" | "shape">): number {
  return ELEMENT_BYTES[type] * shape.reduce((product, size) => product * size, 1);
}

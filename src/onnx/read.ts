// Bytes as an ONNX model. Every size is compared with the bytes that are there before anything is allocated; the data of tensors are
// views of the file. Throws a UserError for a file that is damaged, or that has what these messages cannot hold.
import { UserError } from "../base/diagnostic.ts";
import {
  type ElementType,
  type OnnxAttribute,
  type OnnxGraph,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
  type OnnxValue,
} from "./model.ts";
import { MOST_AXES, readTensor, typeNumbered } from "./read-tensor.ts";
import { damaged, fieldsOf, pushAll, type Field } from "./wire.ts";

/** Graphs within attributes of nodes of graphs: an `If` in a `Loop` in a `Scan` are three. */
const MOST_NESTED = 8;

export function readOnnx(bytes: Uint8Array): OnnxModel {
  let [opset, producer, doc] = [0, "", ""];
  let graph: OnnxGraph | undefined;
  for (const field of fieldsOf(bytes)) {
    if (field.number === 2) producer = field.text();
    else if (field.number === 6) doc = field.text();
    else if (field.number === 7) graph = readGraph(field.bytes(), 0);
    else if (field.number === 8) opset = readOpset(field.bytes()) ?? opset;
  }
  if (graph === undefined) throw damaged("it has no graph");
  if (opset < 1) throw damaged("it does not say which version of ONNX's operators it uses");
  return { opset, producer, doc, graph };
}

/** The version of the default domain; undefined for another one. */
function readOpset(bytes: Uint8Array): number | undefined {
  let [domain, version] = ["", 0];
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) domain = field.text();
    else if (field.number === 2) version = field.int();
  }
  return domain === "" || domain === "ai.onnx" ? version : undefined;
}

function readGraph(bytes: Uint8Array, depth: number): OnnxGraph {
  if (depth > MOST_NESTED) throw damaged("its graphs are nested too deeply");
  let name = "";
  const nodes: OnnxNode[] = [];
  const initializers: OnnxTensor[] = [];
  const inputs: OnnxValue[] = [];
  const outputs: OnnxValue[] = [];
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) nodes.push(readNode(field.bytes(), depth));
    else if (field.number === 2) name = field.text();
    else if (field.number === 5) initializers.push(readTensor(field.bytes()));
    else if (field.number === 11) inputs.push(readValue(field.bytes()));
    else if (field.number === 12) outputs.push(readValue(field.bytes()));
    else if (field.number === 15) throw new UserError("this ONNX file has sparse tensors, which are not read");
  }
  return { name, nodes, initializers, inputs, outputs };
}

function readNode(bytes: Uint8Array, depth: number): OnnxNode {
  let [operator, name, domain] = ["", "", ""];
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributes = new Map<string, OnnxAttribute>();
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) inputs.push(field.text());
    else if (field.number === 2) outputs.push(field.text());
    else if (field.number === 3) name = field.text();
    else if (field.number === 4) operator = field.text();
    else if (field.number === 5) {
      const [key, value] = readAttribute(field.bytes(), depth);
      if (value !== undefined) attributes.set(key, value);
    } else if (field.number === 7) domain = field.text();
  }
  const isDefault = domain === "" || domain === "ai.onnx";
  return { operator: isDefault ? operator : `${domain}.${operator}`, name, inputs, outputs, attributes };
}

/** What the fields of an attribute hold; `kind` says which of them counts. */
interface AttributeFields {
  int: number;
  float: number;
  text: string;
  tensor: OnnxTensor | undefined;
  graph: OnnxGraph | undefined;
  readonly ints: number[];
  readonly floats: number[];
  readonly texts: string[];
}

/** Undefined for a kind that RNN models do not have. */
function readAttribute(bytes: Uint8Array, depth: number): readonly [string, OnnxAttribute | undefined] {
  let [name, kind] = ["", 0];
  const found: AttributeFields = {
    int: 0,
    float: 0,
    text: "",
    tensor: undefined,
    graph: undefined,
    ints: [],
    floats: [],
    texts: [],
  };
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) name = field.text();
    else if (field.number === 20) kind = field.int();
    else readAttributeField(field, found, depth);
  }
  return [name, attributeOf(kind, found)];
}

function readAttributeField(field: Field, found: AttributeFields, depth: number): void {
  switch (field.number) {
    case 2:
      found.float = field.float();
      return;
    case 3:
      found.int = field.int();
      return;
    case 4:
      found.text = field.text();
      return;
    case 5:
      found.tensor = readTensor(field.bytes());
      return;
    case 6:
      found.graph = readGraph(field.bytes(), depth + 1);
      return;
    case 7:
      pushAll(found.floats, field.floats());
      return;
    case 8:
      pushAll(found.ints, field.ints());
      return;
    case 9:
      found.texts.push(field.text());
      return;
    default:
  }
}

function attributeOf(kind: number, found: AttributeFields): OnnxAttribute | undefined {
  switch (kind) {
    case 1:
      return { kind: "float", value: found.float };
    case 2:
      return { kind: "int", value: found.int };
    case 3:
      return { kind: "string", value: found.text };
    case 4:
      return found.tensor === undefined ? undefined : { kind: "tensor", value: found.tensor };
    case 5:
      return found.graph === undefined ? undefined : { kind: "graph", value: found.graph };
    case 6:
      return { kind: "floats", value: found.floats };
    case 7:
      return { kind: "ints", value: found.ints };
    case 8:
      return { kind: "strings", value: found.texts };
    default:
      return undefined;
  }
}

function readValue(bytes: Uint8Array): OnnxValue {
  let [name, doc] = ["", ""];
  let type: { readonly type: ElementType; readonly shape: OnnxValue["shape"] } | undefined;
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) name = field.text();
    else if (field.number === 2) type = readType(field.bytes(), name);
    else if (field.number === 3) doc = field.text();
  }
  return { name, doc, ...(type ?? { type: "float", shape: null }) };
}

function readType(bytes: Uint8Array, name: string): { readonly type: ElementType; readonly shape: OnnxValue["shape"] } {
  for (const field of fieldsOf(bytes)) {
    if (field.number !== 1) continue;
    let typeNumber = 0;
    let shape: OnnxValue["shape"] = null;
    for (const inner of fieldsOf(field.bytes())) {
      if (inner.number === 1) typeNumber = inner.int();
      else if (inner.number === 2) shape = readShape(inner.bytes(), name);
    }
    return { type: typeNumbered(typeNumber, name), shape };
  }
  throw new UserError(`\`${name}\` of the ONNX file is not a tensor`);
}

/** An axis without a size or a name has the name "". */
function readShape(bytes: Uint8Array, name: string): readonly (number | string)[] {
  const shape: (number | string)[] = [];
  for (const field of fieldsOf(bytes)) {
    if (field.number !== 1) continue;
    let size: number | string = "";
    for (const inner of fieldsOf(field.bytes())) {
      if (inner.number === 1) size = inner.int();
      else if (inner.number === 2) size = inner.text();
    }
    shape.push(size);
    if (shape.length > MOST_AXES) throw damaged(`\`${name}\` has more than ${MOST_AXES} axes`);
  }
  return shape;
}

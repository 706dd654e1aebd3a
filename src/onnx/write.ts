// An ONNX model as bytes. The numbers of fields are those of onnx.proto; https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
import {
  ELEMENT_TYPES,
  type OnnxAttribute,
  type OnnxGraph,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
  type OnnxValue,
} from "./model.ts";
import { MessageWriter } from "./wire.ts";

/** The version of the file format that operator set 21 came with. */
const IR_VERSION = 10;

export function writeOnnx({ opset, producer, doc, graph }: OnnxModel): Uint8Array {
  return new MessageWriter()
    .int(1, IR_VERSION)
    .text(2, producer)
    .textIfAny(6, doc)
    .message(7, (writer) => writeGraph(writer, graph))
    .message(8, (writer) => writer.int(2, opset))
    .finish();
}

function writeGraph(writer: MessageWriter, { name, nodes, initializers, inputs, outputs }: OnnxGraph): void {
  for (const node of nodes) writer.message(1, (inner) => writeNode(inner, node));
  writer.text(2, name);
  for (const tensor of initializers) writer.message(5, (inner) => writeTensor(inner, tensor));
  for (const input of inputs) writer.message(11, (inner) => writeValue(inner, input));
  for (const output of outputs) writer.message(12, (inner) => writeValue(inner, output));
}

function writeNode(writer: MessageWriter, { operator, name, inputs, outputs, attributes }: OnnxNode): void {
  for (const input of inputs) writer.text(1, input);
  for (const output of outputs) writer.text(2, output);
  writer.textIfAny(3, name).text(4, operator);
  for (const [key, value] of attributes) writer.message(5, (inner) => writeAttribute(inner.text(1, key), value));
}

function writeAttribute(writer: MessageWriter, attribute: OnnxAttribute): void {
  switch (attribute.kind) {
    case "float":
      writer.float(2, attribute.value).int(20, 1);
      return;
    case "int":
      writer.int(3, attribute.value).int(20, 2);
      return;
    case "string":
      writer.text(4, attribute.value).int(20, 3);
      return;
    case "tensor":
      writer.message(5, (inner) => writeTensor(inner, attribute.value)).int(20, 4);
      return;
    case "graph":
      writer.message(6, (inner) => writeGraph(inner, attribute.value)).int(20, 5);
      return;
    case "floats":
      for (const value of attribute.value) writer.float(7, value);
      writer.int(20, 6);
      return;
    case "ints":
      for (const value of attribute.value) writer.int(8, value);
      writer.int(20, 7);
      return;
    case "strings":
      for (const value of attribute.value) writer.text(9, value);
      writer.int(20, 8);
      return;
  }
}

function writeTensor(writer: MessageWriter, { name, type, shape, data }: OnnxTensor): void {
  for (const size of shape) writer.int(1, size);
  writer.int(2, ELEMENT_TYPES[type]).textIfAny(8, name);
  if (data instanceof Uint8Array) {
    writer.bytes(9, data);
    return;
  }
  const entries = { location: data.file, offset: String(data.offset), length: String(data.length) };
  for (const [key, value] of Object.entries(entries)) writer.message(13, (inner) => inner.text(1, key).text(2, value));
  writer.int(14, 1);
}

function writeValue(writer: MessageWriter, { name, type, shape, doc }: OnnxValue): void {
  writer.text(1, name).message(2, (typeWriter) =>
    typeWriter.message(1, (tensor) => {
      tensor.int(1, ELEMENT_TYPES[type]);
      if (shape === null) return;
      tensor.message(2, (dims) => {
        for (const size of shape)
          dims.message(1, (dim) => (typeof size === "number" ? dim.int(1, size) : dim.textIfAny(2, size)));
      });
    }),
  );
  writer.textIfAny(3, doc);
}

// Tensors of an ONNX file. The bytes of their data are views of the file, and are as many as their shapes say.
import { UserError } from "../base/diagnostic.ts";
import { ELEMENT_BYTES, ELEMENT_TYPES, type ElementType, type ExternalData, type OnnxTensor } from "./model.ts";
import { damaged, fieldsOf, pushAll, type Field } from "./wire.ts";

export const MOST_AXES = 16;

export function readTensor(bytes: Uint8Array): OnnxTensor {
  let [name, typeNumber, isExternal] = ["", 0, false];
  const shape: number[] = [];
  const entries = new Map<string, string>();
  let raw: Uint8Array | undefined;
  const typed: Field[] = [];
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) pushAll(shape, field.ints());
    else if (field.number === 2) typeNumber = field.int();
    else if (field.number === 8) name = field.text();
    else if (field.number === 9) raw = field.bytes();
    else if (field.number === 13) readEntry(field.bytes(), entries);
    else if (field.number === 14) isExternal = field.int() === 1;
    else if ([4, 5, 7, 10].includes(field.number)) typed.push(field);
    if (shape.length > MOST_AXES) throw damaged(`the tensor \`${name}\` has more than ${MOST_AXES} axes`);
  }
  const type = typeNumbered(typeNumber, name);
  const count = countOf(shape, name);
  const length = count * ELEMENT_BYTES[type];
  if (isExternal) return { name, type, shape, data: externalData(entries, name, length) };
  const data = raw ?? typedData(type, typed, count);
  if (data.length !== length)
    throw damaged(
      `the tensor \`${name}\` [${shape.join(", ")}] has ${data.length} bytes of data in place of ${length}`,
    );
  return { name, type, shape, data };
}

export function typeNumbered(number: number, name: string): ElementType {
  for (const type of ["float", "int32", "int64", "bool", "double"] as const)
    if (ELEMENT_TYPES[type] === number) return type;
  throw new UserError(
    `the tensor \`${name}\` of the ONNX file has elements of type ${number}; float, double, int32, int64 and bool are read`,
  );
}

function countOf(shape: readonly number[], name: string): number {
  let count = 1;
  for (const size of shape) {
    if (size < 0) throw damaged(`the tensor \`${name}\` has a size below 0`);
    count *= size;
  }
  if (!Number.isSafeInteger(count * 8)) throw damaged(`the tensor \`${name}\` is too large`);
  return count;
}

function readEntry(bytes: Uint8Array, entries: Map<string, string>): void {
  let [key, value] = ["", ""];
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) key = field.text();
    else if (field.number === 2) value = field.text();
  }
  entries.set(key, value);
}

/** Only files beside the model are read. */
function externalData(entries: ReadonlyMap<string, string>, name: string, expected: number): ExternalData {
  const file = entries.get("location") ?? "";
  const [offset, length] = [Number(entries.get("offset") ?? 0), Number(entries.get("length") ?? expected)];
  if (!/^[^/\\:]+$/.test(file) || file === "." || file === "..")
    throw new UserError(
      `the tensor \`${name}\` of the ONNX file is in another folder (${JSON.stringify(file)}), which is not read`,
    );
  if (!Number.isSafeInteger(offset) || offset < 0 || length !== expected)
    throw damaged(`the place of the tensor \`${name}\` is wrong`);
  return { file, offset, length };
}

/** The data of a tensor that is not stored as bytes: as floats, whole numbers or doubles. */
function typedData(type: ElementType, fields: readonly Field[], count: number): Uint8Array {
  const values: number[] = [];
  for (const field of fields) {
    if (field.number === 4) pushAll(values, field.floats());
    else if (field.number === 5 || field.number === 7) pushAll(values, field.ints());
    else throw new UserError("this ONNX file stores doubles one by one, which are not read");
  }
  if (values.length !== count) throw damaged("a tensor has another number of elements than its shape");
  switch (type) {
    case "float":
      return new Uint8Array(Float32Array.from(values).buffer);
    case "double":
      return new Uint8Array(Float64Array.from(values).buffer);
    case "int32":
      return new Uint8Array(Int32Array.from(values).buffer);
    case "int64":
      return new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
    case "bool":
      return Uint8Array.from(values);
  }
}

// Tensors whose data are in a file beside the model.
import { UserError } from "../../base/diagnostic.ts";
import type { OnnxTensor } from "../../onnx/model.ts";

/** The content of a file beside the model; undefined where there is none. */
export type FileBeside = (file: string) => Uint8Array | undefined;

/** The tensor with its data. Throws a UserError where they are missing. */
export function loaded(tensor: OnnxTensor, fileOf: FileBeside): OnnxTensor {
  if (tensor.data instanceof Uint8Array) return tensor;
  const { file, offset, length } = tensor.data;
  const content = fileOf(file);
  if (content === undefined)
    throw new UserError(
      `the ONNX file has its weights in the file ${JSON.stringify(file)} beside it, which is not there`,
    );
  if (offset + length > content.length)
    throw new UserError(`${JSON.stringify(file)} ends before the data of the tensor \`${tensor.name}\``);
  return { ...tensor, data: content.subarray(offset, offset + length) };
}

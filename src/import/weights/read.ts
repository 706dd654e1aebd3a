// The weights in a file's bytes. Which format it is follows from its first bytes.
import { UserError } from "../../base/diagnostic.ts";
import { readEntries } from "../../checkpoint/safetensors.ts";
import type { FileBeside } from "../onnx/loaded.ts";
import { decode } from "./decode.ts";
import { kerasLayers } from "./keras.ts";
import { readOnnxFile } from "./onnx.ts";
import { pytorchLayers } from "./pytorch.ts";
import { once, type TheirFile, type TheirTensor } from "./theirs.ts";

/** Some thousands are a large model. */
const MOST_TENSORS = 10_000;

const FROM_PYTORCH = "write it in Python by `safetensors.torch.save_file(model.state_dict(), path)`";
const FROM_KERAS = "docs/import.md has three lines of Python that write a file from Keras";

/** What other files begin with. */
const OTHERS: readonly (readonly [begin: readonly number[], what: string, how: string])[] = [
  [[0x89, 0x48, 0x44, 0x46], "an HDF5 file", FROM_KERAS],
  [[0x50, 0x4b, 3, 4], "a zip archive, as PyTorch's `.pt` and Keras' `.keras`", `${FROM_PYTORCH}; ${FROM_KERAS}`],
  [[0x80], "a pickle of Python", FROM_PYTORCH],
];

/** `path`: the name of the file in messages. Throws a UserError for a file that is damaged, or of another kind. */
export function readTheirs(bytes: Uint8Array, path: string, fileOf: FileBeside): TheirFile {
  const file = isSafetensors(bytes) ? readTensors(bytes, path) : readOther(bytes, path, fileOf);
  if (file.tensors.length > MOST_TENSORS) throw new UserError(`${path}: it has more than ${MOST_TENSORS} arrays`);
  if (file.tensors.length === 0) throw new UserError(`${path}: it has no arrays of weights`);
  return file;
}

/** After the length of its header, the header is an object. */
export function isSafetensors(bytes: Uint8Array): boolean {
  return bytes[8] === 0x7b && bytes[6] === 0 && bytes[7] === 0;
}

function readOther(bytes: Uint8Array, path: string, fileOf: FileBeside): TheirFile {
  const other = OTHERS.find(([begin]) => begin.every((byte, index) => bytes[index] === byte));
  if (other !== undefined) throw new UserError(`${path}: this is ${other[1]}, which is not read: ${other[2]}`);
  try {
    return readOnnxFile(bytes, fileOf);
  } catch (problem) {
    if (!(problem instanceof UserError)) throw problem;
    throw new UserError(`${path}: it does not begin as safetensors, so it is read as ONNX: ${problem.message}`);
  }
}

function readTensors(bytes: Uint8Array, path: string): TheirFile {
  const tensors = [...readEntries(bytes, path).entries].map(([name, entry]): TheirTensor => ({
    name,
    shape: entry.shape,
    isCount: /^(?:[IU]\d|BOOL)/.test(entry.dtype),
    read: once(() => decode(name, entry)),
  }));
  return { tensors, layers: [...pytorchLayers(tensors), ...kerasLayers(tensors)] };
}

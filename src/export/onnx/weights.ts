// The weights of a model as initializers, in the model or in one file beside it that all its ONNX files share.
import { fail, lookup } from "../../base/invariant.ts";
import type { ExternalData, OnnxTensor } from "../../onnx/model.ts";
import type { HostArray } from "../../targets/target.ts";

/** ONNX's documentation advises to begin each tensor at a page. */
const ALIGNMENT = 4096;

/** The file beside the models. Tensors with the same key are stored once. */
export class WeightsFile {
  readonly name: string;
  readonly #parts: { readonly offset: number; readonly bytes: Uint8Array }[] = [];
  readonly #known = new Map<string, ExternalData>();
  #length = 0;

  constructor(name: string) {
    this.name = name;
  }

  place(key: string, bytes: Uint8Array): ExternalData {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const offset = Math.ceil(this.#length / ALIGNMENT) * ALIGNMENT;
    this.#parts.push({ offset, bytes });
    this.#length = offset + bytes.length;
    const place = { file: this.name, offset, length: bytes.length };
    this.#known.set(key, place);
    return place;
  }

  content(): Uint8Array {
    const whole = new Uint8Array(this.#length);
    for (const { offset, bytes } of this.#parts) whole.set(bytes, offset);
    return whole;
  }
}

/** The initializers of one ONNX file, made of weights when they are read first. */
export class Initializers {
  readonly #weights: ReadonlyMap<string, HostArray>;
  readonly #file: WeightsFile | null;
  readonly #tensors = new Map<string, OnnxTensor>();

  constructor(weights: ReadonlyMap<string, HostArray>, file: WeightsFile | null) {
    this.#weights = weights;
    this.#file = file;
  }

  weight(path: string): HostArray {
    return lookup(this.#weights, path, "onnx");
  }

  /** The initializer of a weight, or of what is made of several. `key` says of which, and how. */
  put(key: string, name: () => string, array: () => Pick<HostArray, "shape" | "data">): string {
    const known = this.#tensors.get(key);
    if (known !== undefined) return known.name;
    const { shape, data } = array();
    if (data.length !== shape.reduce((product, size) => product * size, 1))
      fail("onnx", `the shape of ${key} is wrong`);
    const bytes = new Uint8Array(Float32Array.from(data).buffer);
    const isBeside = this.#file !== null && bytes.length > 0;
    const tensor: OnnxTensor = {
      name: name(),
      type: "float",
      shape,
      data: isBeside ? this.#file.place(key, bytes) : bytes,
    };
    this.#tensors.set(key, tensor);
    return tensor.name;
  }

  all(): readonly OnnxTensor[] {
    return [...this.#tensors.values()];
  }
}

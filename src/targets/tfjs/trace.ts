// Records a lowered graph, once for a set of sizes, as a list of kernel calls over numbered slots.
// A call in a scan's body that reads outside values only (the transpose of a weight) is recorded outside the body. Equal calls are
// recorded once, and constants are uploaded once. A view shares its root's memory, and only roots are owned.
import type * as Tf from "@tensorflow/tfjs";
import { at, fail } from "../../base/invariant.ts";
import { countOf } from "../../ops/nd.ts";
import type { Device, Kind, TensorInfo } from "./device.ts";

/** A value of the trace: its slot, and the slot whose memory it uses. */
export interface Value {
  readonly slot: number;
  readonly root: number;
  readonly shape: readonly number[];
  readonly kind: Kind;
}

/** The contents of the slots during a run. */
export type Slots = (TensorInfo | undefined)[];

export interface Instruction {
  /** Slots it reads and slots it fills. */
  readonly reads: readonly number[];
  readonly writes: readonly number[];
  readonly run: (slots: Slots) => void;
}

export function read(slots: Slots, slot: number): TensorInfo {
  return slots[slot] ?? fail("tfjs", `slot ${slot} is empty`);
}

const BYTES = 4;

/** About how much of JavaScript's memory a slot takes: the instruction that fills it, with its attributes and shape. */
const SLOT_BYTES = 1024;

type Inputs = Readonly<Record<string, Value>>;

export class Trace {
  readonly device: Device;
  /** By slot. They are uploaded once, and live as long as the trace. */
  readonly constants = new Map<number, TensorInfo>();
  /** For each slot, the slot that owns its memory. */
  readonly rootOf: number[] = [];
  readonly #lists: Instruction[][] = [[]];
  /** The depth of each slot: 0 for the program, 1 for a scan's body. */
  readonly #depthOf: number[] = [];
  /** Recorded values, by the text of their calls. */
  readonly #recorded = new Map<string, Value>();

  constructor(device: Device) {
    this.device = device;
  }

  /** A slot that the caller fills: an input, a port, a scan's result. */
  fresh(shape: readonly number[], kind: Kind): Value {
    return this.#slot(shape, kind, this.#lists.length - 1);
  }

  constant(data: Float32Array | Int32Array, shape: readonly number[]): Value {
    const kind = data instanceof Float32Array ? "float32" : "int32";
    const key = data.length === 1 ? `${kind} ${String(data[0])} [${shape.join()}]` : undefined;
    const known = key === undefined ? undefined : this.#recorded.get(key);
    if (known !== undefined) return known;
    const value = this.#slot(shape, kind, 0);
    const { backend } = this.device;
    this.constants.set(value.slot, { dataId: backend.write(data, [...shape], kind), shape: [...shape], dtype: kind });
    if (key !== undefined) this.#recorded.set(key, value);
    return value;
  }

  filled(shape: readonly number[], value: number): Value {
    const key = `filled ${value} [${shape.join()}]`;
    const known = this.#recorded.get(key) ?? this.constant(new Float32Array(countOf(shape)).fill(value), shape);
    this.#recorded.set(key, known);
    return known;
  }

  /** A kernel call. Neither its inputs nor its result may be empty. */
  kernel(
    name: string,
    inputs: Inputs,
    attributes: Tf.NamedAttrMap,
    result: { shape: readonly number[]; kind: Kind },
  ): Value {
    const values = Object.values(inputs);
    const key = `${name} ${values.map((value) => value.slot).join()} ${JSON.stringify(attributes)}`;
    return this.#shared(key, () => {
      const call = this.device.kernel(name);
      const slots = Object.entries(inputs).map(([input, value]) => [input, value.slot] as const);
      const operands: Tf.NamedTensorInfoMap = {};
      const output = this.#slot(result.shape, result.kind, this.#depth(values));
      this.#emit(values, [output], (now) => {
        for (const [input, slot] of slots) operands[input] = now[slot];
        now[output.slot] = call(operands, attributes);
      });
      return output;
    });
  }

  /** As `kernel`, with a float result. If the result is empty, no kernel runs. */
  float(name: string, inputs: Inputs, shape: readonly number[], attributes: Tf.NamedAttrMap = {}): Value {
    if (countOf(shape) === 0) return this.filled(shape, 0);
    return this.kernel(name, inputs, attributes, { shape, kind: "float32" });
  }

  /** A call of our own, which allocates its result. */
  call(
    key: string,
    values: readonly Value[],
    shape: readonly number[],
    run: (operands: readonly TensorInfo[]) => TensorInfo,
  ): Value {
    return this.#shared(`${key} ${values.map((value) => value.slot).join()}`, () => {
      const slots = values.map((value) => value.slot);
      const output = this.#slot(shape, at(values, 0, "tfjs").kind, this.#depth(values));
      this.#emit(values, [output], (now) => {
        now[output.slot] = run(slots.map((slot) => read(now, slot)));
      });
      return output;
    });
  }

  /** The same memory with another shape. If the host does not see the memory, the backend may store shapes, so its kernel is called. */
  view(value: Value, shape: readonly number[]): Value {
    if (value.shape.join() === shape.join()) return value;
    if (this.device.view === null)
      return this.kernel("Reshape", { x: value }, { shape: [...shape] }, { shape, kind: value.kind });
    return this.#shared(`view ${value.slot} [${shape.join()}]`, () => {
      const output = this.#slot(shape, value.kind, this.#depth([value]), value.root);
      const sizes = [...shape];
      this.#emit([value], [output], (now) => {
        const { dataId, dtype } = read(now, value.slot);
        now[output.slot] = { dataId, shape: sizes, dtype };
      });
      return output;
    });
  }

  /** Records an instruction of the graph's structure in the current list. */
  emit(reads: readonly number[], writes: readonly number[], run: (slots: Slots) => void): void {
    at(this.#lists, -1, "tfjs").push({ reads, writes, run });
  }

  openBody(): void {
    this.#lists.push([]);
  }

  /** The instructions recorded since the body, or the program, was opened. */
  close(): readonly Instruction[] {
    const list = this.#lists.pop() ?? fail("tfjs", "nothing is open");
    // Nothing is recorded after the program, so equal calls need not be found any more.
    if (this.#lists.length === 0) this.#recorded.clear();
    return list;
  }

  /** About how many bytes it holds. */
  get bytes(): number {
    const constants = [...this.constants.values()].reduce((sum, { shape }) => sum + BYTES * countOf(shape), 0);
    return constants + SLOT_BYTES * this.rootOf.length;
  }

  /** Whether a slot belongs to a scan's body. */
  isInner(slot: number): boolean {
    return at(this.#depthOf, slot, "tfjs") > 0;
  }

  #depth(values: readonly Value[]): number {
    return Math.max(0, ...values.map((value) => at(this.#depthOf, value.slot, "tfjs")));
  }

  #slot(shape: readonly number[], kind: Kind, depth: number, root?: number): Value {
    const slot = this.rootOf.length;
    this.rootOf.push(root ?? slot);
    this.#depthOf.push(depth);
    return { slot, root: root ?? slot, shape, kind };
  }

  #emit(reads: readonly Value[], writes: readonly Value[], run: (slots: Slots) => void): void {
    const list = at(this.#lists, this.#depth(reads), "tfjs");
    list.push({ reads: reads.map((value) => value.slot), writes: writes.map((value) => value.slot), run });
  }

  #shared(key: string, make: () => Value): Value {
    const known = this.#recorded.get(key) ?? make();
    this.#recorded.set(key, known);
    return known;
  }
}

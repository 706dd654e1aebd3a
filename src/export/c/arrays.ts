// The arrays of a C file: weights, and what is known when the file is written. An array that nothing reads is not written.
import { fail } from "../../base/invariant.ts";
import { floatItem } from "../../codegen/c/numbers.ts";
import type { Place } from "../../codegen/c/operands.ts";
import { shortPath } from "../../graph/border.ts";
import type { Kind, Storage } from "../../kernel/view.ts";
import type { HostArray } from "../../targets/target.ts";
import { Identifiers } from "../identifiers.ts";
import { asInt8Rows, hasRows, roundedToInt8 } from "../int8.ts";
import type { WeightType } from "../request.ts";
import { commentText } from "./text.ts";

const LONGEST_LINE = 116;

interface Described {
  readonly name: string;
  readonly shape: readonly number[];
  /** What a comment says of it. */
  readonly doc: string;
}

export class StaticArrays {
  readonly #prefix: string;
  readonly #weightType: WeightType;
  readonly #names = new Identifiers();
  readonly #places = new Map<string | Storage, Place>();
  readonly #texts: string[] = [];
  #bytes = 0;

  constructor(prefix: string, weightType: WeightType) {
    this.#prefix = prefix;
    this.#weightType = weightType;
  }

  /** Of all arrays together. */
  get bytes(): number {
    return this.#bytes;
  }

  get definitions(): readonly string[] {
    return this.#texts;
  }

  /**
   * A weight by its name in the graph. `canBeInt8`: whether whatever reads it can read int8.
   * If not, the rounded weight is stored as floats, so that a model computes the same in each format.
   */
  weight(name: string, array: HostArray, canBeInt8: boolean): Place {
    return this.#once(`weight ${name}`, () => {
      const shown = shortPath(name);
      const described = { name: this.#names.fresh(`weight ${shown}`), shape: array.shape, doc: `The weight ${shown}` };
      if (this.#weightType !== "int8") return this.#numbers(described, "float32", array.data);
      return canBeInt8 && hasRows(array)
        ? this.#int8(described, array)
        : this.#numbers(described, "float32", roundedToInt8(array).data);
    });
  }

  /** A value that was computed when the file was written, by a name that no other value has. */
  known(name: string, { dtype, shape, data }: HostArray): Place {
    return this.#once(`known ${name}`, () => {
      const described = { name: this.#names.fresh("known"), shape, doc: "Computed from weights" };
      return this.#numbers(described, dtype === "int" ? "int32" : "float32", data);
    });
  }

  constant(storage: Storage): Place {
    return this.#once(storage, () => {
      const { content, kind, count } = storage;
      const data = typeof content === "number" ? Array.from({ length: count }, () => content) : content;
      const described = { name: this.#names.fresh("constant"), shape: [count], doc: "A constant" };
      return this.#numbers(described, kind, data ?? fail("c", "a constant without content"));
    });
  }

  #once(key: string | Storage, make: () => Place): Place {
    const place = this.#places.get(key) ?? make();
    this.#places.set(key, place);
    return place;
  }

  #numbers({ name, shape, doc }: Described, kind: Kind, data: ArrayLike<number>): Place {
    const pointer = `${this.#prefix}_${name}`;
    const type = kind === "int32" ? "int32_t" : "float";
    const items = Array.from(data, kind === "int32" ? String : floatItem);
    this.#bytes += 4 * items.length;
    this.#texts.push(`/* ${commentText(doc)}: [${shape.join(", ")}]. */\n${definition(type, pointer, items)}`);
    return { type, pointer };
  }

  #int8({ name, shape, doc }: Described, array: HostArray): Place {
    const { values, scales } = asInt8Rows(array);
    const pointer = `${this.#prefix}_${name}`;
    const scalesPointer = `${this.#prefix}_${this.#names.fresh(`scales ${name}`)}`;
    this.#bytes += values.length + 4 * scales.length;
    this.#texts.push(
      `/* ${commentText(doc)}: [${shape.join(", ")}], and a scale for each row. */\n${definition("int8_t", pointer, Array.from(values, String))}`,
      definition("float", scalesPointer, Array.from(scales, floatItem)),
    );
    return { type: "int8_t", pointer, rows: { width: shape.at(-1) ?? 1, scales: scalesPointer } };
  }
}

function definition(type: string, name: string, items: readonly string[]): string {
  return `static const ${type} ${name}[${items.length}] = {\n${inLines(items)}\n};`;
}

/** Items with commas, as many on a line as fit. */
function inLines(items: readonly string[]): string {
  const lines: string[] = [];
  let line = " ";
  for (const item of items) {
    if (line.length + item.length + 2 > LONGEST_LINE) {
      lines.push(line);
      line = " ";
    }
    line += ` ${item},`;
  }
  return [...lines, line].join("\n");
}

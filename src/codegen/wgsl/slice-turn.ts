// The statements of one turn of a loop in a slice, in parts between which slices meet.
import { fail } from "../../base/invariant.ts";
import type { KernelTask } from "../../kernel/task.ts";
import { itemsEverywhere, ownItems, type SliceText } from "./slice-items.ts";
import { type Here, productBySums, productFetched, productHere, readersOf, weightsOf } from "./slice-product.ts";
import { reduction, softmax } from "./slice-reduce.ts";
import type { SliceTask } from "./units.ts";
import { Waits, writesOf } from "./waits.ts";

/** What a slice does between two meetings. */
export interface Part {
  /** Reads the weights of its products into registers. */
  readonly before: string;
  readonly text: string;
}

export interface Turn {
  /** One more than the meetings of a turn. */
  readonly parts: readonly Part[];
  /** Functions of the module. */
  readonly functions: string;
}

export function turnOf(text: SliceText): Turn {
  const products = [...text.slices.products.keys()];
  const here = (task: KernelTask): Here => {
    const product = text.slices.products.get(task) ?? fail("wgsl", "a product is not divided");
    return { ...text, task, product, index: products.indexOf(task) };
  };
  const waits = new Waits();
  const parts: Part[] = [{ before: "", text: "" }];
  for (const each of text.slices.body) {
    const [first = "", ...others] = textsOf(each, text, here, waits);
    const isSum = each.kind === "product" && here(each.task).product.form === "sums";
    const before = each.kind === "product" ? weightsOf(here(each.task)) : "";
    const last = parts.pop() ?? fail("wgsl", "a turn has no part");
    // A product by sums multiplies before slices meet, another one behind it.
    const isFirst = isSum || others.length === 0;
    parts.push({ before: `${last.before}${isFirst ? before : ""}`, text: `${last.text}${first}` });
    parts.push(...others.map((other, index) => ({ before: !isFirst && index === 0 ? before : "", text: other })));
  }
  return { parts, functions: products.map((task) => readersOf(here(task))).join("") };
}

function textsOf(each: SliceTask, text: SliceText, here: (task: KernelTask) => Here, waits: Waits): readonly string[] {
  const { task } = each;
  const [operand, , start] = task.reads;
  const operands = operand === undefined ? [] : [operand];
  const starts = start === undefined ? [] : [start];
  switch (each.kind) {
    case "own":
      return [`${waits.before(task.reads, writesOf(task))}${ownItems(task, text)}`];
    case "everywhere":
      return [`${waits.before(task.reads, writesOf(task))}${itemsEverywhere(task, text)}`];
    case "reduction":
    case "softmax": {
      const begin = waits.before(operands, writesOf(task));
      const [first = "", ...others] = each.kind === "reduction" ? reduction(each.task, text) : softmax(each.task, text);
      return [`${begin}${first}`, ...others];
    }
    case "product": {
      const product = here(each.task);
      const { form } = product.product;
      if (form === "here") return [`${waits.before(task.reads, writesOf(task))}${productHere(product)}`];
      const begin = waits.before(operands, []);
      const [sent, received] = form === "fetched" ? productFetched(product) : productBySums(product);
      return [`${begin}${sent}`, `${waits.before(starts, writesOf(task))}${received}`];
    }
  }
}

// A stable topological order of nodes.
import { at, fail } from "../base/invariant.ts";
import type { Node } from "../graph/node.ts";

/** `nodes` in an order in which each follows the nodes with the ids that `before` returns; otherwise in the given order. Iterative: chains can be long. */
export function inOrder(nodes: readonly Node[], before: (node: Node) => readonly string[]): readonly Node[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const done = new Set<string>();
  const open = new Set<string>();
  const order: Node[] = [];
  const stack: { readonly node: Node; readonly waits: Iterator<string> }[] = [];
  const enter = (node: Node): void => {
    if (open.has(node.id)) fail("order", `${node.id} (${node.op}) needs itself`);
    if (done.has(node.id)) return;
    open.add(node.id);
    stack.push({ node, waits: before(node)[Symbol.iterator]() });
  };
  for (const root of nodes) {
    enter(root);
    while (stack.length > 0) {
      const { node, waits } = at(stack, -1, "order");
      const next = waits.next();
      if (next.done === true) {
        stack.pop();
        open.delete(node.id);
        done.add(node.id);
        order.push(node);
        continue;
      }
      const other = byId.get(next.value);
      if (other !== undefined) enter(other);
    }
  }
  return order;
}

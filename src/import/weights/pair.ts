// Which layer of theirs is which of ours. Two are a pair if they fit and nothing else fits either of them; names decide first. Layers whose
// names differ by a number only are one chain (`lstm`, `lstm_1`), and chains of one length are compared before single layers.
import { asciiName } from "../../export/identifiers.ts";
import { inNaturalOrder, type Layer } from "./theirs.ts";

export interface Pairing<T extends Layer, O extends Layer> {
  /** Whether all pairs fit at once. */
  readonly fits: (pairs: readonly (readonly [T, O])[]) => boolean;
  readonly take: (pairs: readonly (readonly [T, O])[]) => void;
}

/** What has no partner is left. */
export interface Unpaired<T, O> {
  readonly theirs: readonly T[];
  readonly ours: readonly O[];
}

export function pairLayers<T extends Layer, O extends Layer>(
  all: Unpaired<T, O>,
  pairing: Pairing<T, O>,
): Unpaired<T, O> {
  let rest = all;
  for (const bundleOf of [chainOf, ({ label }: Layer) => label, ({ key }: Layer) => key])
    for (let before = -1; before !== rest.theirs.length;) {
      before = rest.theirs.length;
      rest = pairBundles(rest, bundleOf, pairing);
    }
  return rest;
}

/** The label without its numbers. */
function chainOf({ label }: Layer): string {
  return label.replace(/[._]?\d+/g, "");
}

type Bundle<L> = readonly L[];

interface Edge<T, O> {
  readonly theirs: Bundle<T>;
  readonly ours: Bundle<O>;
  readonly pairs: readonly (readonly [T, O])[];
}

function pairBundles<T extends Layer, O extends Layer>(
  rest: Unpaired<T, O>,
  bundleOf: (layer: Layer) => string,
  { fits, take }: Pairing<T, O>,
): Unpaired<T, O> {
  const [theirs, ours] = [bundles(rest.theirs, bundleOf), bundles(rest.ours, bundleOf)];
  const edges = theirs.flatMap((bundle) =>
    ours.flatMap((other): Edge<T, O>[] => {
      if (bundle.length !== other.length) return [];
      const pairs = bundle.flatMap((layer, index): (readonly [T, O])[] => {
        const partner = other[index];
        return partner === undefined ? [] : [[layer, partner]];
      });
      return fits(pairs) ? [{ theirs: bundle, ours: other, pairs }] : [];
    }),
  );
  const named = edges.filter(({ pairs }) => pairs.every(([own, other]) => agree(own, other)));
  const found = mutual(named);
  const chosen = found.length > 0 ? found : mutual(edges);
  const done = new Set<Layer>();
  for (const { pairs } of chosen) {
    // What was learnt from another pair may stand against this one.
    if (!fits(pairs)) continue;
    take(pairs);
    for (const layer of pairs.flat()) done.add(layer);
  }
  return {
    theirs: rest.theirs.filter((layer) => !done.has(layer)),
    ours: rest.ours.filter((layer) => !done.has(layer)),
  };
}

function bundles<L extends Layer>(layers: readonly L[], bundleOf: (layer: Layer) => string): readonly Bundle<L>[] {
  const found = new Map<string, L[]>();
  for (const layer of inNaturalOrder(layers)) {
    const bundle = found.get(bundleOf(layer));
    if (bundle === undefined) found.set(bundleOf(layer), [layer]);
    else bundle.push(layer);
  }
  return [...found.values()];
}

/** Edges whose two ends have no other edge. */
function mutual<T, O>(edges: readonly Edge<T, O>[]): readonly Edge<T, O>[] {
  const [theirs, ours] = [edges.map((edge) => edge.theirs), edges.map((edge) => edge.ours)].map(countEach);
  return edges.filter((edge) => theirs?.get(edge.theirs) === 1 && ours?.get(edge.ours) === 1);
}

function countEach(items: readonly unknown[]): ReadonlyMap<unknown, number> {
  const counts = new Map<unknown, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return counts;
}

/** Whether a part of their name is our name: `model.encoder.rnn` and `encoder`. */
function agree(theirs: Layer, ours: Layer): boolean {
  return ours.label !== "" && theirs.label.split(/[./]/).some((part) => asciiName(part) === asciiName(ours.label));
}

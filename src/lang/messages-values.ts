// The words of diagnostics about what a value is taken for: one weight in two shapes, sizes that meet, an axis that nobody named.
import type { Diagnostic } from "../base/diagnostic.ts";
import type { Span } from "../base/source.ts";
import { error } from "./error.ts";

interface TypeAt {
  readonly type: string;
  readonly span: Span;
}

/** One weight that two applications need in different shapes. */
export function sharedWeight(name: string, before: TypeAt, now: TypeAt): Diagnostic {
  return error(
    "shared-weight",
    `\`${name}\` is one weight and cannot be both ${before.type} and ${now.type}`,
    now.span,
    {
      label: `it is ${now.type} here`,
      labels: [{ span: before.span, text: `it is ${before.type} here` }],
      help: "apply the cell itself in one of the places: each application then has weights of its own",
    },
  );
}

/** Layers of one set of weights whose inputs differ. */
export function unlikeSharedLayers(first: string, layer: number, other: string, span: Span): Diagnostic {
  const title = `with \`shared = true\` layer 1 has ${first} and layer ${layer} has ${other}, but there is one set of weights`;
  return error("shared-weight", title, span, { help: "make the sizes equal, or leave `shared = true` out" });
}

// Types of values as a loop's body reads them.
import type { Builder } from "../ops/builder.ts";
import { withoutTime, type Type } from "../shape/type.ts";

/** A type in the region that is being built: in a loop, that of one step if the value is a sequence outside. */
export function typeHere(build: Builder, id: string): Type {
  const { type, region } = build.node(id);
  return build.region !== null && region === null ? withoutTime(type) : type;
}

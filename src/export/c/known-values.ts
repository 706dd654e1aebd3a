// What a step reads and weights alone decide, computed when the file is written.
import { inputOf, nameOfInput } from "../../graph/node.ts";
import { fail, lookup } from "../../base/invariant.ts";
import { referenceTarget } from "../../targets/reference/target.ts";
import type { HostArray } from "../../targets/target.ts";
import { roundedToInt8 } from "../int8.ts";
import type { ExportRequest } from "../request.ts";
import type { Cut } from "./cut.ts";

/** By the names of the outputs of `known`. */
export function knownValues({ known, sizes }: Cut, request: ExportRequest): ReadonlyMap<string, HostArray> {
  if (known.outputs.size === 0) return new Map();
  const target = referenceTarget();
  const inputs = known.inputs().map((node) => {
    const { kind } = inputOf(node);
    const name = nameOfInput(node);
    const array = lookup(request.weights, name, "c");
    if (kind !== "weight") fail("c", `${name} is not a weight`);
    return [name, target.upload(request.weightType === "int8" ? roundedToInt8(array) : array)] as const;
  });
  const results = target.compile(known).run(new Map(inputs), sizes);
  return new Map(
    [...results].map(([name, array]) => {
      const { dtype } = known.output(name).type;
      return [name, { ...array, dtype }];
    }),
  );
}

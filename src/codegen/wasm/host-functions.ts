// The functions of JavaScript that kernels can call, in float64: those that a row of the scalar table names.
import type { HostFunction } from "../../scalar/columns.ts";
import { SCALARS, type ScalarRow } from "../../scalar/table.ts";

export const HOST_NAMES: readonly HostFunction[] = [
  ...new Set(
    Object.values(SCALARS).flatMap(({ targets }: ScalarRow) =>
      targets?.wasm.kind === "host" ? [targets.wasm.name] : [],
    ),
  ),
];

/** The functions by name, as a module imports them. */
export function hostFunctions(): Readonly<Record<string, (...values: number[]) => number>> {
  return Object.fromEntries(HOST_NAMES.map((name) => [name, Math[name]]));
}

// Targets by the names that people give on the command line. Here alone all of them meet, each loaded only when it is asked for.
import { UserError } from "../base/diagnostic.ts";
import type { Target } from "./target.ts";

export const TARGET_NAMES = ["reference", "tfjs-wasm", "tfjs-cpu"] as const;

/**
 * Opens a target and hands it on. Each has a kind of tensor of its own, so what uses it must do with any.
 * Throws a UserError that lists the names where there is none such.
 */
export async function withTarget<R>(name: string, use: <T>(target: Target<T>) => Promise<R>): Promise<R> {
  switch (TARGET_NAMES.find((known) => known === name)) {
    case "reference":
      return use((await import("./reference/target.ts")).referenceTarget());
    case "tfjs-wasm":
      return use(await (await import("./tfjs/target.ts")).tfjsTarget("wasm"));
    case "tfjs-cpu":
      return use(await (await import("./tfjs/target.ts")).tfjsTarget("cpu"));
    case undefined:
      throw new UserError(`there is no target \`${name}\`; there are ${TARGET_NAMES.join(", ")}`);
  }
}

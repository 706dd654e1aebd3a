// `recurra targets`: what this machine can run, and of the rest why not.
import type { Command } from "commander";
import { DEFAULT_TARGET, TARGETS } from "../../targets/open.ts";
import { probe, type Probed } from "../../targets/probe.ts";
import { print } from "../output.ts";
import { table } from "../table.ts";

export function register(program: Command): void {
  program
    .command("targets")
    .description("list what programs can run on, and try each on this machine")
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample:\n  recurra targets\n")
    .action(async (options: { readonly json?: boolean }) => {
      const found: Probed[] = [];
      for (const row of TARGETS) found.push(await probe(row));
      print(options.json === true ? JSON.stringify(found, null, 2) : asText(found));
    });
}

function asText(targets: readonly Probed[]): string {
  const rows = table(
    targets.map(({ name, numbers, reason, doc }) => [
      name,
      numbers,
      reason === null ? "runs" : "does not run",
      reason ?? doc,
    ]),
  );
  return `${rows}\n\nWithout --target it is ${DEFAULT_TARGET}: it needs nothing but Node, and starts at once. A GPU is used where it is asked for.`;
}

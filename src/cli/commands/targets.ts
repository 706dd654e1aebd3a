// `recurra targets`: lists the targets that run on this machine, and why the others do not.
import type { Command } from "commander";
import { AUTO, DEFAULT_TARGET, TARGETS } from "../../targets/registry.ts";
import { choose, probe, type Chosen, type Probed } from "../../targets/probe.ts";
import { print } from "../output.ts";
import { table } from "../table.ts";

export function register(program: Command): void {
  program
    .command("targets")
    .description("list the targets, and try each on this machine")
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample:\n  recurra targets\n")
    .action(async (options: { readonly json?: boolean }) => {
      const found: Probed[] = [];
      for (const row of TARGETS) found.push(await probe(row));
      const chosen = await choose(TARGETS, DEFAULT_TARGET);
      print(
        options.json === true
          ? JSON.stringify(
              found.map((each) => withAuto(each, chosen)),
              null,
              2,
            )
          : asText(found, chosen),
      );
    });
}

/** For `--target auto`: "chosen", or the reason why not; null if it was not tried. */
function withAuto(target: Probed, { name, against }: Chosen): Probed & { readonly auto: string | null } {
  const reason = against.find((each) => each.name === target.name)?.reason ?? null;
  return { ...target, auto: name === target.name ? "chosen" : reason };
}

function asText(targets: readonly Probed[], chosen: Chosen): string {
  const rows = table(
    targets.map(({ name, numbers, reason, doc, detail }) => [
      name,
      numbers,
      reason === null ? "runs" : "does not run",
      reason ?? (detail === null ? doc : `${doc}: ${detail}`),
    ]),
  );
  const against = chosen.against.map(({ name, reason }) => `  not ${name}: ${reason}\n`).join("");
  return `${rows}\n\nThe default is ${DEFAULT_TARGET}: it needs only Node, and starts at once.\n--target ${AUTO} takes a GPU if there is one, or else native if it runs: here ${chosen.name}\n${against}`.trimEnd();
}

// `examples/results.json`: the figures that were measured, with time, cores and commit. `examples/README.md` is the table of them.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { ROOT, type Example, type Size } from "./example.ts";

const MEASURED = z.strictObject({
  figure: z.number(),
  /** Of all commands together, in seconds. */
  seconds: z.number(),
  cores: z.number(),
  commit: z.string(),
});
export type Measured = z.infer<typeof MEASURED>;
/** By `EXAMPLE/MODEL/SIZE`. */
export type Results = Readonly<Record<string, Measured>>;

export const RESULTS_FILE = join(ROOT, "examples/results.json");
export const PAGE_FILE = join(ROOT, "examples/README.md");

export function readResults(): Results {
  if (!existsSync(RESULTS_FILE)) return {};
  return z.record(z.string(), MEASURED).parse(JSON.parse(readFileSync(RESULTS_FILE, "utf8")));
}

export function keyOf(example: Example, model: string, size: Size): string {
  return `${example.name}/${model}/${size}`;
}

const HEADING = `# Examples on real data

<!-- Written by \`npm run examples\` from the \`commands.json\` of each folder and from \`results.json\`. -->

Each folder has a spec, a page with the commands, and a list of the same commands, which this runs:

\`\`\`sh
npm run examples -- tags
npm run examples -- tags --full
\`\`\`

A small run takes seconds and shows that the commands work; its figure is of little worth.
A full run takes minutes, and the target \`native\` needs a C compiler.
Times are those of all commands of a run, on the cores of one machine, which others used at the same time.

`;

/** The page of all examples: a row for each model. */
export function pageOf(examples: readonly Example[], results: Results): string {
  const rows = examples.flatMap((example) =>
    example.runs.map(({ model }) => {
      const small = results[keyOf(example, model, "small")];
      const full = results[keyOf(example, model, "full")];
      return [
        `[${example.name}](${example.name}/README.md)`,
        model,
        example.figure,
        small === undefined ? "" : String(small.figure),
        full === undefined ? "" : String(full.figure),
        full === undefined ? "" : `${Math.round(full.seconds)} s, ${full.cores} cores`,
        full?.commit ?? "",
      ];
    }),
  );
  const titles = ["example", "model", "figure", "small run", "full run", "time of the full run", "commit"];
  return HEADING + [titles, titles.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |\n`).join("");
}

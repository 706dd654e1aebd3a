// `npm run examples [-- NAME…] [--full]`: runs the commands of examples, all of them unless some are named, and writes `examples/README.md`.
import { execFileSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { format } from "prettier";
import { figureOf, layOut, readExamples, ROOT, sourceCall, type Example, type Size } from "./example.ts";
import { keyOf, PAGE_FILE, pageOf, readResults, RESULTS_FILE, type Measured, type Results } from "./results.ts";

async function measure(example: Example, commands: readonly string[], size: Size): Promise<Measured> {
  const folder = join(ROOT, "out/examples", `${example.name}-${size}`);
  layOut(folder);
  const begin = performance.now();
  const figure = await figureOf(example, commands, { folder, call: sourceCall });
  const seconds = Math.round((performance.now() - begin) / 100) / 10;
  const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { cwd: ROOT, encoding: "utf8" }).trim();
  return { figure, seconds, cores: availableParallelism(), commit };
}

async function write(examples: readonly Example[], results: Results): Promise<void> {
  const sorted = Object.fromEntries(Object.entries(results).sort(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(RESULTS_FILE, await format(JSON.stringify(sorted), { parser: "json", printWidth: 120 }));
  writeFileSync(PAGE_FILE, await format(pageOf(examples, sorted), { parser: "markdown" }));
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { full: { type: "boolean", default: false } },
});
const examples = readExamples();
const unknown = positionals.find((name) => !examples.some((each) => each.name === name));
if (unknown === undefined) {
  const size: Size = values.full ? "full" : "small";
  for (const example of examples.filter(({ name }) => positionals.length === 0 || positionals.includes(name))) {
    rmSync(join(ROOT, "out/examples", `${example.name}-${size}`), { recursive: true, force: true });
    for (const run of example.runs) {
      const commands = run[size];
      if (commands === undefined) continue;
      const measured = await measure(example, commands, size);
      console.log(`${example.name}, ${run.model}: ${example.figure} ${measured.figure}, ${measured.seconds} s`);
      await write(examples, { ...readResults(), [keyOf(example, run.model, size)]: measured });
    }
  }
} else {
  console.error(`there is no example ${unknown}: choose from ${examples.map(({ name }) => name).join(", ")}`);
  process.exitCode = 2;
}

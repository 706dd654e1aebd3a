// For `.ci/run`: `tsx scripts/test-summary.ts STATUS REPORT…` reads vitest's reports, one of each run. It prints the ten slowest tests,
// the skipped tests, and in its last line `N passed, N failed`. The exit code is 1 unless all passed.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { z } from "zod";

const REPORT = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      assertionResults: z.array(z.object({ fullName: z.string(), status: z.string(), duration: z.number().nullish() })),
    }),
  ),
});

export type Report = z.infer<typeof REPORT>;

const SLOWEST = 10;

/** The lines of the summary. `status` is the exit status of the runs: if it is not 0, at least one failure is counted. */
export function summarise(reports: readonly Report[], status: number): { lines: readonly string[]; failed: number } {
  const tests = reports.flatMap(({ testResults }) =>
    testResults.flatMap(({ name, assertionResults }) => assertionResults.map((each) => ({ ...each, file: name }))),
  );
  const passed = tests.filter((each) => each.status === "passed").length;
  const skipped = tests.filter((each) => each.status !== "passed" && each.status !== "failed");
  const counted = tests.length - passed;
  const failed = counted === 0 && (status !== 0 || passed === 0) ? 1 : counted;
  const slowest = tests.toSorted((a, b) => (b.duration ?? 0) - (a.duration ?? 0)).slice(0, SLOWEST);
  return {
    failed,
    lines: [
      "the slowest tests:",
      ...slowest.map((each) => `${((each.duration ?? 0) / 1000).toFixed(1).padStart(7)} s  ${shown(each)}`),
      ...skipped.map((each) => `error: skipped: ${shown(each)}`),
      `${passed} passed, ${failed} failed`,
    ],
  };
}

function shown({ file, fullName }: { readonly file: string; readonly fullName: string }): string {
  return `${file.replace(`${process.cwd()}/`, "")}: ${fullName}`;
}

function main([status, ...paths]: readonly string[]): void {
  const reports = paths.map((path) => REPORT.parse(JSON.parse(readFileSync(path, "utf8"))));
  const { lines, failed } = summarise(reports, Number(status));
  console.log(lines.join("\n"));
  process.exitCode = failed === 0 ? 0 : 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) main(process.argv.slice(2));

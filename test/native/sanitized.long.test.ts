// Kernels in C under the checks of the compiler: no access outside of memory, nothing that C leaves undefined.
// By hand: `SPECS=all npx vitest run --project long test/native/sanitized.long.test.ts` tries every shipped cell and model (4 minutes).
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { HAS_NATIVE } from "../support/native.ts";

/** Debian's gcc brings the library of its checks; another compiler may not. */
function checkerLibrary(): string | null {
  const { status, stdout } = spawnSync("gcc", ["-print-file-name=libasan.so"], { encoding: "utf8" });
  return status === 0 && stdout.startsWith("/") ? stdout.trim() : null;
}

const checker = checkerLibrary();

test.skipIf(!HAS_NATIVE || checker === null)(
  "shipped cells on two threads, under -fsanitize=address,undefined",
  { timeout: 400_000 },
  () => {
    const cache = mkdtempSync(join(tmpdir(), "recurra-sanitized-"));
    onTestFinished(() => rmSync(cache, { recursive: true }));
    const env = {
      ...process.env,
      CC: "gcc -fsanitize=address,undefined -fno-sanitize-recover=all",
      LD_PRELOAD: checker ?? "",
      // V8 frees nothing of what it keeps until the end.
      ASAN_OPTIONS: "detect_leaks=0",
      RECURRA_CACHE: cache,
    };
    const args = ["--stack-size=3900", "--import", "tsx", "test/native/sanitized.ts", process.env["SPECS"] ?? ""];
    const printed = execFileSync(process.execPath, args, { env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
    expect(printed).toMatch(/^[1-9]\d+ programs$/);
  },
);

// The benchmark of the GPU: its bundle runs alone on SwiftShader and prints its results, and kernels are counted.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundle } from "../../bench/gpu/bundle.ts";
import { GPU_RESULTS } from "../../bench/gpu/results.ts";
import { countLaunches } from "../../bench/groups/launches.ts";
import { HAS_WEBGPU } from "../support/swiftshader.ts";

const SLOW = 240_000;
const folder = mkdtempSync(join(tmpdir(), "recurra-gpu-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(!HAS_WEBGPU)("the benchmark of the GPU", () => {
  beforeAll(() => bundle(folder), SLOW);

  test("as one file beside Dawn it checks, measures and profiles, and prints JSON", { timeout: SLOW }, () => {
    mkdirSync(join(folder, "golden"));
    copyFileSync("test/fixtures/gru.json", join(folder, "golden/gru.json"));
    const args = [
      "--sizes",
      "tiny",
      "--quick",
      "--profile",
      "--torch",
      "none",
      "--commit",
      "abc",
      "--golden",
      "golden",
    ];
    const printed = execFileSync(process.execPath, ["--stack-size=3900", join(folder, "main.mjs"), ...args], {
      encoding: "utf8",
      cwd: folder,
      stdio: ["ignore", "pipe", "ignore"],
    });
    const results = GPU_RESULTS.parse(JSON.parse(printed));
    expect(results.problems).toEqual([]);
    expect(results.missing).toEqual(["PyTorch: it was not requested"]);
    expect(results.commit).toBe("abc");
    expect(results.skipped).toEqual([]);
    const ways = ["recurra-fused", "recurra-ops"];
    const checked = ["recurra-fused", "recurra-fused-whole", "recurra-ops"];
    expect(results.checks.map(({ case: name, who, isRight }) => [name, who, isRight])).toEqual(
      ["lstm-2-3-4-5", "gru.json"].flatMap((name) => checked.map((who) => [name, who, true])),
    );
    expect(results.rows.map(({ what, case: name, who }) => [what, name, who])).toEqual(
      ["train lstm-2-3-4-5", "run lstm-2-3-4-5", "step lstm-1-1-5-5"].flatMap((each) =>
        ways.map((who) => [...each.split(" "), who]),
      ),
    );
    const [fused, ops] = results.profiles;
    expect(fused?.kernels.map(({ name }) => name)).toContain("loop by examples");
    expect(ops?.kernels.some(({ name }) => name.startsWith("MatMul"))).toBe(true);
    for (const { kernels } of results.profiles) for (const { ms } of kernels) expect(ms).toBeGreaterThan(0);
    expect(results.isSoftware).toBe(results.device.includes("SwiftShader on the CPU, no GPU"));
  });

  test("what there is no time for is listed", { timeout: SLOW }, () => {
    const printed = execFileSync(
      process.execPath,
      ["--stack-size=3900", join(folder, "main.mjs"), "--sizes", "tiny", "--minutes", "0", "--torch", "none"],
      { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] },
    );
    const { rows, skipped } = GPU_RESULTS.parse(JSON.parse(printed));
    expect(rows).toEqual([]);
    expect(skipped).toEqual(["check lstm-2-3-4-5", "train lstm-2-3-4-5", "run lstm-2-3-4-5", "step lstm-1-1-5-5"]);
  });

  test("an unknown name of sizes is reported in one sentence", () => {
    const call = (): string =>
      execFileSync(process.execPath, [join(folder, "main.mjs"), "--sizes", "huge"], {
        encoding: "utf8",
        stdio: "pipe",
      });
    expect(call).toThrow("error: there are no sizes `huge`; there are gpu, small, tiny, shrunk");
  });

  test(
    "fused, an update starts as many kernels at any length, and fewer than the others",
    { timeout: SLOW },
    async () => {
      const load = { cell: "LSTM", B: 2, I: 3, H: 4 };
      const told: string[] = [];
      const { launches, missing } = await countLaunches(
        (what) => told.push(what),
        [
          { ...load, T: 2 },
          { ...load, T: 3 },
        ],
      );
      expect(told).toEqual(["launches lstm-2-2-3-4", "launches lstm-2-3-3-4"]);
      expect(missing).toEqual([]);
      const counts = (who: string): readonly number[] =>
        (launches?.rows ?? []).flatMap((row) => (row.who === who ? [row.launches] : []));
      const [short = NaN, long = NaN] = counts("recurra-webgpu-fused");
      expect(long).toBe(short);
      for (const who of ["recurra-webgpu-ops", "tfjs-layers-webgpu"]) {
        const [few = NaN, many = NaN] = counts(who);
        expect(few).toBeGreaterThan(short);
        expect(many).toBeGreaterThan(few);
      }
    },
  );
});

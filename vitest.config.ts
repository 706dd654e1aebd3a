// Tests run in Node; each file in a process of its own. `main` is what `npm test` runs, `long` what `npm run test:all` adds.
import { defineConfig } from "vitest/config";

/** What takes long, or needs another system: a browser, a GPU or its stand-in, TensorFlow. */
const LONG = ["test/**/*.long.test.ts", "test/browser/**/*.test.ts", "test/gpu/**/*.test.ts"];

/** Where `.ci/run` wants a report, beside what is printed. */
const report = process.env["TEST_REPORT"];

export default defineConfig({
  test: {
    environment: "node",
    pool: "forks",
    // All cores: by itself it leaves one free, which of two is half.
    maxWorkers: "100%",
    // Compiling makes many small objects that live shortly: with room for more of them, V8 collects less often, and files take a tenth less.
    execArgv: ["--max-semi-space-size=64"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Or PyPI's libtensorflow says on standard error, as it loads, that it uses oneDNN; no other setting of its silences that.
    env: { TF_ENABLE_ONEDNN_OPTS: "0" },
    globalSetup: "test/support/bundle-command.ts",
    setupFiles: "test/support/advice.ts",
    reporters: report === undefined ? ["default"] : ["default", ["json", { outputFile: report }]],
    projects: [
      { extends: true, test: { name: "main", include: ["test/**/*.test.ts"], exclude: LONG } },
      { extends: true, test: { name: "long", include: LONG } },
    ],
  },
});

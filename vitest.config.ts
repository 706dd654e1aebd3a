// Tests run in Node; each file in a process of its own.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    environment: "node",
    pool: "forks",
    include: ["test/**/*.test.ts"],
    // All cores: by itself it leaves one free, which of two is half.
    maxWorkers: "100%",
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Or PyPI's libtensorflow says on standard error, as it loads, that it uses oneDNN; no other setting of its silences that.
    env: { TF_ENABLE_ONEDNN_OPTS: "0" },
  },
});

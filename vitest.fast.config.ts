// `npm run unit:fast`: the compiler from text to optimised graph, in less than a minute. No process is started and nothing is trained.
import { defineConfig, mergeConfig } from "vitest/config";
import all from "./vitest.config.ts";

const FAST = ["parse", "check", "shape", "scalar", "graph", "emit", "passes", "split", "loops", "random", "render"];

const { projects: _, ...others } = all.test ?? {};

export default mergeConfig(
  { test: others },
  defineConfig({
    test: {
      include: [...FAST, "data", "floors", "draw", "semantics/*", "ops/*"].map((name) => `test/${name}.test.ts`),
    },
  }),
);

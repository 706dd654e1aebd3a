// TensorFlow in C++ for tests: `scripts/setup-tensorflow.sh` puts its package into node_modules. Where it is not, its tests are skipped and counted.
import { existsSync } from "node:fs";

const PACKAGES = ["@tensorflow/tfjs-node-gpu", "@tensorflow/tfjs-node"];

export const HAS_TENSORFLOW = PACKAGES.some((name) =>
  existsSync(new URL(`../../node_modules/${name}/package.json`, import.meta.url)),
);

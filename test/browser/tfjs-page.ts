// The page's script: trains a model inside tfjs and leaves what it found in `said`.
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { isShared, lossesInTfjs } from "./tfjs-program.ts";

setWasmPaths("/tfjs/");
const say = (said: unknown): boolean => Reflect.set(globalThis, "said", said);
lossesInTfjs().then(
  (losses) => say({ losses, isShared: isShared() }),
  (problem: unknown) => say(problem instanceof Error ? `${problem.message}\n${problem.stack}` : String(problem)),
);

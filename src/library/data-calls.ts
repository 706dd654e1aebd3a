// The calls of a model that train it or read data. `compiled.ts` loads this file with the first of them.
export { evaluateWith } from "./evaluate.ts";
export { fitWith } from "./fit.ts";
export { predictEach, predictWith } from "./predict.ts";
export { makeTrainer } from "./train.ts";

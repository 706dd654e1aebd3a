// The calls of a model that train it, read data or write. `compiled.ts` loads this file with the first of them.
export { encodeRows } from "./encode.ts";
export { Evaluations } from "./evaluate.ts";
export { fitModel } from "./fit.ts";
export { generateByDrawing, generateBySearch } from "./generate.ts";
export { GradientsOf } from "./gradients.ts";
export { predictAll, predictEach } from "./predict.ts";
export { suggest } from "./suggest.ts";
export { trace } from "./trace.ts";
export { createTrainer } from "./train.ts";

// How numbers are drawn from a distribution, for modules that do: `scripts/generate-runtime.ts` bundles it.
export { drawNumbers as draw } from "../../train/drawn-numbers.ts";

// The format `module`: one ES module with WebAssembly inside and no dependency, and the types of its inputs and results.
import type { ExportedFile, ExportRequest } from "../export/request.ts";
import { drawsNumbers } from "../lang/elaborate/drawing.ts";
import { base64 } from "./base64.ts";
import { compiledModule, type CompiledModule } from "./compiled.ts";
import type { ModuleDescription } from "./description.ts";
import { RUNTIME } from "./runtime.generated.ts";
import { storeWeights } from "./store-weights.ts";
import { hasTexts, typesOf } from "./types.ts";

export async function writeModule(request: ExportRequest): Promise<readonly ExportedFile[]> {
  const { whole, untrained } = compiledModule(request);
  const programs = programsText(whole);
  const draws = needsDrawing(whole.description);
  const readsLabels = whole.description.predictions.some(({ kind }) => kind === "labels");
  const weights = storeWeights(request.weights, request.weightType);
  const weightsFile = `${request.name}.weights`;
  const inside = request.hasWeightsFile ? "" : base64(weights);
  const text = [
    `// ${oneLine(request.madeFrom)}. Weights: ${request.weightType}.${request.hasTraining ? " With training." : ""} Generated: do not edit.`,
    programs,
    `const stored = ${RUNTIME[request.weightType]};`,
    request.hasWeightsFile
      ? `const weights = () => ${RUNTIME.beside}(new URL("./${weightsFile}", import.meta.url));`
      : `const weights = "${inside}";`,
    ...(draws ? [`const draw = ${RUNTIME.drawing};`] : []),
    ...(readsLabels ? [`const labels = ${RUNTIME.labels};`] : []),
    `export const load = (options) => loadModel({ data, weights, stored${draws ? ", draw" : ""}${readsLabels ? ", labels" : ""} }, options);`,
    "",
  ].join("\n");
  const bytes = `${text.length - inside.length} without weights`;
  const note =
    untrained === null ? bytes : `${bytes}, ${programs.length - programsText(untrained).length} of them for training`;
  return [
    { name: `${request.name}.mjs`, content: text, note },
    { name: `${request.name}.d.mts`, content: typesOf(whole.description, oneLine(request.madeFrom)) },
    ...(request.hasWeightsFile ? [{ name: weightsFile, content: weights }] : []),
  ];
}

/** The lines of a module that hold its runtime and what it runs. */
function programsText({ description, data }: CompiledModule): string {
  return `const loadModel = ${RUNTIME[formOf(description)]};\nconst data = "${data}";`;
}

/** The form of the runtime that a module needs. */
function formOf(description: ModuleDescription): "plain" | "predicting" | "writing" | "training" {
  if (description.training !== undefined) return "training";
  if (hasTexts(description)) return "writing";
  return description.predictions.length > 0 ? "predicting" : "plain";
}

/** Whether it writes numbers that are drawn from a distribution. */
function needsDrawing({ writing }: ModuleDescription): boolean {
  return writing?.feedback.some(({ draws }) => drawsNumbers(draws)) === true;
}

/** Neither ends the comment that it stands in, nor leaves ASCII. */
function oneLine(text: string): string {
  return text.replace(/[^\x20-\x7e]+/g, " ");
}

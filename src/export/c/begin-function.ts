// The function that computes what all steps read of what a sequence is given: a memory, an encoded text, a first state.
import type { Place } from "../../codegen/c/operands.ts";
import type { Storage } from "../../kernel/view.ts";
import { copyStatement, type FileParts, type StepFunction } from "./file-parts.ts";
import { placesOf, tasksOf, type Tasks } from "./memory.ts";
import { UsedParameters, type Parameter } from "./parameters.ts";

export interface Begin extends StepFunction {
  /** Where steps find what they read, by the names of their inputs. */
  readonly places: ReadonlyMap<string, Place>;
}

export function beginFunction(given: readonly Parameter[], step: Tasks, parts: FileParts): Begin {
  const { struct, functions, cut } = parts;
  const program = tasksOf(cut.begin, cut.sizes);
  const used = new UsedParameters(given);
  const places = new Map<string, Place>();
  const results = new Map<Storage, Place>();
  for (const [name, { storage }] of program.outputs) {
    const place =
      results.get(storage) ?? struct.add("given", storage.kind, storage.count, "Computed when a sequence begins");
    results.set(storage, place);
    places.set(name, place);
  }
  const copies = given.flatMap(({ name, identifier, kind, count }) => {
    if (!step.inputs.some((input) => input.name === name)) return [];
    const place = struct.add(identifier, kind, count, `Given when a sequence begins: ${name}`);
    places.set(name, place);
    return [copyStatement(place, used.placeOf(name), count)];
  });
  const placeOf = placesOf(program, { inputs: { data: (name) => used.placeOf(name) }, results }, parts);
  const statements = functions.statements(program.tasks, placeOf);
  return { parameters: given, statements: [...used.unused, ...copies, ...statements], places };
}

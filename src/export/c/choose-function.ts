// The function that says what was chosen after a step: the state that the next step reads is computed from it, as a scaled number is.
import { lookup } from "../../base/invariant.ts";
import { printOutput } from "../../graph/border.ts";
import type { HostArray } from "../../targets/target.ts";
import type { Cut } from "./cut.ts";
import { copyStatement, type FileParts, type Kept, type StepFunction } from "./file-parts.ts";
import { placesOf, tasksOf } from "./memory.ts";
import { UsedParameters, type Parameter } from "./parameters.ts";

export interface ChooseContext {
  readonly chosen: Cut["chosen"][number];
  readonly parameter: Parameter;
  /** Where the state is. */
  readonly state: Kept;
  /** Values that weights decide. */
  readonly known: ReadonlyMap<string, HostArray>;
}

export function chooseFunction({ chosen, parameter, state, known }: ChooseContext, parts: FileParts): StepFunction {
  const program = tasksOf(chosen.becomes, parts.cut.sizes);
  const used = new UsedParameters([parameter]);
  const output = printOutput({ kind: "final", path: chosen.state });
  const { storage } = lookup(program.outputs, output, "c");
  const owners = {
    results: new Map([[storage, state.place]]),
    inputs: {
      data: (name: string) => used.placeOf(name),
      held: (name: string) => parts.arrays.known(name, lookup(known, name, "c")),
    },
  };
  const placeOf = placesOf(program, owners, parts);
  const statements = parts.functions.statements(program.tasks, placeOf);
  // What is not scaled is the state as it is.
  const copies = storage.role === "result" ? [] : [copyStatement(state.place, placeOf(storage), state.count)];
  return { parameters: [parameter], statements: [...statements, ...copies] };
}

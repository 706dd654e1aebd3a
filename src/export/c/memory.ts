// Where the storage of a program of a C file is: in parameters, in the struct, or in arrays of the file.
import { fail, lookup } from "../../base/invariant.ts";
import type { Place, PlaceOf } from "../../codegen/c/operands.ts";
import { recordProduct } from "../../codegen/c/product.ts";
import type { InputKind } from "../../graph/border.ts";
import type { Graph } from "../../graph/graph.ts";
import { inputOf } from "../../graph/node.ts";
import { layOut } from "../../kernel/arena.ts";
import { fuse } from "../../kernel/fuse.ts";
import { record, type RecordedInput, type RecordedProgram } from "../../kernel/record.ts";
import type { Task } from "../../kernel/task.ts";
import { BYTES, rootOf, type Storage } from "../../kernel/view.ts";
import type { Sizes } from "../../shape/dim.ts";
import type { FileParts } from "./file-parts.ts";

/** A graph as tasks. */
export interface Tasks extends Pick<RecordedProgram, "inputs" | "outputs"> {
  readonly tasks: readonly Task[];
}

export function tasksOf(graph: Graph, sizes: Sizes): Tasks {
  const recorded = record(graph, sizes, recordProduct);
  return { ...recorded, tasks: fuse(recorded.tasks) };
}

/** Where inputs are, by their kinds. */
type InputPlaces = { readonly [K in InputKind]: (name: string) => Place };

function notRead(name: string): never {
  return fail("c", `${name} is not an input of a step`);
}

const NOT_READ: InputPlaces = {
  weight: notRead,
  data: notRead,
  labelled: notRead,
  lengths: notRead,
  state: notRead,
  fresh: notRead,
  random: notRead,
  cut: notRead,
  cotangent: notRead,
  setting: notRead,
  slot: notRead,
  saved: notRead,
  held: notRead,
  symbol: notRead,
};

interface Owners {
  /** Places of inputs other than weights, by the names of the inputs. */
  readonly inputs: Partial<InputPlaces>;
  /** Places of outputs. */
  readonly results: ReadonlyMap<Storage, Place>;
}

/** Where all storage of a program is. */
export function placesOf(program: Tasks, { inputs, results }: Owners, parts: FileParts): PlaceOf {
  const { tasks } = program;
  const offsets = new Map([...layOut(tasks, "float32").offsets, ...layOut(tasks, "int32").offsets]);
  const byStorage = new Map(program.inputs.map((input) => [input.view.storage, input]));
  const moving = movingStorage(tasks);
  const weight = ({ name, view }: RecordedInput): Place =>
    parts.arrays.weight(name, lookup(parts.weights, name, "c"), !moving.has(view.storage));
  return (storage) => {
    switch (storage.role) {
      case "input": {
        const input = byStorage.get(storage) ?? fail("c", "an input that is not recorded");
        const { kind } = inputOf(input.node);
        return kind === "weight" ? weight(input) : { ...NOT_READ, ...inputs }[kind](input.name);
      }
      case "constant":
        return parts.arrays.constant(storage);
      case "result":
        return lookup(results, storage, "c");
      case "temporary":
        return parts.struct.scratch(storage.kind, lookup(offsets, storage, "c") / BYTES, storage.count);
    }
  };
}

/** Storage from which a loop reads another part at each turn: int8 is not read so. */
function movingStorage(tasks: readonly Task[]): ReadonlySet<Storage> {
  const found = new Set<Storage>();
  const visit = (task: Task): void => {
    if (task.kind === "loop") task.body.forEach(visit);
    else for (const view of task.reads) if (view.step !== 0) found.add(rootOf(view.storage).storage);
  };
  tasks.forEach(visit);
  return found;
}

// Cells and models whose gradients are shown: of a spec with its first weights, of a trained model before and after training.
import { loadCheckpointBytes } from "../checkpoint/checkpoint-files.ts";
import { readCheckpoint } from "../checkpoint/checkpoint.ts";
import { openCheckpoint, openUntrained } from "../library/checkpoint.ts";
import { chosenOrFitting } from "../library/choose.ts";
import type { CompiledModel } from "../library/types.ts";
import { openSpecFile } from "./open-spec-file.ts";
import { namedSpec } from "./named-spec.ts";
import { isFolder } from "./open-spec-or-folder.ts";
import { openSpec, type Given, type Included } from "./select.ts";

/** Of a parameter without a value. */
const SIZE = 32;

interface Options extends Included {
  readonly set: readonly Given[];
  readonly target: string;
  readonly seed: number;
}

export interface Openable {
  readonly label: string;
  readonly open: () => Promise<CompiledModel>;
}

/** `path`: `FILE.rec`, `FILE.rec:NAME`, or a folder. Throws a UserError for any other, and as the spec or folder is opened. */
export function openForFlow(path: string, options: Options): readonly Openable[] {
  return isFolder(path) ? trained(path, options) : [spec(path, options)];
}

function trained(folder: string, { target, seed }: Options): readonly Openable[] {
  const { file, bytes } = loadCheckpointBytes(folder);
  const checkpoint = readCheckpoint(bytes, file);
  return [
    { label: `${folder}, before training`, open: () => openUntrained(checkpoint, file, { target, seed }) },
    { label: `${folder}, after training`, open: () => openCheckpoint(checkpoint, file, { target, seed }) },
  ];
}

function spec(path: string, { set, include, target, seed }: Options): Openable {
  const { file, choice } = namedSpec(path, { include });
  const { definition } = chosenOrFitting(openSpec(file, { include }), choice);
  const open = definition.parameters.flatMap((parameter): Given[] => {
    const { name: own, kind: what, default: standard } = parameter;
    const isGiven = what !== "number" || standard !== null || set.some((each) => each.name === own.name);
    return isGiven ? [] : [{ name: own.name, value: SIZE }];
  });
  return {
    label: definition.name.name,
    open: () => openSpecFile(file, { include, target, seed, ...choice, set: [...set, ...open] }),
  };
}

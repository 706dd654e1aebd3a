// The shipped library of cells and models, and files beside a spec: what `use … from "…"` reads.
// A spec may come from a stranger: what it names is read only where specs may stand, and only if it is a plain file.
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, isAbsolute, join, normalize, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { UserError } from "../base/diagnostic.ts";
import type { Source } from "../base/source.ts";
import type { Loader } from "../lang/scope.ts";
import { readPlainText, readText } from "../files/files.ts";

const SPECS = fileURLToPath(new URL("../../specs/", import.meta.url));

const shippedSources = new Map<string, readonly Source[]>();

/** The files of the shipped library under `specs/NAME/`, in order of name. They are read once. */
export function shipped(name: "cells" | "models"): readonly Source[] {
  const sources = shippedSources.get(name) ?? readShipped(name);
  shippedSources.set(name, sources);
  return sources;
}

function readShipped(name: "cells" | "models"): readonly Source[] {
  const folder = join(SPECS, name);
  return readdirSync(folder)
    .filter((file) => file.endsWith(".rec"))
    .sort()
    .map((file) => ({ name: join("specs", name, file), text: readFileSync(join(folder, file), "utf8") }));
}

/** Reads a spec file that the user names. Throws a UserError where it is missing, too long or not UTF-8. */
export function readSpec(path: string): Source {
  return { name: normalize(path), text: readText(path, LONGEST_SPEC) };
}

/** Of a spec file, in bytes: far beyond what anybody writes, but a device may never end. */
const LONGEST_SPEC = 1 << 26;

/** Reads what `use … from "path"` names: the shipped library, and spec files in the folder of the first spec or below it. */
export const loadFromDisk: Loader = loaderWith([]);

/** As `loadFromDisk`; files may stand in `include` too. Throws a UserError where one of these is not a folder. */
export function loaderWith(include: readonly string[]): Loader {
  const wrong = include.find((folder) => !existsSync(folder) || !statSync(folder).isDirectory());
  if (wrong !== undefined) throw new UserError(`${wrong}: there is no such folder to take specs from`);
  return (path, from, root) => {
    if (path === "cells" || path === "models") return shipped(path);
    const file = isAbsolute(path) ? normalize(path) : join(dirname(from.name), path);
    const allowed = [dirname(root.name), ...include];
    // Whether there is such a file must not show where it must not be read.
    if (
      !isInside(
        resolve(file),
        allowed.map((folder) => resolve(folder)),
      )
    )
      throw outside(path, root);
    if (!existsSync(file)) return [];
    if (!file.endsWith(SPEC)) throw new UserError(`"${path}" is not a spec file: the names of these end in ${SPEC}`);
    if (!isInside(realpathSync(file), allowed.map(realFolder))) throw outside(path, root);
    return [{ name: file, text: readPlainText(file, LONGEST_SPEC) }];
  };
}

const SPEC = ".rec";

function isInside(file: string, folders: readonly string[]): boolean {
  return folders.some((folder) => file.startsWith(folder.endsWith(sep) ? folder : folder + sep));
}

/** A folder without links; a source that is only text may name one that does not exist. */
function realFolder(folder: string): string {
  return existsSync(folder) ? realpathSync(folder) : resolve(folder);
}

function outside(path: string, root: Source): UserError {
  return new UserError(
    `"${path}" lies outside of the folder of ${root.name}: only specs in it and in the folders that --include names are read (in the library: by \`loader\`)`,
  );
}

// Loads what `use … from "…"` names: the shipped cells and models, and spec files near the spec.
// Specs are not trusted: a file that one names is read only from allowed folders, and only if it is a plain file.
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, isAbsolute, join, normalize, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { UserError } from "../base/diagnostic.ts";
import type { Source } from "../base/source.ts";
import type { Loader } from "../lang/scope.ts";
import { readPlainText, readText } from "../files/files.ts";

const SPECS = fileURLToPath(new URL("../../specs/", import.meta.url));

const shippedSources = new Map<string, readonly Source[]>();

/** The files of the shipped library in `specs/NAME/`, sorted by name. They are read once. */
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

/** Reads a spec file that the user names. Throws a UserError if it is missing, too long or not UTF-8. */
export function readSpec(path: string): Source {
  return { name: normalize(path), text: readText(path, LONGEST_SPEC) };
}

/** The limit of a spec file, in bytes. No real spec is near it, but a device may never end. */
const LONGEST_SPEC = 1 << 26;

/** Reads what `use … from "path"` names: the shipped library, and spec files in the folder of the first spec or below it. */
export const loadFromDisk: Loader = loaderWith([]);

/** As `loadFromDisk`, but files may be in the folders `include` too. Throws a UserError if one of these is not a folder. */
export function loaderWith(include: readonly string[]): Loader {
  const wrong = include.find((folder) => !existsSync(folder) || !statSync(folder).isDirectory());
  if (wrong !== undefined) throw new UserError(`${wrong}: there is no such folder`);
  return (path, from, root) => {
    if (path === "cells" || path === "models") return shipped(path);
    const file = isAbsolute(path) ? normalize(path) : join(dirname(from.name), path);
    const allowed = [dirname(root.name), ...include];
    // This comes first: outside of the allowed folders, a message must not show whether a file exists.
    if (
      !isInside(
        resolve(file),
        allowed.map((folder) => resolve(folder)),
      )
    )
      throw outside(path, root);
    if (!existsSync(file)) return [];
    if (!file.endsWith(SPEC))
      throw new UserError(`"${path}" is not a spec file: the name of a spec file ends in ${SPEC}`);
    if (!isInside(realpathSync(file), allowed.map(realFolder))) throw outside(path, root);
    return [{ name: file, text: readPlainText(file, LONGEST_SPEC) }];
  };
}

const SPEC = ".rec";

function isInside(file: string, folders: readonly string[]): boolean {
  return folders.some((folder) => file.startsWith(folder.endsWith(sep) ? folder : folder + sep));
}

/** A folder with its links resolved. It may not exist, if a source is only text. */
function realFolder(folder: string): string {
  return existsSync(folder) ? realpathSync(folder) : resolve(folder);
}

function outside(path: string, root: Source): UserError {
  return new UserError(
    `"${path}" is outside of the folder of ${root.name}: specs are read only from that folder and those of --include (in the library: through \`loader\`)`,
  );
}

// Folders of packages that hold data. They are optional: a missing one is one sentence with what to install.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { notInstalled } from "../base/optional-package.ts";

/** The folder of a package, which need not have anything to import. Throws a UserError that says how to install it. */
export function folderOfPackage(name: string): string {
  const places = createRequire(import.meta.url).resolve.paths(name) ?? [];
  const found = places.map((place) => join(place, name)).find((folder) => existsSync(folder));
  if (found === undefined) throw notInstalled(name, `npm i ${name}`);
  return found;
}

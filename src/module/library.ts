// The shipped library of cells and models, and files beside a spec: what `use … from "…"` reads.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, isAbsolute, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import type { Source } from "../base/source.ts";
import type { Loader } from "../lang/scope.ts";
import { readText } from "./files.ts";

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

/** Reads a spec file. Throws a UserError where it is missing or no UTF-8. */
export function readSpec(path: string): Source {
  return { name: normalize(path), text: readText(path) };
}

export const loadFromDisk: Loader = (path, from) => {
  if (path === "cells" || path === "models") return shipped(path);
  const file = isAbsolute(path) ? path : join(dirname(from.name), path);
  return existsSync(file) ? [{ name: file, text: readText(file) }] : [];
};

// The package as it is published, unpacked into a folder of its own with only its dependencies.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { ROOT } from "../support/command.ts";
import { PACKAGE, packInto, printed } from "../support/packed.ts";

/** The build of the package alone takes ten seconds on an idle core. */
export const SLOW = 240_000;

export interface Installed {
  /** Its archive is here, and programs in here find it by its name. */
  readonly folder: string;
  /** Its own files. */
  readonly installed: string;
  /** Programs in here find tfjs beside the package; the package itself does not, as in a plain install. */
  readonly withTfjs: string;
}

/** The folders, which are filled before the tests of a file and removed after them. */
export function installedPackage(): Installed {
  const folder = mkdtempSync(join(tmpdir(), "recurra-package-"));
  const installed = join(folder, "node_modules", "recurra");
  const withTfjs = join(folder, "tfjs");
  beforeAll(async () => {
    await printed("tar", ["-xzf", await packInto(folder)], folder);
    mkdirSync(dirname(installed));
    await printed("mv", ["package", installed], folder);
    linkPackages(Object.keys(PACKAGE.dependencies), folder);
    linkPackages(["@tensorflow/tfjs", "@tensorflow/tfjs-backend-wasm"], withTfjs);
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }\n');
  }, SLOW);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return { folder, installed, withTfjs };
}

/** Puts packages of this checkout into the node_modules of a folder. */
function linkPackages(names: readonly string[], into: string): void {
  for (const name of names) {
    mkdirSync(dirname(join(into, "node_modules", name)), { recursive: true });
    symlinkSync(join(ROOT, "node_modules", name), join(into, "node_modules", name));
  }
}

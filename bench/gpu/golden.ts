// Golden files of any folder on our forms on a GPU.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { open } from "../../src/compile.ts";
import type { Comparison } from "../../src/golden/compare.ts";
import { readGolden, type Golden } from "../../src/golden/golden.ts";
import { verify } from "../../src/golden/verify.ts";
import type { ScopedDefinition } from "../../src/lang/scope.ts";
import { loadEmbedded } from "../../src/shipped/embedded.ts";
import type { Target } from "../../src/targets/target.ts";
import { rounded } from "../measure.ts";
import type { Check } from "./results.ts";
import { isNear } from "./tolerance.ts";

export type Verify = (definition: ScopedDefinition, golden: Golden) => Promise<readonly Comparison[]>;

export function verifyOn<T>(target: Target<T>): Verify {
  return (definition, golden) => verify(definition, golden, target);
}

/** The paths of a folder's golden files. The folder is one here, or else one that was packed beside the benchmark. */
export function goldenFiles(folder: string): readonly string[] {
  const here = resolve(folder);
  const from = existsSync(here) ? here : join(import.meta.dirname, folder);
  return readdirSync(from)
    .filter((name) => name.endsWith(".json"))
    .map((name) => join(from, name));
}

/** Compares all values of a file. Throws an Error for a definition that is not shipped, or a file that does not fit it. */
export async function checkGolden(path: string, forms: ReadonlyMap<string, Verify>): Promise<readonly Check[]> {
  const golden = readGolden(readFileSync(path, "utf8"), path);
  const name = golden.kind === "cell" ? golden.cell : golden.model;
  const text = `use ${name} from "${golden.kind}s"\n`;
  const definition = open({ name: "golden.rec", text }, loadEmbedded).definitions.get(name);
  if (definition === undefined) throw new Error(`no \`${name}\` is shipped`);
  const checks: Check[] = [];
  for (const [who, verifyWith] of forms) {
    const comparisons = await verifyWith(definition, golden);
    const worst = (isGradient: boolean): number =>
      Math.max(
        0,
        ...comparisons.filter((each) => each.name.startsWith("grad") === isGradient).map(({ error }) => error),
      );
    const [forward, gradient] = [worst(false), worst(true)];
    const finiteOrNull = (error: number): number | null => (Number.isFinite(error) ? rounded(error) : null);
    const case_ = path.split("/").at(-1) ?? path;
    checks.push({
      case: case_,
      who,
      forward: finiteOrNull(forward),
      gradient: finiteOrNull(gradient),
      isRight: isNear(forward, gradient) && comparisons.length > 0,
    });
  }
  return checks;
}

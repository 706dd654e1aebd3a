// Values by name in a JSON file: numbers, as { "x": [[1, 0], [0, 1]] }, or a row of data, as { "source": "abc" }.
import { readFileSync } from "node:fs";
import { z } from "zod";
import { UserError } from "../base/diagnostic.ts";
import { readText } from "../files/files.ts";
import type { Arrays, CompiledModel } from "../library/types.ts";

type Numbers = number | readonly Numbers[];

const NUMBERS: z.ZodType<Numbers> = z.lazy(() => z.union([z.number(), z.array(NUMBERS)]));
const OBJECT = z.record(z.string(), NUMBERS);

/** `-`: standard input. Throws a UserError for anything but an object. */
export function readJsonObject(file: string, what: string): Readonly<Record<string, unknown>> {
  const name = nameOf(file);
  const text = file === "-" ? readFileSync(0, "utf8") : readText(file);
  const read = z.record(z.string(), z.unknown()).safeParse(parsed(text, name));
  if (read.success) return read.data;
  throw new UserError(`${name}: expected the ${what} by name, as { "x": [[1, 0], [0, 1]] }`);
}

/** Numbers for a model by name; of a row of data, those that encode it. Throws a UserError for anything else. */
export async function arraysFor(
  model: CompiledModel,
  given: Readonly<Record<string, unknown>>,
  file: string,
): Promise<Arrays> {
  return hasText(given) ? (await model.encode([given])).arrays : numbersIn(given, file, "inputs");
}

/** As `readJsonObject`. Throws a UserError for anything but numbers in arrays. */
export function readNumbers(file: string, what: string): Arrays {
  return numbersIn(readJsonObject(file, what), file, what);
}

/** Whether a text stands anywhere in it, so that it is a row of data. */
function hasText(value: unknown): boolean {
  if (typeof value === "string") return true;
  return typeof value === "object" && value !== null && Object.values(value).some(hasText);
}

/** Throws a UserError if anything but numbers in arrays stands in it. */
export function numbersIn(given: Readonly<Record<string, unknown>>, file: string, what: string): Arrays {
  const name = nameOf(file);
  const read = OBJECT.safeParse(given);
  if (read.success) return read.data;
  const place = read.error.issues[0]?.path.join(".") ?? "";
  throw new UserError(
    `${name}${place === "" ? "" : `, ${place}`}: expected the ${what} by name, numbers in arrays, as { "x": [[1, 0], [0, 1]] }`,
  );
}

function nameOf(file: string): string {
  return file === "-" ? "standard input" : file;
}

function parsed(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (problem) {
    throw new UserError(`${name} is not JSON: ${problem instanceof Error ? problem.message : String(problem)}`);
  }
}

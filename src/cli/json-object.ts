// Numbers by name in a JSON file, as { "x": [[1, 0], [0, 1]] }.
import { readFileSync } from "node:fs";
import { z } from "zod";
import { UserError } from "../base/diagnostic.ts";
import { readText } from "../files/files.ts";
import type { Arrays } from "../library/types.ts";

type Numbers = number | readonly Numbers[];

const NUMBERS: z.ZodType<Numbers> = z.lazy(() => z.union([z.number(), z.array(NUMBERS)]));
const OBJECT = z.record(z.string(), NUMBERS);

/** `-`: standard input. Throws a UserError for anything but numbers in arrays by name. */
export function readJsonObject(file: string, what: string): Arrays {
  const name = file === "-" ? "standard input" : file;
  const text = file === "-" ? readFileSync(0, "utf8") : readText(file);
  const read = OBJECT.safeParse(parsed(text, name));
  if (read.success) return read.data;
  const place = read.error.issues[0]?.path.join(".") ?? "";
  throw new UserError(
    `${name}${place === "" ? "" : `, ${place}`}: expected the ${what} by name, numbers in arrays, as { "x": [[1, 0], [0, 1]] }`,
  );
}

function parsed(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (problem) {
    throw new UserError(`${name} is not JSON: ${problem instanceof Error ? problem.message : String(problem)}`);
  }
}

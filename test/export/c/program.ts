// Compiles generated C with a small main, and runs it: what it is given goes in by a file, and the results of each step come out.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import type { ExportedFile } from "../../../src/export/request.ts";

export interface CParameter {
  readonly identifier: string;
  readonly type: "float" | "int32_t";
  readonly isPointer: boolean;
  readonly isWritten: boolean;
  /** Elements of one step. */
  readonly count: number;
  /** Whether a run writes it once, after the last step. */
  readonly isOnce: boolean;
}

/** What a header declares. */
export interface Header {
  readonly name: string;
  readonly begin: readonly CParameter[];
  readonly step: readonly CParameter[];
  readonly chosen: readonly CParameter[];
  /** Of the struct. */
  readonly bytes: number;
}

export function readHeader(text: string): Header {
  const [, name = "", bytes = ""] = /\/\* (\w+)_state: (\d+) bytes\. \*\//.exec(text) ?? expect.fail("no struct");
  const parametersOf = (called: string): readonly CParameter[] => {
    const found = new RegExp(`/\\*([^*]*)\\*/\\nvoid ${name}_${called}\\(([^)]*)\\);`).exec(text);
    const [, doc = "", list = ""] = found ?? [];
    return list
      .split(/,\s+/)
      .slice(1)
      .map((parameter) => {
        const [, isConst, type, star, identifier = ""] =
          /^(const )?(float|int32_t) (\*?)(\w+)$/.exec(parameter) ?? expect.fail(parameter);
        const [, count = "1", more = ""] =
          new RegExp(`\\s${identifier}:\\s+\\[[^\\]]*\\],\\s+(\\d+)\\s+elements?([^.]*)`).exec(doc) ?? [];
        return {
          identifier,
          type: type === "int32_t" ? "int32_t" : "float",
          isPointer: star === "*",
          isWritten: star === "*" && isConst === undefined,
          count: Number(count),
          isOnce: /\bso\s+far\b/.test(more),
        } as const;
      });
  };
  const chosen = [...text.matchAll(/void \w+?_(choose_\w+)\(/g)].flatMap(([, called = ""]) => parametersOf(called));
  return { name, begin: parametersOf("begin"), step: parametersOf("step"), chosen, bytes: Number(bytes) };
}

/** Reads from standard input what begin, all steps and choices are given; writes all results step by step, and checks that a run gives the same. */
function mainOf({ name, begin, step, chosen }: Header, steps: number): string {
  const inputs = [...step.filter((each) => !each.isWritten), ...chosen];
  const outputs = step.filter((each) => each.isWritten);
  const array = ({ identifier, type, count }: CParameter, times: number, more = ""): string =>
    `${type} *${identifier}${more} = malloc(${count * times} * sizeof(${type}));`;
  const read = ({ identifier, type, count }: CParameter, times: number): string =>
    `if (fread(${identifier}, sizeof(${type}), ${count * times}, stdin) != ${count * times}) return 2;`;
  const atStep = ({ identifier, isPointer, count }: CParameter): string =>
    isPointer ? `${identifier} + t * ${count}` : `${identifier}[t * ${count}]`;
  const whole = ({ identifier, isPointer }: CParameter): string => (isPointer ? identifier : `*${identifier}`);
  const again = ({ identifier, type, count, isOnce }: CParameter): string => {
    const [from, compared] = isOnce ? [count * (steps - 1), count] : [0, count * steps];
    return `if (memcmp(${identifier} + ${from}, ${identifier}_again, ${compared} * sizeof(${type})) != 0) return 3;`;
  };
  const all = [...begin.map((each) => [each, 1] as const), ...inputs.map((each) => [each, steps] as const)];
  return `#include "${name}.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
int main(void) {
  ${name}_state *s = malloc(sizeof *s);
  ${all.map(([each, times]) => array(each, times)).join("\n  ")}
  ${outputs.flatMap((each) => [array(each, steps), array(each, steps, "_again")]).join("\n  ")}
  ${all.map(([each, times]) => read(each, times)).join("\n  ")}
  memset(s, 0xff, sizeof *s);
  ${begin.length === 0 ? `${name}_reset(s);` : `${name}_begin(${["s", ...begin.map(whole)].join(", ")});`}
  for (int t = 0; t < ${steps}; t++) {
    ${name}_step(${["s", ...step.map(atStep)].join(", ")});
    ${chosen.map((each) => `${name}_choose_${each.identifier}(s, ${atStep(each)});`).join("\n    ")}
  }
  ${outputs.map((each) => `fwrite(${each.identifier}, sizeof(${each.type}), ${each.count * steps}, stdout);`).join("\n  ")}
  ${name}_run(${["s", steps, ...[...inputs, ...outputs.map((each) => ({ ...each, identifier: `${each.identifier}_again` }))].map(({ identifier }) => identifier)].join(", ")});
  ${outputs.map(again).join("\n  ")}
  ${[...all.map(([{ identifier }]) => identifier), ...outputs.flatMap(({ identifier }) => [identifier, `${identifier}_again`]), "s"].map((each) => `free(${each});`).join("\n  ")}
  return 0;
}
`;
}

const STRICT = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic"];
const FAST = [...STRICT, "-O2"] as const;
const SANITIZED = [...STRICT, "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"] as const;

/** How a program is compiled: without a warning in each way. */
export const WAYS = { both: [FAST, SANITIZED], sanitized: [SANITIZED] } as const;

export type Arrays = ReadonlyMap<string, Float32Array | Int32Array>;

/** What a program with its own main prints. */
export function outputOf(files: readonly ExportedFile[], main: string): string {
  return inFolder((folder) => {
    for (const { name, content } of files) writeFileSync(join(folder, name), content);
    writeFileSync(join(folder, "main.c"), main);
    const sources = files.map(({ name }) => name).filter((name) => name.endsWith(".c"));
    execFileSync("gcc", [...FAST, ...sources, "main.c", "-lm", "-o", "main"], { cwd: folder });
    return execFileSync(join(folder, "main"), { encoding: "utf8" });
  });
}

function inFolder<R>(work: (folder: string) => R): R {
  const folder = mkdtempSync(join(tmpdir(), "recurra-c-"));
  try {
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export interface RunOptions {
  readonly steps: number;
  readonly ways: (typeof WAYS)[keyof typeof WAYS];
}

/** The results `[steps, count]` by their identifiers. The program with sanitizers runs too, and must not stop. */
export function runC(
  files: readonly ExportedFile[],
  given: Arrays,
  { steps, ways }: RunOptions,
): ReadonlyMap<string, Float32Array> {
  return inFolder((folder) => {
    for (const { name, content } of files) writeFileSync(join(folder, name), content);
    const header = readHeader(String(files[1]?.content));
    writeFileSync(join(folder, "main_.c"), mainOf(header, steps));
    const inputs = [...header.begin, ...header.step.filter((each) => !each.isWritten), ...header.chosen];
    const input = Buffer.concat(
      inputs.map(({ identifier }) => {
        const { buffer, byteOffset, byteLength } = given.get(identifier) ?? expect.fail(`nothing for ${identifier}`);
        return Buffer.from(buffer, byteOffset, byteLength);
      }),
    );
    const results = ways.map((flags, way) => {
      const program = join(folder, `main${way}`);
      execFileSync("gcc", [...flags, `${header.name}.c`, "main_.c", "-lm", "-o", program], { cwd: folder });
      return execFileSync(program, { input });
    });
    const [first = Buffer.alloc(0), second = first] = results;
    const outputs = header.step.filter((each) => each.isWritten);
    let offset = 0;
    const found = outputs.map(({ identifier, count }): [string, Float32Array] => {
      const values = Float32Array.from({ length: count * steps }, (_, index) => first.readFloatLE(offset + 4 * index));
      offset += 4 * values.length;
      return [identifier, values];
    });
    expect(first.byteLength).toBe(offset);
    expect(second.byteLength).toBe(offset);
    return new Map(found);
  });
}

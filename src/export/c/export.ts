// The format `c`: one C99 file and its header, which allocate nothing and need `math.h` only.
import { indented, wrapped } from "../../codegen/c/layout.ts";
import type { ExportedFile, ExportRequest } from "../request.ts";
import { atStep, declared, declaredForAll, type Parameter } from "./parameters.ts";
import { stepsFileOf, type StepsFile } from "./steps-file.ts";
import { comment } from "./text.ts";
import { symbolTables } from "./vocabularies.ts";

/** Throws a UserError for what cannot go step by step, and for a length that is not known. */
export function exportC(request: ExportRequest): Promise<readonly ExportedFile[]> {
  const file = stepsFileOf(request);
  const functions = functionsOf(request.name, file);
  const { bytes } = file.struct;
  return Promise.resolve([
    {
      name: `${request.name}.c`,
      content: sourceText(request, file, functions),
      note: `${request.name}_state takes ${bytes} bytes of memory, and constants take ${file.arrays.bytes} bytes`,
    },
    { name: `${request.name}.h`, content: headerText(request, file, functions) },
  ]);
}

interface PublicFunction {
  readonly doc: string;
  /** Without the semicolon. */
  readonly declaration: string;
  readonly statements: readonly string[];
}

function functionsOf(name: string, file: StepsFile): readonly PublicFunction[] {
  const { begin, step, chosen } = file;
  const all = (parameters: readonly string[]): string => [`${name}_state *s`, ...parameters].join(", ");
  const reset: PublicFunction = {
    doc: begin === undefined ? "Begins a sequence." : `Begins a sequence again with what ${name}_begin was given.`,
    declaration: `void ${name}_reset(${all([])})`,
    statements: begin === undefined ? ["memset(s, 0, sizeof *s);", ...freshStatements(file)] : resetStatements(file),
  };
  const begins: readonly PublicFunction[] =
    begin === undefined
      ? []
      : [
          {
            doc: `Begins a sequence. ${listed(begin.parameters)}`,
            declaration: `void ${name}_begin(${all(begin.parameters.map(declared))})`,
            statements: ["memset(s, 0, sizeof *s);", ...freshStatements(file), ...begin.statements],
          },
        ];
  const isFirst = file.fresh === undefined ? [] : [`${file.fresh.place.pointer}[0] = 0.0f;`];
  return [
    ...begins,
    reset,
    {
      doc: `Goes one step on. ${listed(step.parameters)}`,
      declaration: `void ${name}_step(${all(step.parameters.map(declared))})`,
      statements: [...step.statements, ...isFirst],
    },
    ...chosen.map((each) => chosenFunction(name, each)),
    runFunction(name, file),
  ];
}

function freshStatements({ fresh }: StepsFile): readonly string[] {
  return fresh === undefined ? [] : [`${fresh.place.pointer}[0] = 1.0f;`];
}

function resetStatements(file: StepsFile): readonly string[] {
  const zeros = file.states.map(({ place }) => `memset(${place.pointer}, 0, sizeof ${place.pointer});`);
  return [...zeros, ...freshStatements(file)];
}

function chosenFunction(name: string, { parameter, choose }: StepsFile["chosen"][number]): PublicFunction {
  const { identifier } = parameter;
  return {
    doc: `Says what ${identifier} was at the last step: the next step reads it. ${listed([parameter])}`,
    declaration: `void ${name}_choose_${identifier}(${name}_state *s, ${declared(parameter)})`,
    statements: choose.statements,
  };
}

/** All steps of a sequence, one by one. */
function runFunction(name: string, { step, chosen }: StepsFile): PublicFunction {
  const parameters = [
    ...step.parameters.filter(({ isWritten }) => !isWritten),
    ...chosen.map(({ parameter }) => parameter),
    ...step.parameters.filter(({ isWritten }) => isWritten),
  ];
  const isOnce = parameters.some(({ hasSteps, isWritten }) => isWritten && !hasSteps);
  const layout = `An array holds the elements of one step after those of the step before.${isOnce ? " A result of all steps so far is written once." : ""}`;
  const call = (called: string, passed: readonly Parameter[]): string =>
    `${name}_${called}(${["s", ...passed.map(atStep)].join(", ")});`;
  return {
    doc: `Begins a sequence again and goes through all its steps. ${layout}`,
    declaration: `void ${name}_run(${[`${name}_state *s`, "int steps", ...parameters.map(declaredForAll)].join(", ")})`,
    statements: [
      `${name}_reset(s);`,
      "for (int t = 0; t < steps; t++) {",
      call("step", step.parameters),
      ...chosen.map(({ parameter }) => call(`choose_${parameter.identifier}`, [parameter])),
      "}",
    ],
  };
}

function listed(parameters: readonly Parameter[]): string {
  const one = ({ identifier, count, shape, isWritten, hasSteps }: Parameter): string => {
    const written = isWritten ? `, is written${hasSteps ? "" : ", of all steps so far"}` : "";
    return `${identifier}: ${shape}, ${count} element${count === 1 ? "" : "s"}${written}.`;
  };
  return parameters.map(one).join(" ");
}

function headerText(
  { name, madeFrom, vocabularies }: ExportRequest,
  { struct }: StepsFile,
  functions: readonly PublicFunction[],
): string {
  const guard = `${name}_H`;
  const tables = symbolTables(name, vocabularies).map(({ declaration }) => declaration);
  return `${comment(`${madeFrom}.`)}
/* ${name}_state: ${struct.bytes} bytes. */
#ifndef ${guard}
#define ${guard}

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* All memory of one sequence. A copy of it is a sequence that goes on by itself. */
typedef struct {
${struct.text}
} ${name}_state;
${tables.length === 0 ? "" : `\n/* The symbols of token ids, in UTF-8. */\n${tables.join("\n")}\n`}
/* The arrays of one call do not overlap. */
${functions.map(({ doc, declaration }) => `\n${comment(doc)}\n${inLines(`${declaration};`)}\n`).join("")}
#ifdef __cplusplus
}
#endif

#endif
`;
}

function sourceText(
  { name, madeFrom, vocabularies }: ExportRequest,
  { struct, arrays, functions: tasks }: StepsFile,
  functions: readonly PublicFunction[],
): string {
  const parts = [
    `${comment(`${madeFrom}.`)}
/* ${name}_state: ${struct.bytes} bytes. Constants: ${arrays.bytes} bytes. */
#include "${name}.h"

#include <math.h>
#include <stddef.h>
#include <string.h>`,
    `/* This does not compile if the struct has another size. */
typedef char ${name}_check_size[sizeof(${name}_state) == ${struct.bytes} ? 1 : -1];`,
    ...arrays.definitions,
    ...symbolTables(name, vocabularies).map(({ definition }) => definition),
    ...tasks.definitions,
    ...functions.map(({ declaration, statements }) => `${inLines(`${declaration} {`)}\n${bodyText(statements)}\n}`),
  ];
  return `${parts.join("\n\n")}\n`;
}

function inLines(line: string): string {
  return wrapped(line, "").join("\n");
}

/** Compilers warn of a parameter that nothing uses: here the struct, if nothing is kept. */
function bodyText(given: readonly string[]): string {
  const statements = given.some((each) => /\bs\b/.test(each)) ? given : ["(void)s;", ...given];
  return indented(`{\n${statements.join("\n")}\n}`)
    .split("\n")
    .slice(1, -1)
    .join("\n");
}

// What the formats of PyTorch, JAX and tfjs are tried on, in which forms, and how near their results must be.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { open } from "../../src/compile.ts";
import { loadFromDisk } from "../../src/shipped/specs.ts";
import { ALL_CELLS, CELLS, MODELS } from "../support/specs.ts";
import { HOSTILE, type Form, type Subject } from "./python-cases.ts";

/**
 * float32 against float64, through a few dozen operations; gradients sum over steps. A gradient whose greatest element is below 0.01 is a
 * difference of numbers near 1 that cancel, so it is compared with that.
 */
export const FORWARD = 1e-5;
export const GRADIENT = 1e-4;

export const FORMS: Readonly<Record<string, Form>> = {
  full: { isRagged: false, givesState: false },
  ragged: { isRagged: true, givesState: false },
  continued: { isRagged: true, givesState: true },
};

/** Cells that ask nothing of the compiler that no other does. */
export const ORDINARY: ReadonlySet<string> = new Set(
  ALL_CELLS.filter((each) => !CELLS.includes(each)).map(({ name }) => name),
);

/** Cells that begin with states of -1e30, beside which PyTorch's logsumexp rounds log(2) away: its gradient there is twice as large. */
const GIVEN_STATES: ReadonlySet<string> = new Set(["CTC"]);

/**
 * Those that a subject has: lengths are for rows, and states for what goes on from them. Each form takes seconds: ordinary cells have one,
 * in which examples have lengths, and wirings the last of theirs. Others have one without lengths and states, and one with both.
 */
export function formsOf(
  { name, layout, isShipped = true }: Pick<Subject, "name" | "layout"> & Partial<Subject>,
  goesOn: boolean,
): readonly (readonly [string, Form])[] {
  const all = Object.entries(FORMS).filter(
    ([, { isRagged, givesState }]) => (goesOn || !givesState) && (layout === "rows" || !isRagged),
  );
  if (!isShipped) return all.slice(-1);
  if (!ORDINARY.has(name)) return all.filter(([form]) => form !== "ragged" || !goesOn);
  return all.filter(([form]) => form === (GIVEN_STATES.has(name) ? "continued" : "ragged"));
}

/** All shipped cells and models, all wirings, and a spec with hostile names. */
export function subjects(): readonly Subject[] {
  return [
    ...[...ALL_CELLS, ...MODELS].map((each) => ({ ...each, layout: "rows" as const, isShipped: true })),
    ...MODELS.filter(({ name }) => name === "CharLM").map((each) => ({
      ...each,
      name: "CharLM of a text",
      layout: "text" as const,
      isShipped: true,
    })),
    ...wirings(),
    hostile(),
  ];
}

function wirings(): readonly Subject[] {
  return ["test/wirings", "test/cells"].flatMap((folder) =>
    readdirSync(folder)
      .sort()
      .map((file) => {
        const scope = open({ name: file, text: readFileSync(join(folder, file), "utf8") }, loadFromDisk);
        const definition = [...scope.definitions.values()].find((each) => each.scope === scope);
        return {
          name: file,
          definition: definition ?? expect.fail("no definition"),
          layout: "rows" as const,
          isShipped: false,
        };
      }),
  );
}

function hostile(): Subject {
  const { definitions } = open({ name: "hostile.rec", text: HOSTILE }, loadFromDisk);
  const definition = definitions.get("lambda") ?? expect.fail("no definition");
  return { name: "hostile names", definition, layout: "rows", isShipped: false };
}

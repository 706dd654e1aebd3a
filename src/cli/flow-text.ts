// Prints how gradients travel through one cell or model.
import { UserError } from "../base/diagnostic.ts";
import type { Flow, FlowState } from "../flow/flow.ts";
import type { FlowMatrices } from "../flow/matrices.ts";
import { median } from "../flow/median.ts";
import { table } from "./table.ts";

/** The steps back at which gains are printed. */
const SHOWN = [1, 2, 5, 10, 20, 50, 100, 200, 500];

export function flowText({ label, states, step, clipped, gates, matrices }: Flow & { readonly label: string }): string {
  const last = Math.max(...states.map(({ gains }) => gains.length)) - 1;
  const shown = [...SHOWN.filter((k) => k < last), last];
  const row = (name: string, values: readonly number[]): readonly string[] => [
    name,
    ...shown.map((k) => brief(values[k] ?? NaN)),
  ];
  const gains = table([
    ["gain over k steps", ...shown.map((k) => `k = ${k}`)],
    ...states.map(({ name, gains: values }) => row(name, values)),
    ...(clipped === null ? [] : [row("a gradient", clipped.plain), row("a gradient, clipped", clipped.clipped)]),
  ]);
  const lives = table([["half-life, in steps", "shortest", "median", "longest"], ...states.map(lifeOf)]);
  const shares = table([
    ["gate", "below 0.1", "above 0.9"],
    ...gates.map(({ name, closed, open }) => [name, percent(closed), percent(open)]),
  ]);
  return [
    label,
    `one step: singular values from ${brief(step.smallest)} to ${brief(step.largest)}, spectral radius ${brief(step.radius)}`,
    "",
    gains,
    "",
    lives,
    ...(gates.length === 0 ? [] : ["", shares]),
    ...(matrices === null ? [] : matrixLines(matrices)),
  ].join("\n");
}

/** Wider tables do not fit on a screen. */
const MOST_COLUMNS = 16;

/** Throws a UserError for a state that is too large for a table. */
function matrixLines({ elements, steps, products }: FlowMatrices): readonly string[] {
  if (elements.length > MOST_COLUMNS)
    throw new UserError(
      `a table of ${elements.length} × ${elements.length} numbers is too wide: use --json, or a smaller state, as by --set H=4`,
    );
  const last = steps.length;
  const shown = (title: string, matrix: readonly (readonly number[])[]): readonly string[] => [
    "",
    table([
      [title, ...elements],
      ...matrix.map((row, index) => [
        elements[index] ?? "",
        ...row.map((value) => String(Number(value.toPrecision(6)))),
      ]),
    ]),
  ];
  return [
    ...steps.flatMap((matrix, index) => shown(`∂s[${index + 1}]/∂s[${index}]`, matrix)),
    // The first product is the last Jacobian.
    ...products.flatMap((matrix, index) => (index === 0 ? [] : shown(`∂s[${last}]/∂s[${last - index - 1}]`, matrix))),
  ];
}

function lifeOf({ name, halfLives }: FlowState): readonly string[] {
  const sorted = halfLives.toSorted((a, b) => a - b);
  return [name, brief(sorted[0] ?? NaN), brief(median(sorted)), brief(sorted.at(-1) ?? NaN)];
}

function brief(value: number): string {
  if (value === Infinity) return "∞";
  return value !== 0 && Math.abs(value) < 1e-3 ? value.toExponential(1) : String(Number(value.toPrecision(3)));
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}

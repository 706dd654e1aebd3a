// The gradient of weights through time, as textbooks write it: a sum over the steps at which a weight was used.
import { DELTA, type GradientEquations } from "./equations.ts";
import { latexName } from "./latex-names.ts";

/** Lines of text for each weight; nothing for a weight that is frozen. */
export function throughTimeAsText(equations: GradientEquations): string {
  const [s, note] = stateOf(equations);
  const L = lossOf(equations);
  return [
    "# through time",
    ...note.map((line) => `# ${line}`),
    ...weightsOf(equations).map((name) =>
      equations.carried.has(name)
        ? `∂${L}/∂${name} = Σ_t Σ_k≤t ∂${L}[t]/∂${s}[t] · (Π_k<j≤t ∂${s}[j]/∂${s}[j-1]) · ∂${s}[k]/∂${name}`
        : `∂${L}/∂${name} = Σ_t ∂${L}[t]/∂${name}`,
    ),
  ].join("\n");
}

/** The same as an `aligned` block. */
export function throughTimeAsLatex(equations: GradientEquations): string {
  const [state, note] = stateOf(equations);
  const L = lossOf(equations);
  const s = latexName({ kind: "name", name: state, rank: 1, isWeight: false }).replace(/_\{t\}$/, "");
  const at = (step: string): string => `${s}_{${step}}`;
  const lines = weightsOf(equations).map((name) => {
    const weight = latexName({ kind: "name", name, rank: 2, isWeight: true });
    const part = (over: string, under: string): string => `\\frac{\\partial ${over}}{\\partial ${under}}`;
    const sum = equations.carried.has(name)
      ? `\\sum_{t} \\sum_{k \\le t} ${part(`${L}_{t}`, at("t"))} \\left(\\prod_{j=k+1}^{t} ${part(at("j"), at("j-1"))}\\right) ${part(at("k"), weight)}`
      : `\\sum_{t} ${part(`${L}_{t}`, weight)}`;
    return `${part(L, weight)} &= ${sum}`;
  });
  return [
    "% through time",
    ...note.map((line) => `% ${line}`),
    "\\[",
    "\\begin{aligned}",
    lines.join(" \\\\\n"),
    "\\end{aligned}",
    "\\]",
  ].join("\n");
}

/** What stands for the whole state, and what it means. */
function stateOf({ states, backward }: GradientEquations): readonly [string, readonly string[]] {
  const [only, ...others] = states;
  const whole = "s";
  const name = only !== undefined && others.length === 0 ? only : whole;
  const means = others.length === 0 ? [] : [`${whole} is the whole state: ${states.join(", ")} one below the other`];
  const targets = backward.map(({ target }) => target).filter((target) => target.endsWith("[t-1]"));
  const products = targets.length === 0 ? "" : `, by the lines of ${targets.join(" and ")} above`;
  return [
    name,
    [
      ...means,
      `∂${name}[j]/∂${name}[j-1] is the Jacobian of one step${products}; ∂${name}[k]/∂W is that of step k alone`,
    ],
  ];
}

function weightsOf({ backward, weights }: GradientEquations): readonly string[] {
  const named = backward.map(({ target }) => target.slice(DELTA.length));
  return [...new Set(named)].filter((name) => weights.has(name));
}

/** The loss of a cell is that of whoever uses it. */
function lossOf({ loss }: GradientEquations): string {
  return loss ?? "L";
}

// The gradient of weights through time, as textbooks write it: a sum over the steps at which a weight was used.
import { DELTA, type GradientEquations } from "./equations.ts";
import { latexName } from "./latex-names.ts";
import { ONCE } from "./step.ts";
import type { WeightUse } from "./weight-uses.ts";

/** Lines of text for each weight; nothing for a weight that is frozen. */
export function throughTimeAsText(equations: GradientEquations): string {
  const chains = new Chains(equations);
  const lines = [...chains.summed()].map(([name, uses]) => {
    const sums = uses.map((use) => textSum(chains, use));
    return `∂${chains.loss}/∂${name} = ${sums.join(" + ")}`;
  });
  return ["# through time", ...chains.notes().map((note) => `# ${note}`), ...lines].join("\n");
}

/** The same as an `aligned` block. */
export function throughTimeAsLatex(equations: GradientEquations): string {
  const chains = new Chains(equations);
  const lines = [...chains.summed()].map(([name, uses]) => {
    const weight = latexName({ kind: "name", name, rank: 2, isWeight: true, isOnce: false });
    return `${part(chains.loss, weight)} &= ${uses.map((use) => latexSum(chains, use, weight)).join(" + ")}`;
  });
  return [
    "% through time",
    ...chains.notes().map((note) => `% ${note}`),
    "\\[",
    "\\begin{aligned}",
    lines.join(" \\\\\n"),
    "\\end{aligned}",
    "\\]",
  ].join("\n");
}

function textSum(chains: Chains, use: Use): string {
  const { name } = use;
  const { loss } = chains;
  const link = chains.of(use);
  const each = use.isLossOfStep ? `${loss}[t]` : loss;
  if (link === null)
    return use.place === ONCE ? `∂${loss}/∂${name}` : `Σ_t ∂${each}/∂${name}${use.isLossOfStep ? "" : "[t]"}`;
  const s = link.state;
  return link.isForth
    ? `Σ_t Σ_k≤t ∂${each}/∂${s}[t] · (Π_k<j≤t ∂${s}[j]/∂${s}[j-1]) · ∂${s}[k]/∂${name}`
    : `Σ_t Σ_k≥t ∂${each}/∂${s}[t] · (Π_t≤j<k ∂${s}[j]/∂${s}[j+1]) · ∂${s}[k]/∂${name}`;
}

function latexSum(chains: Chains, use: Use, weight: string): string {
  const { loss } = chains;
  const link = chains.of(use);
  const each = use.isLossOfStep ? `${loss}_{t}` : loss;
  if (link === null) {
    if (use.place === ONCE) return part(loss, weight);
    return `\\sum_{t} ${part(each, use.isLossOfStep ? weight : `{${weight}}^{(t)}`)}`;
  }
  const state = latexName({ kind: "name", name: link.state, rank: 1, isWeight: false, isOnce: true });
  const at = (step: string): string => `${state}_{${step}}`;
  const [steps, product, before] = link.isForth ? ["k \\le t", "j=k+1}^{t", "j-1"] : ["k \\ge t", "j=t}^{k-1", "j+1"];
  const jacobians = `\\left(\\prod_{${product}} ${part(at("j"), at(before))}\\right)`;
  return `\\sum_{t} \\sum_{${steps}} ${part(each, at("t"))} ${jacobians} ${part(at("k"), weight)}`;
}

function part(over: string, under: string): string {
  return `\\frac{\\partial ${over}}{\\partial ${under}}`;
}

interface Use extends WeightUse {
  /** Whether there is a loss at each step of the place. */
  readonly isLossOfStep: boolean;
}

/** The uses that have a gradient, by the name of the weight. */
function usesByWeight({ uses, backward, loss, lossPlace }: GradientEquations): ReadonlyMap<string, readonly Use[]> {
  const found = new Map<string, readonly Use[]>();
  for (const use of uses) {
    const { name, place } = use;
    if (!backward.some((each) => each.target === DELTA + name && each.place === place)) continue;
    // The loss of a cell is that of whoever uses it.
    const isLossOfStep = loss === null || (place === lossPlace && place !== ONCE);
    found.set(name, [...(found.get(name) ?? []), { ...use, isLossOfStep }]);
  }
  return found;
}

/** A loop through which a weight has its effect, from the left to the right (forth) or back. */
interface Chain {
  /** What stands for the whole state. */
  readonly state: string;
  readonly isForth: boolean;
  readonly means: readonly string[];
  readonly place: string;
}

/** The loops of a model, each with a name for its whole state. */
class Chains {
  readonly loss: string;
  readonly #equations: GradientEquations;
  readonly #chains = new Map<string, Chain>();
  readonly #isOfSteps: boolean;

  constructor(equations: GradientEquations) {
    this.#equations = equations;
    this.loss = equations.loss ?? "L";
    const uses = [...usesByWeight(equations).values()].flat();
    this.#isOfSteps = uses.every(({ isLossOfStep }) => isLossOfStep);
    for (const use of uses) this.of(use);
  }

  /** Null if no state depends on the weight, or if loops in both directions do. */
  of({ forth, back, place }: WeightUse): Chain | null {
    const isForth = forth.length > 0;
    if (isForth === back.length > 0) return null;
    const states = isForth ? forth : back;
    const key = [place, ...states].join();
    const known = this.#chains.get(key);
    if (known !== undefined) return known;
    const [only = ""] = states;
    const joined = [...this.#chains.values()].filter(({ means }) => means.length > 1).length;
    const whole = joined === 0 ? "s" : `s${joined + 1}`;
    const chain = { state: states.length === 1 ? only : whole, isForth, means: states, place };
    this.#chains.set(key, chain);
    return chain;
  }

  /** The weights whose gradients are sums. */
  summed(): ReadonlyMap<string, readonly Use[]> {
    const all = [...usesByWeight(this.#equations)];
    return new Map(all.filter(([, uses]) => uses.length > 1 || uses.some(({ place }) => place !== ONCE)));
  }

  notes(): readonly string[] {
    const chains = [...this.#chains.values()].flatMap((chain) => this.#notesOf(chain));
    if (this.#isOfSteps) return chains;
    const { loss } = this;
    const summed = this.summed();
    const others = [...usesByWeight(this.#equations).keys()].filter((name) => !summed.has(name));
    return [
      ...chains,
      `∂${loss}/∂s[t] of a state is the part of its gradient that does not come from the state of another step`,
      `W[t] is the weight W as step t reads it`,
      ...(others.length === 0
        ? []
        : [
            `read once, not at each step: ${others.join(", ")}; their gradients stand above, and are not sums over steps`,
          ]),
    ];
  }

  #notesOf({ state, isForth, means, place }: Chain): readonly string[] {
    const [next, before] = isForth ? ["j-1", "[t-1]"] : ["j+1", "[t+1]"];
    const targets = this.#equations.backward.flatMap((each) =>
      each.place === place && means.some((name) => each.target === `${DELTA}${name}${before}`) ? [each.target] : [],
    );
    const products = targets.length === 0 ? "" : `, by the lines of ${targets.join(" and ")} above`;
    return [
      ...(means.length === 1 ? [] : [`${state} is the whole state: ${means.join(", ")} one below the other`]),
      `∂${state}[j]/∂${state}[${next}] is the Jacobian of one step${products}; ∂${state}[k]/∂W is that of step k alone`,
    ];
  }
}

// `by mixture(k)`: k normal distributions with a probability each (Bishop 1994, mixture density networks). The expression E is `[k, 2n + 1]`
// for a target `[n]` and `[k, 3]` for a number: a row has the logit of its component, n means, and the logarithms of n deviations.
import { add, constant, multiply, ONE, type Dim } from "../../shape/dim.ts";
import { plain, type Axis } from "../../shape/type.ts";
import { wrongType } from "../messages.ts";
import type { Elaboration } from "./context.ts";
import type { Drawing } from "./drawing.ts";
import { readComponents } from "./loss-arguments.ts";
import type { Pair } from "./loss.ts";
import type { LossForm, LossRequest } from "./losses.ts";
import type { Unit } from "./scaled.ts";
import { sizeNode } from "./size-node.ts";

export function mixture(request: LossRequest): LossForm | undefined {
  const { frame, target } = request;
  const { context } = frame;
  const components = readComponents(request);
  if (components === undefined) return undefined;
  const [own, ...more] = context.own(target.value);
  if (more.length > 0) {
    const type = context.show(target.value);
    const help = "predict a number or a vector, or several of them";
    context.report(
      wrongType(`\`by mixture\` is for \`[]\` and \`[n]\`, but this target is ${type}`, target.span, help),
    );
    return undefined;
  }
  const shape = new Mixture(context, own?.size, target.unit);
  const draws: Drawing = { kind: "mixture", components, isVector: own !== undefined };
  return {
    kind: "number",
    axes: [plain(constant(components)), shape.row()],
    at: (pair) => shape.lossAt(pair),
    value: (from) => shape.mean(from),
    distribution: (from) => shape.rows(from),
    draws,
    isInNats: true,
  };
}

/** Where the parts of E are. */
class Mixture {
  readonly #context: Elaboration;
  /** The elements of the target; undefined for a number. */
  readonly #size: Dim | undefined;
  readonly #unit: Unit | undefined;

  constructor(context: Elaboration, size: Dim | undefined, unit: Unit | undefined) {
    this.#context = context;
    this.#size = size;
    this.#unit = unit;
  }

  get #elements(): Dim {
    return this.#size ?? ONE;
  }

  /** The last axis of E. */
  row(): Axis {
    return plain(add(multiply(constant(2), this.#elements), ONE));
  }

  /**
   * -log Σ p_i N(y; m_i, s_i) / n: a mean over the elements, as other losses are. With z = (y - m) exp(-log s), the logarithm of a density is
   * -Σ (z²/2 + log s + log(2π)/2).
   */
  lossAt({ from, target }: Pair): string {
    const { build } = this.#context;
    const means = this.#part(from, "means");
    const logs = this.#part(from, "logs");
    const inverse = build.op("exp", [build.op("neg", [logs])]);
    const far = build.op("mul", [build.op("sub", [this.#beside(target), means]), inverse]);
    const halves = build.op("mul", [build.op("square", [far]), build.constant(0.5)]);
    const rest = build.op("add", [logs, build.constant(0.5 * Math.log(2 * Math.PI))]);
    const density = build.op("sum", [build.op("add", [halves, rest])], { axes: [-1] });
    const probability = build.op("logsoftmax", [this.#logits(from)], { axis: -1 });
    const all = build.op("logsumexp", [build.op("sub", [probability, density])], { axis: -1 });
    const loss = build.op("neg", [all]);
    const mean = this.#size === undefined ? loss : build.op("div", [loss, sizeNode(this.#context, this.#size)]);
    return this.#unit === undefined ? mean : this.#unit.density(mean);
  }

  /** Σ p_i m_i, of the target's shape. */
  mean(from: string): string {
    const { build } = this.#context;
    const probability = build.op("softmax", [this.#logits(from)], { axis: -1 });
    const open = build.op("unsqueeze", [probability], { axis: -1 });
    const means = build.op("sum", [build.op("mul", [open, this.#part(from, "means")])], { axes: [-2] });
    const mean = this.#size === undefined ? build.op("sum", [means], { axes: [-1] }) : means;
    return this.#unit === undefined ? mean : this.#unit.value(mean);
  }

  /** E, with means and deviations in the unit of the data. */
  rows(from: string): string {
    if (this.#unit === undefined) return from;
    const parts = [
      this.#slice(from, constant(0), ONE),
      this.#unit.value(this.#part(from, "means")),
      this.#unit.logSpread(this.#part(from, "logs")),
    ];
    return this.#context.build.op("concat", parts, { axis: -1 });
  }

  /** A target `[…, n]` or `[…]` as `[…, 1, n]`. */
  #beside(target: string): string {
    const { build } = this.#context;
    const full = this.#size === undefined ? build.op("unsqueeze", [target], { axis: -1 }) : target;
    return build.op("unsqueeze", [full], { axis: -2 });
  }

  /** `[…, k]`. */
  #logits(from: string): string {
    return this.#context.build.op("sum", [this.#slice(from, constant(0), ONE)], { axes: [-1] });
  }

  /** `[…, k, n]`. */
  #part(from: string, which: "means" | "logs"): string {
    const second = add(ONE, this.#elements);
    return which === "means" ? this.#slice(from, ONE, second) : this.#slice(from, second, add(second, this.#elements));
  }

  #slice(from: string, first: Dim, end: Dim): string {
    return this.#context.build.op("slice", [from], { axis: -1, dims: [first, end] });
  }
}

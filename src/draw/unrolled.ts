// Draws a diagram unrolled in time: a box of a sequence has a node in the column of each step.
import type { Body } from "../lang/elaborate/outline.ts";
import type { Box } from "./diagram/boxes.ts";
import type { Diagram, Part } from "./diagram/diagram.ts";
import { factsOf } from "./facts.ts";
import { drawGroup, operationOf } from "./groups.ts";
import type { Column, Picture } from "./picture.ts";
import type { Read, Start } from "./diagram/reads.ts";
import type { WeightNames } from "./diagram/weight-names.ts";

export function drawUnrolled(picture: Picture, diagram: Diagram, weights: WeightNames): void {
  new Unrolling(picture, diagram, weights).draw();
}

class Unrolling {
  readonly #picture: Picture;
  readonly #diagram: Diagram;
  readonly #weights: WeightNames;
  readonly #steps: readonly number[];

  constructor(picture: Picture, diagram: Diagram, weights: WeightNames) {
    this.#picture = picture;
    this.#diagram = diagram;
    this.#weights = weights;
    this.#steps = picture.times();
  }

  draw(): void {
    const { parts } = this.#diagram;
    for (const part of parts) for (const step of this.#stepsOf(part.box)) this.#place(part, step);
    for (const { box, reads } of parts) for (const step of this.#stepsOf(box)) this.#connect(box, reads, step);
    this.#connectTargets();
  }

  /** The steps at which a box is drawn; `null` alone if it has no time. */
  #stepsOf({ time }: Box): readonly (number | null)[] {
    return time === null ? [null] : this.#steps;
  }

  #place(part: Part, step: number | null): void {
    const { box } = part;
    this.#picture.node({
      ...factsOf(part, step, operationOf(this.#diagram, box)),
      id: idAt(box, step),
      group: box.kind === "memory" ? null : this.#groupOf(box.kind === "cell" ? null : box.body, step),
      column: columnOf(box, step),
      row: box.id,
    });
  }

  #groupOf(body: Body | null, step: number | null): string | null {
    return step === null ? null : drawGroup(this.#picture, this.#diagram.program.outline, body, step);
  }

  #connect(to: Box, reads: readonly Read[], step: number | null): void {
    for (const read of reads) {
      const label = this.#weights.of(read.weights);
      for (const source of this.#sources(read, step)) {
        const isThere = source === null || this.#steps.includes(source);
        const kind = read.delay === 0 ? "now" : "carried";
        if (isThere) this.#picture.drawEdge(idAt(read.from, source), idAt(to, step), kind, label);
        else this.#connectStart(read, source, idAt(to, step), label);
      }
    }
  }

  /** The steps of the source that are read at a step; `null` if the source has no time. */
  #sources({ from, delay, which }: Read, step: number | null): readonly (number | null)[] {
    if (from.time === null) return [null];
    switch (which) {
      case "first":
        return [-delay];
      case "last":
        return [this.#steps.length - 1 - delay];
      case "all":
        return this.#steps;
      case "same":
        return step === null ? this.#steps : [step - delay];
    }
  }

  /** Draws the value before the first step, in a column of its own. A folded cell reads given first values directly. */
  #connectStart({ from, starts }: Read, step: number, to: string, label: string): void {
    const own = starts.filter((start) => from.kind !== "cell" || start.reads.length === 0);
    const [first] = own;
    if (first !== undefined) {
      const id = idAt(from, step);
      const names = [...new Set(own.map(({ of }) => `${of.names[0] ?? ""}[${step + 1}]`))];
      const side = step < 0 ? -1 : this.#steps.length;
      this.#picture.node({
        id,
        role: "state",
        title: names.join(", "),
        detail: first.text,
        tooltip: "",
        group: null,
        column: { time: from.time ?? "", step: side },
        row: from.id,
        isOutput: false,
      });
      const ownLabel = from.kind === "cell" ? this.#weights.of(own.flatMap(({ weights }) => weights)) : label;
      this.#picture.drawEdge(id, to, "carried", ownLabel);
      if (from.kind !== "cell") this.#connectGiven(first, id);
    }
    for (const start of starts) if (from.kind === "cell") this.#connectGiven(start, to);
  }

  #connectGiven({ reads, weights }: Start, to: string): void {
    for (const read of reads)
      for (const source of this.#sources(read, null))
        this.#picture.drawEdge(idAt(read.from, source), to, "now", this.#weights.of([...read.weights, ...weights]));
  }

  /** Connects each target with its prediction. The targets of the last steps may lie beyond the picture. */
  #connectTargets(): void {
    const { parts } = this.#diagram;
    for (const { box } of parts) {
      if (box.kind !== "predict") continue;
      const truth = parts.find((part) => isTargetOf(part.box, box))?.box;
      for (const step of this.#stepsOf(box)) {
        const source = step === null ? null : step + box.ahead;
        if (truth !== undefined && (source === null || this.#steps.includes(source)))
          this.#picture.drawEdge(idAt(truth, source), idAt(box, step), "truth");
      }
    }
  }
}

/** Whether `box` is the target of `prediction`. */
export function isTargetOf(box: Box, prediction: Box): boolean {
  const isData = box.kind === "input" || box.kind === "target";
  return isData && box.body === prediction.body && box.names[0] === prediction.names[0];
}

function idAt({ id }: Box, step: number | null): string {
  return step === null ? id : `${id}@${step}`;
}

function columnOf({ time }: Box, step: number | null): Column | null {
  return step === null || time === null ? null : { time, step };
}

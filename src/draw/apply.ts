// A wiring applied: its cells layer by layer and direction by direction, each with all that is inside.
import type { Boxes } from "./boxes.ts";
import { drawCellInto } from "./cell.ts";
import type { Drawn } from "./value.ts";
import type { Wiring } from "./wiring.ts";

/** Where a wiring is being applied: the path of its ids, what is said behind a cell's name, which way it reads. */
export interface Place {
  readonly path: string;
  readonly note: string;
  readonly isReverse: boolean;
}

/** What goes in: sequences, and first states and memories by name. */
export interface Given {
  readonly inputs: readonly Drawn[];
  readonly named: ReadonlyMap<string, Drawn>;
}

/** Draws the wiring and gives its output. */
export function drawWiring(boxes: Boxes, wiring: Wiring, given: Given, place: Place): Drawn {
  switch (wiring.kind) {
    case "cell": {
      const time = given.inputs.find((input) => input.time !== null)?.time ?? place.path;
      const around = (step: number): string | null => boxes.stepGroup(time, step);
      const { definition, numbers, label } = wiring;
      const use = { definition, numbers, path: place.path, title: label + place.note, isReverse: place.isReverse };
      return drawCellInto(boxes.picture, { ...use, ...given, around });
    }
    case "stack":
      return drawLayers(boxes, wiring.layers, given, place);
    case "reverse":
      return drawWiring(boxes, wiring.inner, given, turned(place));
    case "bidirectional": {
      const { path, note } = place;
      const forward = drawWiring(boxes, wiring.inner, given, { ...place, path: `${path}.forward`, note: `${note} →` });
      const backward = drawWiring(boxes, wiring.inner, given, turned({ ...place, path: `${path}.backward` }));
      const both = boxes.put({ id: `${path} both`, role: "value", title: () => "concat", detail: "" }, forward.time);
      for (const half of [forward, backward]) {
        boxes.join({ name: path, members: [], delay: 0, isWhole: false }, half, both);
      }
      return both;
    }
  }
}

function turned(place: Place): Place {
  return { ...place, note: `${place.note} ←`, isReverse: !place.isReverse };
}

function drawLayers(boxes: Boxes, layers: readonly Wiring[], { inputs, named }: Given, place: Place): Drawn {
  const [first, ...others] = layers.map((layer, index) => (below: readonly Drawn[]): Drawn => {
    const note = layers.length === 1 ? place.note : ` · layer ${index + 1}${place.note}`;
    return drawWiring(boxes, layer, { inputs: below, named }, { ...place, path: `${place.path}.layer${index}`, note });
  });
  const lowest = first === undefined ? inputs[0] : first(inputs);
  if (lowest === undefined) return boxes.put({ id: place.path, role: "cell", title: () => "stack", detail: "" }, null);
  return others.reduce((below, layer) => layer([below]), lowest);
}

/** Whether a cell of the wiring reads `name` as a memory: all of its steps at once. */
export function isMemory(wiring: Wiring, name: string): boolean {
  switch (wiring.kind) {
    case "cell":
      return wiring.definition.body.some((each) => {
        return each.kind === "memory" && each.names.some((one) => one.name === name);
      });
    case "stack":
      return wiring.layers.some((layer) => isMemory(layer, name));
    case "reverse":
    case "bidirectional":
      return isMemory(wiring.inner, name);
  }
}

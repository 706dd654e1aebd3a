// The columns of a picture that is unrolled in time: one for each step of each sequence, and one for its first values.
import { groupedBy } from "../../base/grouped.ts";
import type { Column, Picture, PictureNode } from "../picture.ts";

export interface PictureColumn extends Column {
  readonly key: string;
  readonly nodes: readonly PictureNode[];
}

/** Sequence by sequence, each in the order of time. */
export function columnsOf(picture: Picture): readonly PictureColumn[] {
  const inColumns = [...picture.nodes.values()].flatMap((node) =>
    node.column === null ? [] : [{ node, ...node.column }],
  );
  const byTime = groupedBy(inColumns, ({ time }) => time);
  return [...byTime.values()].flatMap((all) =>
    [...groupedBy(all, keyOfColumn)]
      .map(([key, found]) => ({
        key,
        time: found[0]?.time ?? "",
        step: found[0]?.step ?? 0,
        nodes: found.map(({ node }) => node),
      }))
      .sort((a, b) => a.step - b.step),
  );
}

export function keyOfColumn({ time, step }: Column): string {
  return `${time}@${step}`;
}

export function titleOfColumn(picture: Picture, step: number): string {
  return step >= 0 && step < picture.times().length ? `t = ${step + 1}` : "start";
}

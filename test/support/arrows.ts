// The arrows of a picture as readable text: one a line, each box with the frame around it.
import type { EdgeKind, Picture, PictureNode } from "../../src/draw/picture.ts";

const SIGNS: Readonly<Record<EdgeKind, string>> = { now: "->", carried: "=>", again: "~>", truth: "..>" };

/** `embed -> LSTM(H) →: x[1]`, with the name of weights behind it. */
export function arrowsOf(picture: Picture): readonly string[] {
  return [...picture.edges.values()].map(({ from, to, kind, label }) => {
    const [a, b] = [from, to].map((id) => nameOf(picture, picture.nodes.get(id)));
    return `${a ?? ""} ${SIGNS[kind]} ${b ?? ""}${label === "" ? "" : `   (${label})`}`;
  });
}

function nameOf(picture: Picture, node: PictureNode | undefined): string {
  if (node === undefined) return "";
  const frame = node.group === null ? undefined : picture.groups.get(node.group)?.title;
  // What bears no step in its title is told apart by its column.
  const step = node.column === null || /\[-?\d+\]/.test(node.title) ? "" : ` @${node.column.step + 1}`;
  const detail = node.role === "cell" && node.detail !== "" ? ` ${node.detail}` : "";
  return `${frame === undefined ? "" : `${frame}: `}${node.title}${detail}${step}`;
}

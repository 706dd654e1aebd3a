// Writes a picture as Graphviz' DOT. All of its appearance is defined here: colours, fonts, the direction, the lines of edges.
import { columnsOf, keyOfColumn, titleOfColumn, type PictureColumn } from "./layout/columns.ts";
import type { Placement, Rectangle } from "./layout/placement.ts";
import type { Column, EdgeKind, Picture, PictureEdge, PictureGroup, PictureNode, Role } from "./picture.ts";

/** Boxes are measured in this font. */
export const FONT = "DejaVu Sans";

interface Look {
  readonly fill: string;
  readonly line: string;
  /** The word in the key of colours. */
  readonly means: string;
}

const LOOKS: Readonly<Record<Role, Look>> = {
  input: { fill: "#e3effb", line: "#3b78b5", means: "input" },
  target: { fill: "#fdeedd", line: "#d0802f", means: "target" },
  memory: { fill: "#dff3ef", line: "#2f8f7f", means: "memory" },
  state: { fill: "#fff3c9", line: "#bf9416", means: "state" },
  param: { fill: "#efefef", line: "#808080", means: "weight" },
  weighted: { fill: "#ece6fa", line: "#7557bd", means: "has weights" },
  value: { fill: "#ffffff", line: "#7d8792", means: "value" },
  cell: { fill: "#fbe6ef", line: "#bb4a76", means: "cell" },
  goal: { fill: "#fce3e1", line: "#c8463d", means: "loss" },
};

const INK = "#22272e";
const FAINT = "#68707a";
const OUTPUT = "#2e8b40";
const CARRIED = "#bf9416";
const EDGES: Readonly<Record<EdgeKind, string>> = {
  now: `color="${FAINT}"`,
  carried: `color="${CARRIED}" penwidth=1.6 constraint=false`,
  truth: `color="#d0802f" style=dotted penwidth=1.4 constraint=false`,
  again: `color="${CARRIED}" penwidth=1.6 style=dashed constraint=false`,
};
const POINTS_PER_INCH = 72;

/** If time is rolled up, values flow from left to right. If it is unrolled, time runs from left to right, and values flow upwards. */
export function dotOf(picture: Picture, placement: Placement | null): string {
  const isUnrolled = picture.steps !== null;
  const lines = [
    `digraph ${quote(picture.title)} {`,
    `  graph [rankdir=${isUnrolled ? "BT" : "LR"} newrank=true splines=true bgcolor=white pad=0.3 nodesep=0.28 ranksep=${isUnrolled ? 0.4 : 0.5} fontname="${FONT}" fontcolor="${INK}" ${placement === null ? `labelloc=t labeljust=l label=${heading(picture)}` : `bb="${corners(placement.whole)}"`}]`,
    `  ${NODES}`,
    `  edge [arrowsize=0.6 fontname="${FONT}" fontsize=10 fontcolor="${INK}"]`,
    ...(placement === null
      ? []
      : [`  heading [class=heading shape=plain style="" label=${heading(picture)} ${positionOf(placement.heading)}]`]),
    ...[...picture.nodes.values()]
      .filter(({ group, column }) => group === null && column === null)
      .map((node) => `  ${nodeLine(node, placement)}`),
    ...groupLines(picture, { parent: null, column: null }, placement, "  "),
    ...columnsOf(picture).flatMap((column) => columnLines(picture, column, placement)),
    ...[...picture.edges.values()].map((edge) => `  ${edgeLine(edge, placement === null)}`),
    "}",
  ];
  return `${lines.join("\n")}\n`;
}

export const NODES = `node [shape=box style="rounded,filled" fontname="${FONT}" fontsize=12 fontcolor="${INK}" margin="0.16,0.08" height=0.36 width=0.4]`;

function columnLines(picture: Picture, column: PictureColumn, placement: Placement | null): readonly string[] {
  const title = titleOfColumn(picture, column.step);
  const bounds = placement?.columns.get(column.key);
  return [
    `  subgraph ${quote(`cluster ${column.key}`)} {`,
    `    ${clusterLine({ title, look: COLUMN_LOOK, titleAt: "below" }, bounds)}`,
    ...column.nodes.filter(({ group }) => group === null).map((node) => `    ${nodeLine(node, placement)}`),
    ...groupLines(picture, { parent: null, column }, placement, "    "),
    `  }`,
  ];
}

/** The frames inside `parent`, in a column or in none. */
function groupLines(
  picture: Picture,
  { parent, column }: { readonly parent: string | null; readonly column: PictureColumn | null },
  placement: Placement | null,
  indent: string,
): readonly string[] {
  return groupsIn(picture, parent, column).flatMap(({ id, title }) => [
    `${indent}subgraph ${quote(`cluster ${id}`)} {`,
    `${indent}  ${clusterLine({ title, look: CELL_LOOK, titleAt: "above" }, placement?.groups.get(id))}`,
    ...[...picture.nodes.values()]
      .filter((node) => node.group === id)
      .map((node) => `${indent}  ${nodeLine(node, placement)}`),
    ...groupLines(picture, { parent: id, column }, placement, `${indent}  `),
    `${indent}}`,
  ]);
}

function groupsIn(picture: Picture, parent: string | null, column: PictureColumn | null): readonly PictureGroup[] {
  return [...picture.groups.values()].filter(
    (group) => group.parent === parent && keyOf(group.column) === keyOf(column),
  );
}

function keyOf(column: Column | null): string | null {
  return column === null ? null : keyOfColumn(column);
}

interface ClusterLook {
  readonly title: string;
  readonly look: string;
  readonly titleAt: "above" | "below";
}

const CELL_LOOK = `style="rounded,filled" fillcolor="#fafbfc" color="#b9c1ca"`;
const COLUMN_LOOK = `style="rounded,dashed" color="#d5dae0"`;

function clusterLine({ title, look, titleAt }: ClusterLook, bounds: Rectangle | undefined): string {
  const label = `label=<<font point-size="11" color="${FAINT}">${escape(title)}</font>>`;
  const place = `labelloc=${titleAt === "above" ? "t labeljust=l" : "b"}`;
  if (bounds === undefined) return `graph [${look} margin=12 ${place} ${label}]`;
  const { left, right, bottom, top } = bounds;
  const at =
    titleAt === "above" ? `${left + 8 + widthOf(title) / 2},${top - 10}` : `${(left + right) / 2},${bottom + 10}`;
  return `graph [${look} ${place} ${label} bb="${corners(bounds)}" lp="${at}" lwidth=${widthOf(title) / POINTS_PER_INCH} lheight=0.2]`;
}

/** The approximate width of a frame's title, in points. */
export function widthOf(title: string): number {
  return title.length * 6.6;
}

/** The label of a box in Graphviz' HTML. */
export function labelOfNode({ title, detail }: Pick<PictureNode, "title" | "detail">): string {
  const small =
    detail === ""
      ? ""
      : `<br/><font point-size="3"> </font><br/><font point-size="10" color="${FAINT}">${escape(detail)}</font>`;
  return `<<b>${escape(title)}</b>${small}>`;
}

function nodeLine(node: PictureNode, placement: Placement | null): string {
  const { fill, line } = LOOKS[node.role];
  const border = node.isOutput ? `color="${OUTPUT}" penwidth=2.6` : `color="${line}" penwidth=1.2`;
  const tooltip = node.tooltip === "" ? "" : ` tooltip=${quote(node.tooltip)}`;
  const place = placement?.nodes.get(node.id);
  const position = place === undefined ? "" : ` ${positionOf(place)}`;
  return `${quote(node.id)} [label=${labelOfNode(node)} fillcolor="${fill}" ${border}${tooltip}${position}]`;
}

function positionOf({ left, right, bottom, top }: Rectangle): string {
  const [width, height] = [(right - left) / POINTS_PER_INCH, (top - bottom) / POINTS_PER_INCH];
  return `pos="${(left + right) / 2},${(bottom + top) / 2}" width=${width.toFixed(4)} height=${height.toFixed(4)}`;
}

function corners({ left, bottom, right, top }: Rectangle): string {
  return [left, bottom, right, top].join();
}

/** If boxes have coordinates, the label is added after Graphviz has routed the arrow: `layout/arrow-labels.ts`. */
function edgeLine({ from, to, kind, label }: PictureEdge, hasLabel: boolean): string {
  const text = label === "" || !hasLabel ? "" : ` label=<${withSubscript(label)}>`;
  return `${quote(from)} -> ${quote(to)} [${EDGES[kind]}${text}]`;
}

/** `W_f` as W with the subscript f. */
function withSubscript(name: string): string {
  const [letter = "", ...below] = name.split("_");
  return below.length === 0
    ? escape(letter)
    : `${escape(letter)}<font point-size="8">${escape(below.join("_"))}</font>`;
}

/** The meanings of the names on arrows, in lines that are not longer than the title or 90 characters. */
function legendLines({ names, title }: Picture): readonly string[] {
  const longest = Math.max(90, title.length);
  const lines: { text: string; length: number }[] = [];
  for (const [name, meaning] of names) {
    const last = lines.at(-1);
    const [text, length] = [`${withSubscript(name)} = ${escape(meaning)}`, name.length + meaning.length + 3];
    if (last === undefined || last.length + length + 6 > longest) lines.push({ text, length });
    else lines[lines.length - 1] = { text: `${last.text}  ·  ${text}`, length: last.length + length + 6 };
  }
  return lines.map(({ text }) => text);
}

/** The title, the key of colours, and the meanings of the names on arrows. */
export function heading(picture: Picture): string {
  const roles = new Set([...picture.nodes.values()].map(({ role }) => role));
  const keys = [...roles].map(
    (role) =>
      `<td bgcolor="${LOOKS[role].fill}" border="1" color="${LOOKS[role].line}"><font point-size="10"> ${LOOKS[role].means} </font></td>`,
  );
  const output = [...picture.nodes.values()].some(({ isOutput }) => isOutput)
    ? [`<td border="2" color="${OUTPUT}"><font point-size="10"> output </font></td>`]
    : [];
  const row = (text: string): string =>
    `<tr><td align="left" border="0" colspan="${keys.length + output.length + 1}">${text}</td></tr>`;
  const title = row(`<font point-size="18"><b>${escape(picture.title)}</b></font>`);
  const names = legendLines(picture).map((line) => `${line}<br align="left"/>`);
  const list = names.length === 0 ? "" : row(`<font point-size="10" color="${FAINT}">${names.join("")}</font>`);
  return `<<table border="0" cellborder="0" cellspacing="6" cellpadding="3">${title}<tr>${keys.join("")}${output.join("")}<td></td></tr>${list}</table>>`;
}

export function quote(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

/** For labels in Graphviz' HTML. */
function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

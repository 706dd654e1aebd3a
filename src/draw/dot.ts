// A picture as Graphviz' DOT. All of the look stands here: colours, fonts, the direction, how edges are drawn.
import type { EdgeKind, Picture, PictureEdge, PictureGroup, PictureNode, Role } from "./picture.ts";

/** In DOT, in two parts: what decides where things stand, and edges that are added when all has its place. */
export interface Dot {
  readonly placed: string;
  /** Statements that belong before the last brace of `placed`. */
  readonly later: string;
}

/** Boxes are measured in this font. */
export const FONT = "DejaVu Sans";

interface Look {
  readonly fill: string;
  readonly line: string;
  /** In the key. */
  readonly means: string;
}

const LOOKS: Readonly<Record<Role, Look>> = {
  input: { fill: "#e3effb", line: "#3b78b5", means: "input" },
  target: { fill: "#fdeedd", line: "#d0802f", means: "target" },
  memory: { fill: "#dff3ef", line: "#2f8f7f", means: "memory" },
  state: { fill: "#fff3c9", line: "#bf9416", means: "state" },
  param: { fill: "#efefef", line: "#808080", means: "parameter" },
  weighted: { fill: "#ece6fa", line: "#7557bd", means: "has weights" },
  value: { fill: "#ffffff", line: "#7d8792", means: "value" },
  cell: { fill: "#fbe6ef", line: "#bb4a76", means: "cell" },
  goal: { fill: "#fce3e1", line: "#c8463d", means: "loss" },
};

const WITHOUT_EDGES = "none";
const WITH_EDGES = "true";
const INK = "#22272e";
const FAINT = "#68707a";
const OUTPUT = "#2e8b40";
const CARRIED = "#bf9416";
const EDGES: Readonly<Record<EdgeKind, string>> = {
  now: `color="${FAINT}"`,
  carried: `color="${CARRIED}" penwidth=1.6 constraint=false`,
  truth: `color="#d0802f" style=dotted constraint=false`,
  again: `color="${CARRIED}" penwidth=1.6 style=dashed constraint=false`,
};

/** Folded up, values flow from left to right. Unfolded, time does, and values flow upwards. */
export function dotOf(picture: Picture): Dot {
  const isUnfolded = picture.steps !== null;
  const edges = [...picture.edges.values()];
  const lines = [
    `digraph ${quote(picture.title)} {`,
    `  graph [rankdir=${isUnfolded ? "BT" : "LR"} newrank=true splines=${isUnfolded ? WITHOUT_EDGES : WITH_EDGES} bgcolor=white pad=0.3 nodesep=0.28 ranksep=${isUnfolded ? 0.4 : 0.5} fontname="${FONT}" fontcolor="${INK}" labelloc=t labeljust=l label=${heading(picture)}]`,
    `  node [shape=box style="rounded,filled" fontname="${FONT}" fontsize=12 fontcolor="${INK}" margin="0.16,0.08" height=0.36 width=0.4]`,
    `  edge [arrowsize=0.6]`,
    ...groupLines(picture, null, "  "),
    ...edges.filter((edge) => !isLater(picture, edge)).map((edge) => `  ${edgeLine(edge)}`),
    ...order(picture),
    "}",
  ];
  const later = edges.filter((edge) => isLater(picture, edge)).map((edge) => `  ${edgeLine(edge)}\n`);
  return { placed: `${lines.join("\n")}\n`, later: later.join("") };
}

/** All in one, with ways for all edges. */
export function joined({ placed, later }: Dot): string {
  const end = placed.lastIndexOf("}");
  const routed = placed.slice(0, end).replace(`splines=${WITHOUT_EDGES}`, `splines=${WITH_EDGES}`);
  return `${routed}${later}${placed.slice(end)}`;
}

/** Unfolded, what runs along with time or back must not move the columns. */
function isLater({ steps }: Picture, { kind }: PictureEdge): boolean {
  return steps !== null && kind !== "now";
}

function groupLines(picture: Picture, group: string | null, indent: string): readonly string[] {
  const nodes = [...picture.nodes.values()]
    .filter((node) => node.group === group)
    .map((node) => `${indent}${nodeLine(node)}`);
  const inner = inOrder([...picture.groups.values()].filter(({ parent }) => parent === group)).flatMap(
    ({ id, title, kind }) => {
      const look =
        kind === "cell"
          ? `style="rounded,filled" fillcolor="#fafbfc" color="#b9c1ca"`
          : `style="rounded,dashed" color="#d5dae0"`;
      return [
        `${indent}subgraph ${quote(`cluster ${id}`)} {`,
        `${indent}  graph [${look} margin=12 labelloc=t labeljust=l label=<<font point-size="11" color="${FAINT}">${escape(title)}</font>>]`,
        ...groupLines(picture, id, `${indent}  `),
        `${indent}}`,
      ];
    },
  );
  return [...nodes, ...inner];
}

/** Columns of one sequence in the order of time; Graphviz keeps to the order in which it meets them. */
function inOrder(groups: readonly PictureGroup[]): readonly PictureGroup[] {
  const rows = new Map<string, PictureGroup[]>();
  for (const each of groups) {
    const row = each.kind === "step" ? rowOf(each.id).row : each.id;
    rows.set(row, [...(rows.get(row) ?? []), each]);
  }
  return [...rows.values()].flatMap((row) => row.sort((a, b) => rowOf(a.id).step - rowOf(b.id).step));
}

/** `h@2` is step 2 of the row `h`; what has no step is a row by itself. */
function rowOf(id: string): { readonly row: string; readonly step: number } {
  const [, row, step] = /^(.*)@(-?\d+)$/s.exec(id) ?? [];
  return row === undefined ? { row: id, step: 0 } : { row, step: Number(step) };
}

function nodeLine({ id, role, title, detail, isOutput }: PictureNode): string {
  const { fill, line } = LOOKS[role];
  const small = detail === "" ? "" : `<br/><font point-size="10" color="${FAINT}">${escape(detail)}</font>`;
  const border = isOutput ? `color="${OUTPUT}" penwidth=2.6` : `color="${line}" penwidth=1.2`;
  return `${quote(id)} [label=<<b>${escape(title)}</b>${small}> fillcolor="${fill}" ${border}]`;
}

function edgeLine({ from, to, kind }: PictureEdge): string {
  return `${quote(from)} -> ${quote(to)} [${EDGES[kind]}]`;
}

/** Unfolded, what is alike stands in one row, in the order of time. */
function order(picture: Picture): readonly string[] {
  if (picture.steps === null) return [];
  const rows = new Map<string, { readonly id: string; readonly step: number }[]>();
  for (const { id } of picture.nodes.values()) {
    const { row, step } = rowOf(id);
    rows.set(row, [...(rows.get(row) ?? []), { id, step }]);
  }
  return [...rows.values()]
    .filter((row) => row.length > 1)
    .map((row) => row.sort((a, b) => a.step - b.step).map(({ id }) => id))
    .map((row) => `  { rank=same; ${row.map(quote).join(" -> ")} [style=invis weight=4] }`);
}

function heading(picture: Picture): string {
  const roles = new Set([...picture.nodes.values()].map(({ role }) => role));
  const keys = [...roles].map(
    (role) =>
      `<td bgcolor="${LOOKS[role].fill}" border="1" color="${LOOKS[role].line}"><font point-size="10"> ${LOOKS[role].means} </font></td>`,
  );
  const output = [...picture.nodes.values()].some(({ isOutput }) => isOutput)
    ? [`<td border="2" color="${OUTPUT}"><font point-size="10"> output </font></td>`]
    : [];
  const title = `<tr><td align="left" border="0" colspan="${keys.length + output.length + 1}"><font point-size="18"><b>${escape(picture.title)}</b></font></td></tr>`;
  return `<<table border="0" cellborder="0" cellspacing="6" cellpadding="3">${title}<tr>${keys.join("")}${output.join("")}<td></td></tr></table>>`;
}

function quote(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

/** For labels in Graphviz' HTML. */
function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

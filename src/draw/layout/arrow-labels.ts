// Adds names to the arrows of an SVG: each beside its arrow, where it overlaps no box and no other name.
import type { Picture } from "../picture.ts";
import { around, type Placement, type Rectangle } from "./placement.ts";

const SIZE = 10;
const AWAY = 8;
/** The possible places of a name along its arrow, best first: nearer to the head, arrows from one box are farther apart. */
const ALONG: readonly number[] = [0.6, 0.5, 0.7, 0.4, 0.8, 0.3, 0.2];

interface Point {
  readonly x: number;
  readonly y: number;
}

/** Graphviz numbers arrows in the order of the picture's edges. In its SVG, y grows downwards and is negative. */
export function withArrowLabels(svg: string, picture: Picture, { nodes }: Placement): string {
  const taken = [...nodes.values()].map(({ left, right, bottom, top }) => ({
    left,
    right,
    bottom: -top,
    top: -bottom,
  }));
  const paths = new Map(
    [...svg.matchAll(/<g id="edge(\d+)" class="edge">[^]*?<path [^>]*\bd="([^"]*)"/g)].map(
      ([, number, path = ""]) => [Number(number), path] as const,
    ),
  );
  const texts = [...picture.edges.values()].flatMap(({ label }, index) => {
    const path = paths.get(index + 1);
    if (label === "" || path === undefined) return [];
    const place = placeFor(label, samplesOf(path), taken);
    taken.push(place);
    return [textAt(label, place)];
  });
  return svg.replace(/<\/g>\s*<\/svg>\s*$/, `${texts.join("\n")}\n</g>\n</svg>\n`);
}

function placeFor(label: string, samples: readonly Point[], taken: readonly Rectangle[]): Rectangle {
  const size = { width: Math.max(1, label.length - 1) * SIZE * 0.62, height: SIZE };
  const places = ALONG.flatMap((along) => {
    const { point, normal } = pointAlong(samples, along);
    return [1, -1].map((side) => around(point.x + side * AWAY * normal.x, point.y + side * AWAY * normal.y, size));
  });
  const [best = around(0, 0, size)] = places;
  return places.find((place) => !taken.some((other) => overlaps(place, other))) ?? best;
}

function overlaps(a: Rectangle, b: Rectangle): boolean {
  return a.left < b.right && b.left < a.right && a.bottom < b.top && b.bottom < a.top;
}

function textAt(label: string, { left, right, bottom, top }: Rectangle): string {
  const [letter = "", ...below] = label.split("_");
  const small =
    below.length === 0 ? "" : `<tspan font-size="${SIZE * 0.75}" dy="2.5">${escape(below.join("_"))}</tspan>`;
  const [x, y] = [(left + right) / 2, (bottom + top) / 2 + SIZE * 0.36];
  const halo = `paint-order="stroke" stroke="white" stroke-width="3" stroke-linejoin="round"`;
  return `<text class="weight" text-anchor="middle" x="${x.toFixed(2)}" y="${y.toFixed(2)}" font-family="DejaVu Sans" font-size="${SIZE}" fill="#22272e" ${halo}>${escape(letter)}${small}</text>`;
}

/** The points of `M x,y C x,y x,y x,y …`: Bézier curves, each of which begins at the end of the one before. */
function pointsOf(path: string): readonly Point[] {
  const numbers = (path.match(/-?[\d.]+(?:e-?\d+)?/g) ?? []).map(Number);
  return numbers.flatMap((x, index) => (index % 2 === 0 ? [{ x, y: numbers[index + 1] ?? 0 }] : []));
}

/** Points along an arrow, close to each other. */
function samplesOf(path: string): readonly Point[] {
  const points = pointsOf(path);
  const samples: Point[] = points.slice(0, 1);
  for (let start = 0; start + 3 < points.length; start += 3)
    for (let step = 1; step <= 16; step++) samples.push(bezier(points.slice(start, start + 4), step / 16));
  return samples;
}

/** The point at a fraction of the path's length, and the normal there: it points up, or right if the arrow is vertical. */
function pointAlong(samples: readonly Point[], along: number): { readonly point: Point; readonly normal: Point } {
  const lengths = samples.slice(1).map((point, index) => distance(samples[index] ?? point, point));
  let rest = along * lengths.reduce((sum, each) => sum + each, 0);
  const found = Math.max(
    0,
    lengths.findIndex((each) => (rest -= each) <= 0),
  );
  const [from = ORIGIN, point = ORIGIN] = [samples[found], samples[found + 1]];
  const length = distance(from, point) || 1;
  const across = { x: -(point.y - from.y) / length, y: (point.x - from.x) / length };
  const isDown = Math.abs(across.y) > 0.2 ? across.y > 0 : across.x < 0;
  return { point, normal: isDown ? { x: -across.x, y: -across.y } : across };
}

const ORIGIN: Point = { x: 0, y: 0 };

function bezier(points: readonly Point[], t: number): Point {
  const [first, ...rest] = points;
  if (first === undefined || rest.length === 0) return first ?? { x: 0, y: 0 };
  const next = rest.map((point, index) => {
    const before = points[index] ?? point;
    return { x: before.x + t * (point.x - before.x), y: before.y + t * (point.y - before.y) };
  });
  return bezier(next, t);
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

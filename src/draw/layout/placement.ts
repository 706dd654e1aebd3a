// The rectangles of all parts of a picture, in points; y grows upwards.

export interface Rectangle {
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
  readonly top: number;
}

export interface Placement {
  readonly nodes: ReadonlyMap<string, Rectangle>;
  readonly groups: ReadonlyMap<string, Rectangle>;
  readonly columns: ReadonlyMap<string, Rectangle>;
  readonly heading: Rectangle;
  readonly whole: Rectangle;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export function around(x: number, y: number, { width, height }: Size): Rectangle {
  return { left: x - width / 2, right: x + width / 2, bottom: y - height / 2, top: y + height / 2 };
}

export function moved({ left, right, bottom, top }: Rectangle, x: number, y: number): Rectangle {
  return { left: left + x, right: right + x, bottom: bottom + y, top: top + y };
}

export function sizeOf({ left, right, bottom, top }: Rectangle): Size {
  return { width: right - left, height: top - bottom };
}

/** The smallest rectangle around all of them; without any, the point 0, 0. */
export function union(rectangles: readonly Rectangle[]): Rectangle {
  const [first, ...rest] = rectangles;
  return rest.reduce(
    (all, each) => ({
      left: Math.min(all.left, each.left),
      right: Math.max(all.right, each.right),
      bottom: Math.min(all.bottom, each.bottom),
      top: Math.max(all.top, each.top),
    }),
    first ?? { left: 0, right: 0, bottom: 0, top: 0 },
  );
}

export function middle({ left, right }: Rectangle): number {
  return (left + right) / 2;
}

const MARGIN = 10;
const TITLE = 18;
const SHORT = 60;

/** A frame around `inside`, with room for a title of about this width above or below. */
export function framed(inside: Rectangle, titleWidth: number, where: "above" | "below"): Rectangle {
  // An arrow from the middle passes to the right of a short title above.
  const needed = where === "above" && titleWidth <= SHORT ? 2 * titleWidth : titleWidth - 4;
  const width = Math.max(inside.right - inside.left, needed);
  const center = middle(inside);
  return {
    left: center - width / 2 - MARGIN,
    right: center + width / 2 + MARGIN,
    bottom: inside.bottom - MARGIN - (where === "below" ? TITLE : 0),
    top: inside.top + MARGIN + (where === "above" ? TITLE : 0),
  };
}

// Several pictures as one: beside each other, in as many rows as they need.
const GAP = 24;
/** A row that is longer than this goes on in the next one, in points. */
const WIDEST = 1800;

interface Placed {
  readonly svg: string;
  readonly x: number;
  readonly y: number;
}

/** Of SVG documents as Graphviz writes them, whose sizes are in points. One stays as it is. */
export function sideBySide(pictures: readonly string[]): string {
  const [only = ""] = pictures;
  if (pictures.length === 1) return only;
  const placed: Placed[] = [];
  let [x, y, height, width] = [0, 0, 0, 0];
  for (const svg of pictures) {
    const size = sizeOf(svg);
    if (x > 0 && x + size.width > WIDEST) [x, y, height] = [0, y + height + GAP, 0];
    placed.push({ svg, x, y });
    width = Math.max(width, x + size.width);
    x += size.width + GAP;
    height = Math.max(height, size.height);
  }
  const [w, h] = [width, y + height];
  const inner = placed.map(({ svg, x: left, y: top }, index) => nested(svg, { left, top, index }));
  return `<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n<svg width="${w}pt" height="${h}pt" viewBox="0 0 ${w} ${h}" xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">\n<rect width="${w}" height="${h}" fill="white"/>\n${inner.join("")}</svg>\n`;
}

function sizeOf(svg: string): { readonly width: number; readonly height: number } {
  const [, width, height] = /<svg width="([\d.]+)pt" height="([\d.]+)pt"/.exec(svg) ?? [];
  return { width: Number(width), height: Number(height) };
}

/** Without the head of a document. Ids are those of this picture alone. */
function nested(svg: string, { left, top, index }: { left: number; top: number; index: number }): string {
  const { width, height } = sizeOf(svg);
  return svg
    .slice(svg.indexOf("<svg"))
    .replace(/<svg width="[^"]*" height="[^"]*"/, `<svg x="${left}" y="${top}" width="${width}" height="${height}"`)
    .replaceAll(/(<(?:g|a)[^>]*? id=")/g, `$1p${index}-`);
}

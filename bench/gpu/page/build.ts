// `npm run -s bench:page [FILE]`: writes the page as one HTML file, `bench/gpu/out/page.html` by default. Any server, or none, can show it:
// WebGPU works on pages of https, of localhost and of files.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pageText } from "./text.ts";

const file = process.argv[2] ?? join(import.meta.dirname, "../out/page.html");
mkdirSync(dirname(file), { recursive: true });
const text = await pageText();
writeFileSync(file, text);
console.log(`${file}: ${(text.length / 2 ** 20).toFixed(1)} MiB`);

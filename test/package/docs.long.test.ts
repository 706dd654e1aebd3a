// The programs of the pages in docs, beside the published package: they have its types, run unchanged, and print what they say.
import { copyFileSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { transform } from "esbuild";
import { describe, expect, test } from "vitest";
import { ROOT } from "../support/command.ts";
import { printed } from "../support/packed.ts";
import { blocksIn, programsIn } from "../support/pages.ts";
import { installedPackage, SLOW } from "./installed.ts";
import { isTfjs, typeErrors } from "./type-errors.ts";

const own = installedPackage();

test(
  "the program of docs/import.md has the types that the package declares, and runs unchanged",
  { timeout: SLOW },
  async () => {
    const page = "docs/import.md";
    const [program = expect.fail("no program")] = programsIn(page);
    const spec = blocksIn(page).find(({ text }) => text.startsWith("# tagger.rec")) ?? expect.fail("no spec");
    const typeRoots = [join(ROOT, "node_modules/@types")];
    const options = { skipLibCheck: true, lib: ["es2022", "dom"], types: ["node"], typeRoots };
    expect(await typeErrors(own, "import", [program], options)).toBe("");
    writeFileSync(join(own.folder, "tagger.rec"), spec.text);
    copyFileSync(join(ROOT, "test/import/golden/pytorch-lstm.safetensors"), join(own.folder, "weights.safetensors"));
    writeFileSync(join(own.folder, "import.mjs"), (await transform(program, { loader: "ts", format: "esm" })).code);
    const lines = (await printed(process.execPath, [join(own.folder, "import.mjs")], own.folder)).trimEnd().split("\n");
    expect(lines).toHaveLength(51);
    expect(lines.at(-1)).toBe("tags.b [ 'fc.bias' ]");
  },
);

describe("the programs of docs/programs.md, docs/tfjs.md and docs/running.md", () => {
  const blocks = ["docs/programs.md", "docs/tfjs.md", "docs/running.md"].flatMap(programsIn);

  test("have the types that the package declares, which are right themselves", { timeout: SLOW }, async () => {
    const [ours, theirs] = [blocks.filter((text) => !isTfjs(text)), blocks.filter(isTfjs)];
    expect(await typeErrors(own, "pages", ours, { skipLibCheck: false, lib: ["es2022", "dom"] })).toBe("");
    // Types that tfjs brings are not right by themselves.
    expect(await typeErrors(own, "pages-tfjs", theirs, { skipLibCheck: true, lib: ["es2022", "dom"] })).toBe("");
  });

  test("run unchanged, and print what they say", { timeout: SLOW }, async () => {
    expect(blocks).toHaveLength(13);
    const outputs: string[] = [];
    for (const [index, text] of blocks.entries()) {
      const { code } = await transform(text, { loader: "ts", format: "esm" });
      const file = join(isTfjs(text) ? own.withTfjs : own.folder, `page-${index}.mjs`);
      writeFileSync(file, code);
      outputs.push(await printed(process.execPath, [file], own.folder));
    }
    const [shapes, series = "", rows, writing = "", encoded, ragged, adding = "", ...more] = outputs;
    expect(shapes).toBe("[ 2, 64 ] [ 64 ]\n");
    expect(ragged).toBe("[ 2, 2, 4 ]\n");
    const [next = NaN, expected = NaN] = (series.trim().split("\n").at(-1) ?? "").split(" ").map(Number);
    expect(Math.abs(next - expected)).toBeLessThan(0.1);
    expect(rows).toMatch(/\n1\n\[ \{ starts: 'vowel' \}, \{ starts: 'consonant' \} \]\n$/);
    const [learned, ...letters] = writing.trimEnd().split("\n");
    expect(learned).toMatch(/^\d+ 0\.\d+$/);
    expect(letters).toHaveLength(7);
    expect(encoded).toMatch(/^\{\s+shape: \[ 2, 5 \][^]*Int32Array\(2\) \[ 5, 4 \]\n/);
    const losses = [...adding.matchAll(/^\d+ ([\d.]+)$/gm)].map(([, loss]) => Number(loss));
    expect(losses).toHaveLength(4);
    expect(losses.at(-1)).toBeLessThan((losses[0] ?? 0) / 2);
    expect(existsSync(join(own.folder, "spain/weights.safetensors"))).toBe(true);
    const [parts, begun, pieces, searched, slopes, ofCell] = more;
    expect(parts).toBe("[ 'h', 'c' ]\ntrue\n");
    expect(begun).toBe("[ 2, 3 ] [ 3 ]\n");
    expect(pieces).toMatch(/^the [a-z .]{1,40}\nTimeoutError\n$/);
    expect(searched).toMatch(/^(?:"[abc]*" true (?:true|false)\n){2}$/);
    expect(slopes).toBe("true true\n[ 6, 2 ] [ 4 ]\n");
    expect(ofCell).toBe("[ 2, 1 ] [ 2 ]\n");
  });
});

// A compiled module trains in a real browser as in Node. That pages and workers import and run modules: test/module/anywhere.long.test.ts.
import { createServer, type Server } from "node:http";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compile, type CompiledModel } from "../../src/index.ts";
import { trainableModule } from "../module/training.ts";
import { CHROMIUM, startChromium } from "./chromium.ts";

/** Three updates, and what is written with the new weights. */
const TRAIN = `
  const model = await load();
  const trainer = model.trainer({ carriesState: true });
  const losses = ["it was the best", "t of times", "s it was"].map((text) => trainer.update({ text }));
  const weights = Object.values(model.weights()).map(({ data }) => data.reduce((sum, each) => sum + each, 0));
  let text = "";
  for await (const piece of model.generate({ prompt: "it was", length: 30, seed: 3 })) text += piece;
`;

const PAGE = `<!doctype html><title>test</title>
<script type="module">
  import { load } from "/Trainable.mjs";
  ${TRAIN}
  globalThis.said = [losses, weights, text];
</script>`;

describe.skipIf(CHROMIUM === undefined)("in Chromium", () => {
  const files = new Map([["/", PAGE]]);
  let server: Server;

  beforeAll(async () => {
    server = createServer(({ url = "" }, response) => {
      response.writeHead(200, { "Content-Type": url.endsWith(".mjs") ? "text/javascript" : "text/html" });
      response.end(files.get(url) ?? "");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });

  afterAll(() => server.close());

  test("a page trains a module as Node does, bit by bit", { timeout: 60_000 }, async () => {
    const compiled = await model();
    const [module] = await compiled.compile({ training: true });
    files.set("/Trainable.mjs", String(module?.content));
    const own = await trainableModule(compiled);
    compiled.dispose();
    const trainer = own.trainer({ carriesState: true });
    const losses = ["it was the best", "t of times", "s it was"].map((text) => trainer.update({ text }));
    const weights = Object.values(own.weights()).map(({ data }) => data.reduce((sum, each) => sum + each, 0));
    let text = "";
    for await (const piece of own.generate({ prompt: "it was", length: 30, seed: 3 })) text += String(piece);
    expect(await saidBy("/")).toEqual([losses, weights, text]);
  });

  function model(): Promise<CompiledModel> {
    return compile(readFileSync("specs/models/charlm.rec", "utf8"), {
      set: { H: 16 },
      texts: { V: "it was the best of times, it was the worst of times\n" },
    });
  }

  /** What a page says; nothing goes wrong on it. */
  async function saidBy(path: string): Promise<unknown> {
    const browser = await startChromium();
    const page = await browser.newPage();
    const faults: string[] = [];
    page.on("pageerror", (problem) => faults.push(problem.message));
    const address = server.address();
    await page.goto(`http://127.0.0.1:${typeof address === "object" ? address?.port : 0}${path}`);
    await page.waitForFunction("globalThis.said !== undefined", undefined, { timeout: 50_000 }).catch(() => undefined);
    expect(faults).toEqual([]);
    const said = await page.evaluate("globalThis.said");
    await browser.close();
    return said;
  }
});

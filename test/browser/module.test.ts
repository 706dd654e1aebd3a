// A compiled module in a real browser, without a bundler: a page and a worker import it as it is, and write what Node writes.
import { createServer, type Server } from "node:http";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compile } from "../../src/index.ts";
import { importedModule } from "../module/modules.ts";
import { CHROMIUM, startChromium } from "./chromium.ts";

const WRITE = `
  const model = await load();
  let text = "";
  for await (const piece of model.generate({ prompt: "it was", length: 30, seed: 3 })) text += piece;
  const stream = model.start();
  stream.step({ text: "i" });
`;

const PAGE = `<!doctype html><title>test</title>
<script type="module">
  import { load } from "/CharLM.mjs";
  ${WRITE}
  const worker = new Worker("/worker.mjs", { type: "module" });
  worker.onmessage = ({ data }) => { globalThis.said = [text, data]; };
</script>`;

const WORKER = `import { load } from "/CharLM.mjs"; ${WRITE} postMessage(text);`;

describe.skipIf(CHROMIUM === undefined)("in Chromium", () => {
  const files = new Map([
    ["/", PAGE],
    ["/worker.mjs", WORKER],
  ]);
  let server: Server;

  beforeAll(async () => {
    server = createServer(({ url = "" }, response) => {
      response.writeHead(200, { "Content-Type": url === "/" ? "text/html" : "text/javascript" });
      response.end(files.get(url) ?? "");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });

  afterAll(() => server.close());

  test("a page and a worker import a module and write what Node writes", { timeout: 60_000 }, async () => {
    const model = await compile(readFileSync("specs/models/charlm.rec", "utf8"), {
      set: { H: 16 },
      texts: { V: "it was the best of times, it was the worst of times\n" },
    });
    const [module] = await model.compile();
    files.set("/CharLM.mjs", String(module?.content));
    let expected = "";
    for await (const piece of (await importedModule(model)).generate({ prompt: "it was", length: 30, seed: 3 }))
      expected += String(piece);
    model.dispose();
    const browser = await startChromium();
    const page = await browser.newPage();
    const faults: string[] = [];
    page.on("pageerror", (problem) => faults.push(problem.message));
    const address = server.address();
    await page.goto(`http://127.0.0.1:${typeof address === "object" ? address?.port : 0}/`);
    await page.waitForFunction("globalThis.said !== undefined", undefined, { timeout: 50_000 }).catch(() => undefined);
    expect(faults).toEqual([]);
    expect(await page.evaluate("globalThis.said")).toEqual([expected, expected]);
    await browser.close();
  });
});

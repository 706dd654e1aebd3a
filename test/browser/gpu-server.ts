// Pages that compute on their GPU for a test.
import type { Browser, Page } from "playwright-core";
import { printGraph } from "../../src/graph/print.ts";
import type { Results, Task } from "../support/float32.ts";
import { bundled, serve, startChromium, type Served } from "./chromium.ts";
import type { Asked, Found } from "./sent.ts";

export class GpuBrowser {
  readonly #browser: Browser;
  readonly #served: Served;

  private constructor(browser: Browser, served: Served) {
    this.#browser = browser;
    this.#served = served;
  }

  static async start(): Promise<GpuBrowser> {
    const [served, browser] = await Promise.all([bundled("gpu-page.ts").then(serve), startChromium()]);
    return new GpuBrowser(browser, served);
  }

  /** Opens a page in which `before` has run. */
  async open(before = ""): Promise<GpuPage> {
    const page = await this.#browser.newPage();
    await page.addInitScript(before);
    await page.goto(`http://127.0.0.1:${this.#served.port}/plain/`);
    return new GpuPage(page);
  }

  async close(): Promise<void> {
    await this.#browser.close();
    this.#served.server.close();
  }
}

export class GpuPage {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  /** Calls one of the page's functions. */
  async ask<R>(name: string, ...given: readonly unknown[]): Promise<R> {
    return this.#page.evaluate(
      ([called, values]) => Reflect.get(Reflect.get(globalThis, "recurra"), called)(...values),
      [name, given] as const,
    );
  }

  async compute(target: string, { graph, inputs, sizes }: Task): Promise<Results> {
    const asked: Asked = {
      graph: printGraph(graph),
      inputs: [...inputs].map(([name, { shape, data }]) => [name, { shape, data: Array.from(data) }] as const),
      sizes: [...sizes],
    };
    const found = await this.ask<Found>("compute", target, asked);
    return new Map(
      found.map(([name, { dtype, shape, data }]) => [name, { dtype, shape, data: Float64Array.from(data) }]),
    );
  }
}

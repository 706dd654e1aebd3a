// PyTorch as a contestant: Debian's python3 as a child process for each number of threads, a line for each request.
import { spawn, spawnSync, type ChildProcessWithoutNullStreams } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { z } from "zod";
import { LONG_REST, SHORT_REST, type Contestant } from "../contestant.ts";
import { weightBytes, type Weights } from "../workload.ts";

/** Debian's, for which `python3-torch` is made. */
const PYTHON = "/usr/bin/python3";
const SERVER = join(import.meta.dirname, "../torch/serve.py");
export const TORCH_INSTALL = "apt-get install -y python3-torch libopenblas0-pthread";

const HELLO = z.object({ torch: z.string(), threads: z.number() });
const ANSWER = z.object({
  ms: z.number().optional(),
  values: z.array(z.number()).optional(),
  error: z.string().optional(),
});
type Answer = z.infer<typeof ANSWER>;

export type TorchWay = "native" | "custom" | "equations" | "script";

/** What is asked of the server: see the top of serve.py. */
export interface Opening {
  readonly what: "train" | "run" | "step";
  readonly cell: string;
  readonly sizes: Readonly<Record<"B" | "T" | "I" | "H" | "O", number>>;
  readonly weights: Weights;
}

export function hasTorch(): boolean {
  return spawnSync(PYTHON, ["-c", "import torch, numpy"]).status === 0;
}

/** One process with so many threads. Requests are answered one after the other. */
export class Torch {
  readonly threads: number;
  readonly version: string;
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  readonly #folder = mkdtempSync(join(tmpdir(), "recurra-bench-"));
  #opened = 0;

  private constructor(
    threads: number,
    process: ChildProcessWithoutNullStreams,
    lines: AsyncIterator<string>,
    hello: string,
  ) {
    this.threads = threads;
    this.#process = process;
    this.#lines = lines;
    this.version = HELLO.parse(JSON.parse(hello)).torch;
  }

  static async start(threads: number): Promise<Torch> {
    const count = String(threads);
    const env = { ...process.env, OMP_NUM_THREADS: count, OPENBLAS_NUM_THREADS: count };
    const child = spawn(PYTHON, [SERVER, count], { env });
    child.stderr.pipe(process.stderr);
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    return new Torch(threads, child, lines, String((await lines.next()).value));
  }

  async #ask(request: Readonly<Record<string, unknown>>): Promise<Answer> {
    this.#process.stdin.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error("PyTorch's process has ended");
    const answer = ANSWER.parse(JSON.parse(value));
    if (answer.error !== undefined) throw new Error(`PyTorch: ${answer.error}`);
    return answer;
  }

  /**
   * `native` is `nn.LSTM` and its like, `custom` the cell written out for speed, `script` the same compiled by TorchScript,
   * `equations` the cell as its equations stand.
   */
  async open(how: TorchWay, { sizes, weights, ...opening }: Opening): Promise<Contestant> {
    const id = `${this.#opened++}`;
    const file = join(this.#folder, `${id}.safetensors`);
    writeFileSync(file, weightBytes(weights));
    await this.#ask({ open: id, how, ...opening, ...sizes, weights: file });
    return {
      who: `torch-${how}-${this.threads}t`,
      threads: this.threads,
      rest: this.threads === 1 ? SHORT_REST : LONG_REST,
      first: async () => (await this.#ask({ first: id })).values ?? [],
      sample: async (times) => (await this.#ask({ sample: id, times })).ms ?? NaN,
      dispose: async () => void (await this.#ask({ close: id })),
    };
  }

  stop(): void {
    this.#process.stdin.end();
    rmSync(this.#folder, { recursive: true });
  }
}

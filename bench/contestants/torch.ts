// PyTorch as a contestant: a child process for each number of threads, a line for each request.
import { spawn, spawnSync, type ChildProcessWithoutNullStreams } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { z } from "zod";
import { LONG_REST, SHORT_REST, type Contestant } from "../contestant.ts";
import { weightBytes, type Weights } from "../workload.ts";

/** That of scripts/setup-bench-torch.sh, which has a current PyTorch, or else Debian's, for which `python3-torch` is made. */
const CURRENT = join(import.meta.dirname, "../../.cache/bench-torch/bin/python");
const PYTHON = process.env["TORCH_PYTHON"] ?? (existsSync(CURRENT) ? CURRENT : "/usr/bin/python3");
const SERVER = join(import.meta.dirname, "../torch/serve.py");
export const TORCH_INSTALL = "scripts/setup-bench-torch.sh";

const HELLO = z.object({ torch: z.string(), threads: z.number(), device: z.string().optional() });
const ANSWER = z.object({
  ms: z.number().optional(),
  values: z.array(z.number()).optional(),
  error: z.string().optional(),
});
type Answer = z.infer<typeof ANSWER>;

/** A request to the server: see the top of serve.py. */
export interface Opening {
  readonly what: "train" | "run" | "step";
  readonly cell: string;
  /** `S`: steps of a memory `[S, B, H]`. */
  readonly sizes: Readonly<Record<"B" | "T" | "I" | "H" | "O", number> & { readonly S?: number }>;
  readonly weights: Weights;
}

/** Where PyTorch runs. */
export interface TorchPlace {
  readonly python: string;
  /** serve.py, with cells.py beside it. */
  readonly server: string;
  readonly device: "cpu" | "cuda";
  /** The milliseconds to wait for an answer; after that the process is killed. */
  readonly timeout?: number;
}

const LOCAL: TorchPlace = { python: PYTHON, server: SERVER, device: "cpu" };

export function hasTorch({ python, device }: TorchPlace = LOCAL): boolean {
  const check = device === "cuda" ? "; assert torch.cuda.is_available()" : "";
  return spawnSync(python, ["-c", `import torch, numpy${check}`]).status === 0;
}

/**
 * `native` is `nn.LSTM` or `nn.GRU`, `equations` the cell as its equations, `custom` the cell written for speed, `script` the same
 * compiled by TorchScript. serve.py describes the others.
 */
export type TorchWay =
  "native" | "native-tf32" | "equations" | "custom" | "script" | "graph" | "compile" | "compile-step";

/** One process of PyTorch. It answers requests one after the other. */
export class Torch {
  readonly threads: number;
  readonly version: string;
  readonly #place: TorchPlace;
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  readonly #folder = mkdtempSync(join(tmpdir(), "recurra-bench-"));
  #opened = 0;
  #hasEnded = false;

  private constructor(
    place: TorchPlace,
    process: ChildProcessWithoutNullStreams,
    lines: AsyncIterator<string>,
    hello: string,
  ) {
    const { torch, threads, device } = HELLO.parse(JSON.parse(hello));
    this.threads = threads;
    this.version = device === undefined ? torch : `${torch} on ${device}`;
    this.#place = place;
    this.#process = process;
    this.#lines = lines;
  }

  static async start(threads: number, place: TorchPlace = LOCAL): Promise<Torch> {
    const count = String(threads);
    const env = { ...process.env, OMP_NUM_THREADS: count, OPENBLAS_NUM_THREADS: count };
    const child = spawn(place.python, [place.server, count, place.device], { env });
    child.stderr.pipe(process.stderr);
    // If the process has ended, the missing answer reports that.
    child.stdin.on("error", () => {});
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    return new Torch(place, child, lines, String((await lines.next()).value));
  }

  async #request(request: Readonly<Record<string, unknown>>): Promise<Answer> {
    if (this.#hasEnded) throw new Error("PyTorch's process has ended");
    const { timeout } = this.#place;
    const end = (): void => {
      this.#hasEnded = true;
      this.#process.kill("SIGKILL");
    };
    const timer = timeout === undefined ? undefined : setTimeout(end, timeout);
    this.#process.stdin.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await this.#lines.next();
    clearTimeout(timer);
    if (done === true) {
      const why = this.#hasEnded ? `did not answer within ${(timeout ?? 0) / 1000} s` : "has ended";
      this.#hasEnded = true;
      throw new Error(`PyTorch's process ${why}`);
    }
    const answer = ANSWER.parse(JSON.parse(value));
    if (answer.error !== undefined) throw new Error(`PyTorch: ${answer.error}`);
    return answer;
  }

  /** Whether the process has ended, so that another must be started. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  async open(how: TorchWay, { sizes, weights, ...opening }: Opening): Promise<Contestant> {
    const id = `${this.#opened++}`;
    const file = join(this.#folder, `${id}.safetensors`);
    writeFileSync(file, weightBytes(weights));
    await this.#request({ open: id, how, ...opening, ...sizes, weights: file });
    const onCpu = this.#place.device === "cpu";
    return {
      who: `torch-${how}-${onCpu ? `${this.threads}t` : this.#place.device}`,
      threads: this.threads,
      rest: this.threads === 1 ? SHORT_REST : LONG_REST,
      first: async () => (await this.#request({ first: id })).values ?? [],
      sample: async (times) => (await this.#request({ sample: id, times })).ms ?? NaN,
      dispose: async () => void (this.#hasEnded || (await this.#request({ close: id }))),
    };
  }

  stop(): void {
    this.#process.stdin.end();
    rmSync(this.#folder, { recursive: true });
  }
}

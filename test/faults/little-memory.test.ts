// Too little memory of a process or a system is reported as such, and never as an internal error.
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { expect, test, vi } from "vitest";
import { UserError } from "../../src/base/diagnostic.ts";
import type { Init } from "../../src/base/init.ts";
import { OwnHeap } from "../../src/lists/heap.ts";
import { wasmTarget } from "../../src/targets/wasm/target.ts";
import { initialValues } from "../../src/train/initial.ts";
import { ROOT, temporaryFolder } from "../support/command.ts";

const NOT_ALLOWED =
  /^UserError: the memory of this process does not allow the target `wasm`.*`ulimit -v unlimited`.*`tfjs-cpu`/;

// Bundled, because tsx itself does not start with so little memory.
test.skipIf(process.platform !== "linux")(
  "under `ulimit -v` of 3 GB the message of the target wasm has a remedy",
  async () => {
    const folder = temporaryFolder();
    const contents = `import { wasmTarget } from "./src/targets/wasm/target.ts";
    wasmTarget({ threads: 2 }).then(() => console.log("opened"), (problem) => console.log(String(problem)));`;
    const stdin = { contents, resolveDir: ROOT };
    const { outputFiles } = await build({ stdin, bundle: true, platform: "node", format: "esm", write: false });
    const file = join(folder, "open.mjs");
    writeFileSync(file, outputFiles[0]?.text ?? "");
    const said = await new Promise<string>((resolve) => {
      const command = `ulimit -v 3000000; exec "${process.execPath}" "${file}"`;
      execFile("/bin/sh", ["-c", command], (_, out, err) => resolve(out + err));
    });
    expect(said).toMatch(NOT_ALLOWED);
  },
);

test("a target that did not open is tried again", async () => {
  const options = { threads: 1, sharedFrom: 77 };
  const { Memory } = WebAssembly;
  vi.spyOn(WebAssembly, "Memory").mockImplementation(function refuse() {
    throw new RangeError("WebAssembly.Memory(): could not allocate memory");
  });
  await expect(wasmTarget(options).catch(String)).resolves.toMatch(NOT_ALLOWED);
  vi.restoreAllMocks();
  expect(WebAssembly.Memory).toBe(Memory);
  await expect(wasmTarget(options)).resolves.toMatchObject({ name: "wasm" });
});

test("memory that does not grow, and a program beyond 4 GiB", () => {
  const heap = new OwnHeap(false);
  vi.spyOn(heap.memory, "grow").mockImplementation(() => {
    throw new RangeError("WebAssembly.Memory.grow(): Unable to grow instance memory");
  });
  expect(() => heap.allocate(2e9)).toThrow(UserError);
  expect(() => heap.allocate(2e9)).toThrow(/^there is no memory for 2\d\d\d MB more: take fewer examples/);
  expect(() => heap.allocate(5e9)).toThrow(/^this needs more than 4 GiB, .*: take fewer examples or steps/);
  vi.restoreAllMocks();
  expect(heap.allocate(100).bytes).toBe(128);
});

test.each(["zeros", "glorot", "orthogonal", "identity"] as const)(
  "a start by `%s` that no memory holds names the weight",
  (name) => {
    const init: Init = { kind: "call", name, args: [] };
    const start = (shape: readonly number[]) => (): unknown => initialValues(init, shape, 1, "h.n.h");
    expect(start([1e6, 1e6])).toThrow(UserError);
    expect(start([1e6, 1e6])).toThrow(
      /^there is not enough memory to create the weight `h.n.h`, \[1000000, 1000000\], which needs 8000 GB/,
    );
  },
);

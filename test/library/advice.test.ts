// Errors of a library whose advice is not loaded yet, as in a page: they say the same as when it was loaded.
import { beforeEach, expect, test, vi } from "vitest";
import { compile } from "../../src/index.ts";

beforeEach(() => void vi.resetModules());

async function messageOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => expect.fail("the spec compiled"),
    (problem: unknown) => String(problem),
  );
}

test.each([
  ["a name of another framework", "h = dense(x)", "write `linear(x)`"],
  ["an index that is not of the language", "h[t] = tanh(linear(x))", "write `h = …`"],
  ["an initial value of another framework", "param w: [H] ~ xavier\n  h = w * x", "glorot"],
])("%s", async (_, equation, advice) => {
  const source = `cell Mine(H) {\n  input x: [H]\n  ${equation}\n  output h\n}`;
  const library = await import("../../src/index.ts");
  const state = await import("../../src/lang/advice.ts");
  await library.compile("cell Right(H) {\n  input x\n  h = tanh(linear(x, out = H))\n  output h\n}");
  expect(state.advice()).toBeNull();
  const message = await messageOf(library.compile(source));
  expect(message).toContain(advice);
  expect(message).toBe(await messageOf(compile(source)));
});

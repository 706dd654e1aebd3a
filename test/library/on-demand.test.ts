// Code that is loaded by the first call that needs it: calls still take effect in the order in which they are made.
import { expect, test } from "vitest";
import { OnDemand } from "../../src/library/on-demand.ts";
import { WeightAccess } from "../../src/library/weight-access.ts";

/** Code that is loaded after a turn of the event loop, the first `failures` times in vain. */
function delayed(failures = 0): OnDemand<string> {
  let attempts = 0;
  return new OnDemand(async () => {
    await new Promise((resolve) => setTimeout(resolve));
    attempts += 1;
    if (attempts <= failures) throw new Error("no network");
    return "code";
  });
}

/** Work that takes a while, and notes when it begins and ends. */
function noting(done: string[], name: string): () => Promise<void> {
  return async () => {
    done.push(`${name} begins`);
    await new Promise((resolve) => setTimeout(resolve));
    done.push(`${name} ends`);
  };
}

test("what is called while code is loaded comes after the call that needs it, and in its own order", async () => {
  const [access, code, done]: [WeightAccess, OnDemand<string>, string[]] = [new WeightAccess(), delayed(), []];
  const calls = [
    access.whenLoaded(code, () => access.change(noting(done, "fit"))),
    access.read(noting(done, "run")),
    access.whenLoaded(code, () => access.change(noting(done, "fit again"))),
    access.change(noting(done, "update")),
  ];
  expect(access.isBusy).toBe(true);
  access.free(() => done.push("freed"));
  await Promise.all(calls);
  await access.whenLoaded(code, () => access.read(noting(done, "evaluate")));
  const names = ["fit", "run", "fit again", "update"].flatMap((name) => [`${name} begins`, `${name} ends`]);
  expect(done).toEqual([...names, "freed", "evaluate begins", "evaluate ends"]);
  expect(access.isBusy).toBe(false);
});

test("with loaded code a call begins at once", async () => {
  const [access, code, done]: [WeightAccess, OnDemand<string>, string[]] = [new WeightAccess(), delayed(), []];
  await code.load();
  const call = access.whenLoaded(code, () => access.read(noting(done, "evaluate")));
  expect(done).toEqual(["evaluate begins"]);
  await call;
});

test("code that cannot be loaded rejects its call alone, and the next call tries again", async () => {
  const [access, code, done]: [WeightAccess, OnDemand<string>, string[]] = [new WeightAccess(), delayed(1), []];
  const failing = access.whenLoaded(code, () => access.change(noting(done, "fit")));
  const running = access.read(noting(done, "run"));
  await expect(failing).rejects.toThrow("no network");
  await running;
  await access.whenLoaded(code, () => access.change(noting(done, "fit again")));
  expect(done).toEqual(["run begins", "run ends", "fit again begins", "fit again ends"]);
});

// The folder of a training: it is checked before training, locked, and only replaced on request. A run that gets a signal saves, and a
// resumed run checks that its data are the same.
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { inRunFolder } from "../../src/cli/run-folder.ts";
import { beginRun, resumeRun, type BeginOptions, type Begun } from "../../src/cli/train-begin.ts";
import { trainAndSave } from "../../src/cli/train-run.ts";
import { referenceTarget } from "../../src/targets/reference/target.ts";
import { lockFolder } from "../../src/files/lock.ts";
import { commandCall, recurraIn, ROOT, temporaryFolder, type Ended } from "../support/command.ts";

const SPEC = `model Char(E = 3) {
  input text: seq char[V]
  predict text[t+1] from linear(embed(text, E), out = V)
  train { optimizer sgd(lr = 0.1); truncate k1 = 8, k2 = 8; batch 2 }
}
`;
const TRAIN = ["train", "char.rec", "--data", "book.txt", "--target", "reference"];

/** A folder with a spec and a text, from which Node finds tsx. */
function place(lines = 40): string {
  const folder = temporaryFolder();
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  writeFileSync(join(folder, "char.rec"), SPEC);
  writeFileSync(join(folder, "book.txt"), "abc def\n".repeat(lines));
  return folder;
}

async function done(folder: string, ...args: readonly string[]): Promise<string> {
  const { code, out, err } = await recurraIn(folder, args);
  expect([code, err], args.join(" ")).toEqual([0, ""]);
  return out;
}

function expectRefused({ code, out, err }: Ended, why: string | RegExp): void {
  expect([code, out], err).toEqual([1, ""]);
  expect(err).toMatch(why);
}

describe("--out is checked before anything is read or trained", () => {
  const held = (path: string): Promise<void> => inRunFolder(path, () => Promise.resolve());

  test("the command line ends with 1", async () => {
    const folder = place();
    const why = "--out book.txt: it cannot be written: there is a file where a folder is needed";
    expectRefused(await recurraIn(folder, [...TRAIN, "--out", "book.txt"]), why);
    expect(readdirSync(folder).sort()).toEqual(["book.txt", "char.rec", "node_modules"]);
  });

  test("below a file, and where the system takes no folder, which once hung", async () => {
    const folder = place();
    await expect(held(join(folder, "book.txt/run"))).rejects.toThrow("there is a file where a folder is needed");
    await expect(held("/proc/recurra")).rejects.toThrow("--out /proc/recurra: it cannot be written");
    await expect(held("/proc/recurra/run")).rejects.toThrow("--out /proc/recurra/run: it cannot be written");
  });

  test("a folder that was made for a run that never began is gone again, and those above it", async () => {
    const folder = place();
    const fails = (path: string): Promise<void> =>
      inRunFolder(join(folder, path), () => Promise.reject(new Error("no")));
    await expect(fails("a/b/c")).rejects.toThrow("no");
    expect(readdirSync(folder).sort()).toEqual(["book.txt", "char.rec", "node_modules"]);
    mkdirSync(join(folder, "mine"));
    await expect(fails("mine")).rejects.toThrow("no");
    expect(readdirSync(join(folder, "mine"))).toEqual([]);
  });
});

test("a second training into the folder of a run is refused, unless it may replace the run", async () => {
  const folder = place();
  await done(folder, ...TRAIN, "--updates", "3", "--out", "run");
  const weights = readFileSync(join(folder, "run/weights.safetensors"));
  const again = await recurraIn(folder, [...TRAIN, "--updates", "2", "--out", "run"]);
  expectRefused(
    again,
    "run already holds a trained model (weights.safetensors, resume.safetensors): continue it with --resume, replace it with --overwrite, or name another folder with --out",
  );
  expect(readFileSync(join(folder, "run/weights.safetensors")).equals(weights)).toBe(true);
  expect(await done(folder, ...TRAIN, "--updates", "2", "--out", "run", "--overwrite")).toContain(
    "stopped after 2 updates",
  );
  expect(readdirSync(join(folder, "run")).sort()).toEqual([
    "curve.svg",
    "resume.safetensors",
    "settings.json",
    "weights.safetensors",
  ]);
});

describe("--resume checks that the data are those of the run", () => {
  const at = (folder: string, data = "book.txt"): string => join(folder, data);
  async function run(begun: Begun, stopAfter: number): Promise<number> {
    const out = { write: () => true };
    return (await trainAndSave({ ...begun, out, stopAfter }, referenceTarget())).standing.updates;
  }
  const options = (folder: string): BeginOptions => ({ out: at(folder, "run"), set: [], target: "reference" });
  const resumed = (folder: string, changedData: boolean): Begun =>
    resumeRun(undefined, { out: at(folder, "run"), set: [], ...(changedData ? { changedData } : {}) });

  test.each([
    ["the same size", (text: string) => text.replace("abc", "cba"), "the content differs"],
    ["more of it", (text: string) => `${text}abc`, "320 bytes then, 323 now"],
  ])("%s is refused, and taken where --changed-data says so", async (_, change, why) => {
    const folder = place();
    await run(beginRun(at(folder, "char.rec"), { ...options(folder), data: at(folder) }), 3);
    writeFileSync(at(folder), change(readFileSync(at(folder), "utf8")));
    expect(() => resumed(folder, false)).toThrow(why);
    expect(await run(resumed(folder, true), 5)).toBe(5);
    expect(await run(resumed(folder, false), 6)).toBe(6);
  });

  test("the file of --valid too; the command line ends with 1", async () => {
    const folder = place();
    const valid = at(folder, "valid.txt");
    writeFileSync(valid, "abc abc abc abc ");
    await run(beginRun(at(folder, "char.rec"), { ...options(folder), data: at(folder), valid }), 3);
    writeFileSync(valid, "abc abc abc abd ");
    expectRefused(await recurraIn(folder, ["train", "--resume", "--out", "run"]), "valid.txt: these data have changed");
  });

  test("--changed-data without --resume is refused", () => {
    const folder = place();
    const begin = { ...options(folder), data: at(folder), changedData: true };
    expect(() => beginRun(at(folder, "char.rec"), begin)).toThrow("--changed-data is for --resume");
  });
});

function started(folder: string, ...args: readonly string[]): ChildProcess {
  return spawn(process.execPath, commandCall(...args), {
    cwd: folder,
    stdio: ["ignore", "pipe", "inherit"],
  });
}

/** When it has made its first updates. */
function isTraining(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.stdout?.setEncoding("utf8").on("data", (part: string) => {
      if (part.includes("steps/s")) resolve();
    });
  });
}

function ended(child: ChildProcess): Promise<number | string | null> {
  return new Promise((resolve) => child.once("exit", (code, signal) => resolve(code ?? signal)));
}

describe("a training that is asked to end saves and leaves", () => {
  test.each([
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)("%s: exit code %i, and --resume goes on", async (signal, code) => {
    const folder = place(40_000);
    const child = started(folder, ...TRAIN, "--out", "run");
    await isTraining(child);
    child.kill(signal);
    expect(await ended(child)).toBe(code);
    expect(readdirSync(join(folder, "run"))).toContain("resume.safetensors");
    const said = await done(folder, "train", "--resume", "--out", "run", "--updates", "1");
    expect(said).toMatch(/continuing after [1-9]/);
  });

  test("so does one whose output is closed", async () => {
    const folder = place(40_000);
    const child = started(folder, ...TRAIN, "--out", "run");
    await isTraining(child);
    child.stdout?.destroy();
    expect(await ended(child)).toBe(141);
    expect(existsSync(join(folder, "run/resume.safetensors"))).toBe(true);
  });
});

describe("one training in a folder", () => {
  test("a second one is refused with the holder's name, also with --resume; kill -9 leaves the folder free", async () => {
    const folder = place(40_000);
    const child = started(folder, ...TRAIN, "--save-every", "1", "--out", "two");
    await isTraining(child);
    for (const args of [
      [...TRAIN, "--seed", "9"],
      [...TRAIN, "--overwrite"],
      ["train", "--resume"],
    ])
      expectRefused(
        await recurraIn(folder, [...args, "--out", "two"]),
        `two: process ${child.pid} is training in this folder`,
      );
    child.kill("SIGKILL");
    await ended(child);
    expect(readdirSync(join(folder, "two"))).toContain("training.lock");
    await done(folder, "train", "--resume", "--out", "two", "--updates", "1");
    expect(readdirSync(join(folder, "two")).sort()).toEqual([
      "curve.svg",
      "resume.safetensors",
      "settings.json",
      "weights.safetensors",
    ]);
  });
});

describe("the lock", () => {
  const file = (folder: string): string => join(folder, "training.lock");
  interface Owner {
    readonly token: string;
    readonly pid: number;
    readonly host: string;
    readonly machine: string;
    readonly began: string | null;
  }
  /** What this process writes, changed. */
  async function ownerWith(folder: string, changes: Partial<Owner>): Promise<void> {
    const lock = await lockFolder(folder);
    const own: Owner = JSON.parse(readFileSync(file(folder), "utf8"));
    lock.release();
    writeFileSync(file(folder), JSON.stringify({ ...own, token: "another", ...changes }));
  }

  test("ends with its holder", async () => {
    const folder = temporaryFolder();
    const lock = await lockFolder(folder);
    lock.check();
    await expect(lockFolder(folder)).rejects.toThrow(`process ${process.pid} is training`);
    lock.release();
    expect(readdirSync(folder)).toEqual([]);
  });

  test("is free if another process now has the holder's number", async () => {
    const folder = temporaryFolder();
    // This process is alive; the one that wrote the file began at another time.
    await ownerWith(folder, { began: "1" });
    (await lockFolder(folder)).release();
    await ownerWith(folder, {});
    await expect(lockFolder(folder)).rejects.toThrow("is training");
  });

  test("of another machine is free when its time does not change", async () => {
    const folder = temporaryFolder();
    await ownerWith(folder, { machine: "elsewhere", host: "node7", pid: 1 });
    // Its clock is ahead: times are compared with each other only.
    utimesSync(file(folder), new Date("2200-01-01"), new Date("2200-01-01"));
    (await lockFolder(folder)).release();
    expect(readdirSync(folder)).toEqual([]);
  });

  test("of another machine holds while its time changes", async () => {
    const folder = temporaryFolder();
    await ownerWith(folder, { machine: "elsewhere", host: "node7", pid: 1 });
    let seconds = 1;
    const beat = setInterval(() => utimesSync(file(folder), seconds, (seconds += 1)), 500);
    await expect(lockFolder(folder)).rejects.toThrow("process 1 on node7 is training in this folder");
    clearInterval(beat);
  });

  test("its time moves on while the thread that holds it is busy", async () => {
    const folder = temporaryFolder();
    const lock = await lockFolder(folder);
    const own: Owner = JSON.parse(readFileSync(file(folder), "utf8"));
    expect(own.host).toBe(hostname());
    // As another machine sees it.
    const seen = { ...own, machine: "elsewhere" };
    writeFileSync(file(folder), JSON.stringify(seen));
    await expect(lockFolder(folder)).rejects.toThrow("is training");
    lock.release();
  });

  test("an invalid file is free, and a holder whose file was taken gets an error before it writes", async () => {
    const folder = temporaryFolder();
    writeFileSync(file(folder), "");
    const lock = await lockFolder(folder);
    writeFileSync(file(folder), "{}");
    expect(() => lock.check()).toThrow("another training has taken this folder over");
    lock.release();
    expect(readFileSync(file(folder), "utf8")).toBe("{}");
  });
});

// One writer for a folder: a file in it says which process. A crash leaves the file behind, and it must then do no harm:
// - on the same machine the process is looked up, by its number and by when it began, as numbers are used again;
// - from another machine (a shared disk, a container) nothing can be looked up: the file's time is moved on every second, by a
//   thread that no long update holds up, and a file whose time stands still belongs to nobody. Clocks are not compared.
// A holder that was taken for dead finds out when it asks before it writes.
// (proper-lockfile fits less: its holder is alive while a timer of the main thread runs, and dead only ten seconds later.)
import { closeSync, fstatSync, openSync, readFileSync, readlinkSync, renameSync, rmSync, writeSync } from "node:fs";
import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import * as z from "zod";
import { UserError } from "../base/diagnostic.ts";
import { isRunning } from "./files.ts";

const OWNER = z.object({
  token: z.string(),
  pid: z.number(),
  host: z.string(),
  /** The running system and, in containers, whose process numbers are meant. */
  machine: z.string(),
  /** When the process began, as the system tells it; null where it does not. */
  began: z.string().nullable(),
});

type Owner = z.infer<typeof OWNER>;

export interface Lock {
  /** Throws a UserError where another process has taken the folder over. */
  check(): void;
  release(): void;
}

const NAME = "training.lock";
const BEAT = 1000;
/** A holder whose file stands still for so long is dead. */
const PATIENCE = 5 * BEAT;

/** Takes a folder that exists. Throws a UserError that names the process that holds it; other failures as `fs` throws them. */
export async function lockFolder(folder: string): Promise<Lock> {
  const file = join(folder, NAME);
  const own: Owner = {
    token: randomUUID(),
    pid: process.pid,
    host: hostname(),
    machine: machine(),
    began: beganAt(process.pid),
  };
  while (!create(file, own)) {
    const held = ownerIn(file);
    if (held === "none") continue;
    if (await isHeld(file, held)) throw inUse(folder, held);
    takeAway(file, held, own);
  }
  const beat = beating(file);
  const isOwn = (): boolean => {
    const now = ownerIn(file);
    return now !== "none" && now !== "unknown" && now.token === own.token;
  };
  return {
    check() {
      if (!isOwn())
        throw new UserError(`${folder}: another training has taken this folder over, so nothing more is saved in it`);
    },
    release() {
      void beat.terminate();
      if (isOwn()) rmSync(file, { force: true });
    },
  };
}

/** False where there is one already. */
function create(file: string, own: Owner): boolean {
  try {
    const opened = openSync(file, "wx");
    writeSync(opened, JSON.stringify(own));
    closeSync(opened);
    return true;
  } catch (problem) {
    if (codeOf(problem) === "EEXIST") return false;
    throw problem;
  }
}

/** `unknown`: a file that says nothing, as one that is being written. */
function ownerIn(file: string): Owner | "unknown" | "none" {
  try {
    return OWNER.safeParse(JSON.parse(readFileSync(file, "utf8"))).data ?? "unknown";
  } catch (problem) {
    return codeOf(problem) === "ENOENT" ? "none" : "unknown";
  }
}

function isHeld(file: string, held: Owner | "unknown"): Promise<boolean> | boolean {
  if (held === "unknown" || held.machine !== machine()) return isBeating(file);
  if (!isRunning(held.pid)) return false;
  const began = beganAt(held.pid);
  return began === null || held.began === null ? isBeating(file) : began === held.began;
}

async function isBeating(file: string): Promise<boolean> {
  const before = timeOf(file);
  for (let waited = 0; waited < PATIENCE; waited += BEAT / 4) {
    await setTimeout(BEAT / 4);
    const now = timeOf(file);
    if (now !== before) return now !== null;
  }
  return false;
}

/** Of an opened file: network file systems tell what is new only then. */
function timeOf(file: string): bigint | null {
  try {
    const opened = openSync(file, "r");
    const { mtimeNs } = fstatSync(opened, { bigint: true });
    closeSync(opened);
    return mtimeNs;
  } catch {
    return null;
  }
}

/** Moves a dead holder's file away; one that another process has made in the meantime is put back. */
function takeAway(file: string, dead: Owner | "unknown", { token }: Owner): void {
  const aside = `${file}.${token}`;
  try {
    renameSync(file, aside);
  } catch (problem) {
    if (codeOf(problem) === "ENOENT") return;
    throw problem;
  }
  const found = ownerIn(aside);
  const isDead = JSON.stringify(found) === JSON.stringify(dead);
  if (isDead) rmSync(aside, { force: true });
  else renameSync(aside, file);
}

function inUse(folder: string, held: Owner | "unknown"): UserError {
  const where = held === "unknown" ? "another process" : `process ${held.pid}`;
  const host = held === "unknown" || held.host === hostname() ? "" : ` on ${held.host}`;
  return new UserError(
    `${folder}: ${where}${host} is training into this folder: wait for it, or give another with --out`,
  );
}

/** Moves the file's time on for as long as this process lives. */
function beating(file: string): Worker {
  const code = `const { utimesSync } = require("node:fs");
const { workerData } = require("node:worker_threads");
setInterval(() => { try { const now = new Date(); utimesSync(workerData.file, now, now); } catch {} }, workerData.beat);`;
  const worker = new Worker(code, { eval: true, execArgv: [], workerData: { file, beat: BEAT } });
  // Where no thread can be had, another machine may take the folder, and `check` says so.
  worker.on("error", () => {});
  worker.unref();
  return worker;
}

/** The same for two processes only if each can look up the other by its number. */
function machine(): string {
  return [
    hostname(),
    told(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()),
    told(() => readlinkSync("/proc/self/ns/pid")),
  ].join(" ");
}

/** Null where the system does not tell. A process that has ended and that its parent has not asked about yet began at no time. */
function beganAt(pid: number): string | null {
  // The name, in parentheses, may hold anything; behind it stand the state and, as the 20th, the time of the start.
  const stat = told(() => readFileSync(`/proc/${pid}/stat`, "utf8"));
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" ? "" : (fields[19] ?? null);
}

function told(read: () => string): string {
  try {
    return read();
  } catch {
    return "";
  }
}

function codeOf(problem: unknown): unknown {
  return problem instanceof Error && "code" in problem ? problem.code : undefined;
}

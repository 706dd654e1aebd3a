// One writer for a folder: a file in it names the process. A crash leaves the file behind, which must not block later processes:
// - On the same machine the process is looked up by its number and its start time, because numbers are used again.
// - From another machine (a shared disk, a container) a process cannot be looked up. So a thread changes the file's time every second,
//   also during long updates, and a file whose time does not change has no holder. Clocks are not compared.
// A holder must call `check` before it writes: another process may have taken the folder over.
// (proper-lockfile fits less well: it uses a timer of the main thread, and takes ten seconds to notice a dead holder.)
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
  /** The boot of the system and, in containers, the namespace of process numbers. */
  machine: z.string(),
  /** The start time of the process, in the system's form; null if the system does not give it. */
  began: z.string().nullable(),
});

type Owner = z.infer<typeof OWNER>;

export interface Lock {
  /** Throws a UserError if another process has taken the folder over. */
  check(): void;
  release(): void;
}

const NAME = "training.lock";
const HEARTBEAT_MS = 1000;
/** A holder is dead if the time of its file does not change for this long. */
const TIMEOUT_MS = 5 * HEARTBEAT_MS;

/** Locks an existing folder. Throws a UserError that names the process that holds it, and errors of `fs`. */
export async function lockFolder(folder: string): Promise<Lock> {
  const file = join(folder, NAME);
  const own: Owner = {
    token: randomUUID(),
    pid: process.pid,
    host: hostname(),
    machine: machineId(),
    began: startTimeOf(process.pid),
  };
  while (!create(file, own)) {
    const held = ownerIn(file);
    if (held === "none") continue;
    if (await isHeld(file, held)) throw inUse(folder, held);
    removeDead(file, held, own);
  }
  const heartbeat = startHeartbeat(file);
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
      void heartbeat.terminate();
      if (isOwn()) rmSync(file, { force: true });
    },
  };
}

/** Returns false if the file exists already. */
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

/** `unknown`: the file is not valid, for example because it is being written. */
function ownerIn(file: string): Owner | "unknown" | "none" {
  try {
    return OWNER.safeParse(JSON.parse(readFileSync(file, "utf8"))).data ?? "unknown";
  } catch (problem) {
    return codeOf(problem) === "ENOENT" ? "none" : "unknown";
  }
}

function isHeld(file: string, held: Owner | "unknown"): Promise<boolean> | boolean {
  if (held === "unknown" || held.machine !== machineId()) return isBeating(file);
  if (!isRunning(held.pid)) return false;
  const began = startTimeOf(held.pid);
  return began === null || held.began === null ? isBeating(file) : began === held.began;
}

async function isBeating(file: string): Promise<boolean> {
  const before = timeOf(file);
  for (let waited = 0; waited < TIMEOUT_MS; waited += HEARTBEAT_MS / 4) {
    await setTimeout(HEARTBEAT_MS / 4);
    const now = timeOf(file);
    if (now !== before) return now !== null;
  }
  return false;
}

/** The time when the file was last changed. It is opened first, because network file systems refresh it only then. */
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

/** Removes a dead holder's file. A file that another process has created in the meantime is put back. */
function removeDead(file: string, dead: Owner | "unknown", { token }: Owner): void {
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
    `${folder}: ${where}${host} is training in this folder: wait until it has ended, or choose another folder with --out`,
  );
}

/** Changes the file's time every second while this process runs. */
function startHeartbeat(file: string): Worker {
  const code = `const { utimesSync } = require("node:fs");
const { workerData } = require("node:worker_threads");
setInterval(() => { try { const now = new Date(); utimesSync(workerData.file, now, now); } catch {} }, workerData.interval);`;
  const worker = new Worker(code, { eval: true, execArgv: [], workerData: { file, interval: HEARTBEAT_MS } });
  // If no thread can be started, another machine may take the folder over, and `check` reports that.
  worker.on("error", () => {});
  worker.unref();
  return worker;
}

/** Equal for two processes only if each can look up the other by its number. */
function machineId(): string {
  return [
    hostname(),
    readOrEmpty(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()),
    readOrEmpty(() => readlinkSync("/proc/self/ns/pid")),
  ].join(" ");
}

/** Null if the system does not give it. "" for a zombie: a process that has ended, but is still in the table of processes. */
function startTimeOf(pid: number): string | null {
  // The name, in parentheses, may contain anything. The state follows it, and the start time is the 20th field after it.
  const stat = readOrEmpty(() => readFileSync(`/proc/${pid}/stat`, "utf8"));
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" ? "" : (fields[19] ?? null);
}

function readOrEmpty(read: () => string): string {
  try {
    return read();
  } catch {
    return "";
  }
}

function codeOf(problem: unknown): unknown {
  return problem instanceof Error && "code" in problem ? problem.code : undefined;
}

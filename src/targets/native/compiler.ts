// The C compiler of this machine: which one there is, and libraries compiled by it, kept in the user's cache folder.
import { UserError } from "../../base/diagnostic.ts";
import { fail } from "../../base/invariant.ts";

export interface Compiler {
  /** The command and its first arguments. */
  readonly command: readonly string[];
  /** The first line of what it says of itself. */
  readonly version: string;
}

const COMMANDS: readonly (readonly string[])[] = [["cc"], ["gcc"], ["clang"], ["zig", "cc"]];

let found: Compiler | null | undefined;

/** The compiler of `CC`, or else the first of cc, gcc, clang and zig cc; null if there is none. */
export function compilerHere(): Compiler | null {
  if (found === undefined) {
    const own = process.env["CC"]?.trim().split(/\s+/) ?? [];
    const tried = own.length > 0 && own[0] !== "" ? [own] : COMMANDS;
    found = tried.flatMap((command) => versionOf(command) ?? [])[0] ?? null;
  }
  return found;
}

function versionOf(command: readonly string[]): Compiler | null {
  const { spawnSync } = process.getBuiltinModule("node:child_process");
  const [name = "", ...first] = command;
  const { status, stdout } = spawnSync(name, [...first, "--version"], { encoding: "utf8" });
  return status === 0 ? { command, version: stdout.split("\n")[0] ?? name } : null;
}

/**
 * Products are contracted to multiply-add; nothing else may change a value. Each kernel is compiled once, so an element has the same bits in
 * every place.
 */
const FLAGS = [
  "-std=gnu11",
  "-ffp-contract=fast",
  "-fno-math-errno",
  "-fno-trapping-math",
  "-fPIC",
  "-shared",
  "-pthread",
  "-w",
] as const;

/** GCC and Clang name this machine in one of two ways, by its kind. */
function machineFlag(): string {
  return process.arch === "arm64" ? "-mcpu=native" : "-march=native";
}

/** The folder of compiled libraries. */
export function cacheFolder(): string {
  const { homedir, platform } = process.getBuiltinModule("node:os");
  const { join } = process.getBuiltinModule("node:path");
  const given = process.env["RECURRA_CACHE"];
  if (given !== undefined && given !== "") return join(given, "native");
  if (platform() === "darwin") return join(homedir(), "Library", "Caches", "recurra", "native");
  const own = process.env["XDG_CACHE_HOME"];
  return join(own !== undefined && own !== "" ? own : join(homedir(), ".cache"), "recurra", "native");
}

/** How much the compiler is asked to do: the text says itself what runs in vectors, so generated kernels are compiled fast. */
const EFFORT = { shared: ["-O3"], generated: ["-O1", "-ftree-loop-vectorize"] } as const;

export type Effort = keyof typeof EFFORT;

/**
 * The path of a library with this text, compiled now or before. A library is complete when it has its name: another process may compile the
 * same one at the same time, or be killed. Throws a UserError if the compiler reports an error.
 */
export function compiled(text: string, effort: Effort, compiler: Compiler): string {
  const flags = [...EFFORT[effort], ...FLAGS, machineFlag()];
  const { createHash } = process.getBuiltinModule("node:crypto");
  const { existsSync, renameSync, rmSync } = process.getBuiltinModule("node:fs");
  const { dirname, join } = process.getBuiltinModule("node:path");
  const machine = process.getBuiltinModule("node:os").cpus()[0]?.model ?? "";
  const key = createHash("sha256")
    .update([compiler.command.join(" "), compiler.version, machine, ...flags, text].join("\n"))
    .digest("hex")
    .slice(0, 32);
  const known = join(temporary ?? cacheFolder(), `${key}.so`);
  if (existsSync(known)) return known;
  const room = newRoom();
  const path = join(dirname(room), `${key}.so`);
  try {
    const own = join(room, "library.so");
    compileTo(own, text, flags, compiler);
    renameSync(own, path);
  } finally {
    rmSync(room, { recursive: true, force: true });
  }
  return path;
}

function compileTo(path: string, text: string, flags: readonly string[], { command }: Compiler): void {
  const { spawnSync } = process.getBuiltinModule("node:child_process");
  const [name = fail("native", "no compiler"), ...first] = command;
  const args = [...first, ...flags, "-x", "c", "-", "-o", path, "-lm"];
  const { status, stderr, error } = spawnSync(name, args, { input: text, encoding: "utf8" });
  if (status !== 0)
    throw new UserError(
      `the C compiler \`${command.join(" ")}\` could not compile kernels for the target \`native\`: ${firstError(stderr || String(error))}`,
    );
}

function firstError(output: string): string {
  const lines = output.split("\n").filter((line) => line.trim() !== "");
  return (lines.find((line) => line.includes("error")) ?? lines[0] ?? "it says nothing").trim();
}

/** The folder of this process, where the cache folder cannot be written. */
let temporary: string | undefined;

/** A new folder to compile in, inside the cache folder, or inside one of this process if that cannot be written. */
function newRoom(): string {
  const { mkdirSync, mkdtempSync, rmSync } = process.getBuiltinModule("node:fs");
  const { join } = process.getBuiltinModule("node:path");
  const { tmpdir } = process.getBuiltinModule("node:os");
  const roomIn = (folder: string): string => mkdtempSync(join(folder, "compiling-"));
  if (temporary !== undefined) return roomIn(temporary);
  const cache = cacheFolder();
  try {
    mkdirSync(cache, { recursive: true });
    return roomIn(cache);
  } catch {
    const own = mkdtempSync(join(tmpdir(), "recurra-native-"));
    process.once("exit", () => rmSync(own, { recursive: true, force: true }));
    temporary = own;
    return roomIn(own);
  }
}

// The C compiler of this machine: which one there is, and libraries compiled by it, kept in the user's cache folder.
import { UserError } from "../../base/diagnostic.ts";
import { at } from "../../base/invariant.ts";

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
 * The text says itself what runs in vectors, what stays in registers and which products go into a sum, so the compiler is asked for little,
 * which takes a third of the time of -O3. Nothing may change a value.
 */
const FLAGS = [
  "-O1",
  "-ftree-loop-vectorize",
  "-std=gnu11",
  "-ffp-contract=off",
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

/**
 * The paths of libraries with these texts, compiled now, at the same time, or before. A library is complete when it has its name: another
 * process may compile the same one at the same time, or be killed. Throws a UserError if the compiler reports an error.
 */
export function compiled(texts: readonly string[], compiler: Compiler): readonly string[] {
  const flags = [...FLAGS, machineFlag()];
  const { existsSync, renameSync, rmSync } = process.getBuiltinModule("node:fs");
  const { dirname, join } = process.getBuiltinModule("node:path");
  const folder = temporary ?? cacheFolder();
  const names = texts.map((text) => `${keyOf(text, flags, compiler)}.so`);
  const paths = names.map((name) => join(folder, name));
  const missing = [...paths.keys()].filter((index) => !existsSync(at(paths, index, "native")));
  if (missing.length === 0) return paths;
  const room = newRoom();
  try {
    const own = missing.map((index) => at(texts, index, "native"));
    compileIn(room, own, flags, compiler).forEach((library, each) => {
      const index = at(missing, each, "native");
      paths[index] = join(dirname(room), at(names, index, "native"));
      renameSync(library, at(paths, index, "native"));
    });
  } finally {
    rmSync(room, { recursive: true, force: true });
  }
  return paths;
}

function keyOf(text: string, flags: readonly string[], { command, version }: Compiler): string {
  const machine = process.getBuiltinModule("node:os").cpus()[0]?.model ?? "";
  return process
    .getBuiltinModule("node:crypto")
    .createHash("sha256")
    .update([command.join(" "), version, machine, ...flags, text].join("\n"))
    .digest("hex")
    .slice(0, 32);
}

/** Compiles all C files of a folder, given first, at the same time by the command behind it. */
const COMPILE_ALL = `
room=$1; shift; status=0; started=
for file in "$room"/*.c; do "$@" "$file" -o "$file.so" -lm & started="$started $!"; done
for one in $started; do wait "$one" || status=$?; done
exit $status`;

/** The paths of the libraries, in the order of their texts. */
function compileIn(
  room: string,
  texts: readonly string[],
  flags: readonly string[],
  { command }: Compiler,
): readonly string[] {
  const { spawnSync } = process.getBuiltinModule("node:child_process");
  const { writeFileSync } = process.getBuiltinModule("node:fs");
  const { join } = process.getBuiltinModule("node:path");
  texts.forEach((text, index) => writeFileSync(join(room, `kernels${index}.c`), text));
  const args = ["-c", COMPILE_ALL, "sh", room, ...command, ...flags];
  const { status, stderr, error } = spawnSync("sh", args, { encoding: "utf8" });
  if (status !== 0)
    throw new UserError(
      `the C compiler \`${command.join(" ")}\` could not compile kernels for the target \`native\`: ${firstError(stderr || String(error))}`,
    );
  return texts.map((_, index) => join(room, `kernels${index}.c.so`));
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

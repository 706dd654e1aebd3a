// Whether Dawn finds a GPU, asked in a process of its own: of drivers that it cannot use it writes warnings and stack traces to standard
// error, from native code, where nobody can hold them back; and a driver may take the process down with it. Here its first line becomes
// the reason, and drivers that it complains about are left out where others do without.

export interface Trial {
  readonly isFound: boolean;
  /** The first line of what Dawn said; empty where it said nothing. */
  readonly said: string;
}

/** Variables of the environment that Vulkan's loader and layers read. */
type Settings = Readonly<Record<string, string>>;

/** With these drivers only. */
function only(drivers: readonly string[]): Settings {
  const list = drivers.join(":");
  return { VK_DRIVER_FILES: list, VK_ICD_FILENAMES: list };
}

/** Without Mesa's layer that orders GPUs, which complains where no desktop runs. */
const WITHOUT_LAYER: Settings = { NODEVICE_SELECT: "1" };

/** Null where no process can be started for it, or the package is not found from here: then nothing is known. */
function tryDawn(settings: Settings): Trial | null {
  const { spawnSync } = process.getBuiltinModule("node:child_process");
  const { pathToFileURL } = process.getBuiltinModule("node:url");
  const path = pathOfPackage();
  if (path === null) return null;
  const env = { ...process.env, ...settings, ELECTRON_RUN_AS_NODE: "1" };
  const call = ["--input-type=module", "--eval", PROGRAM, pathToFileURL(path).href];
  const { error, stdout, stderr } = spawnSync(process.execPath, call, { env, encoding: "utf8", timeout: MOST_TIME });
  if (error !== undefined && "code" in error && error.code !== "ETIMEDOUT") return null;
  const [line = ""] = stderr.trim().split("\n");
  return { isFound: stdout === "found", said: line.replace(/^(warning|error): /i, "").replace(/\.$/, "") };
}

const MOST_TIME = 20_000;

/** Dawn would keep the process alive. */
const PROGRAM = `const { create } = await import(process.argv[1]);
const adapter = await create([]).requestAdapter();
process.stdout.write(adapter == null ? "none" : "found", () => process.exit(0));`;

/** From the program that runs, or the folder that it runs in: a bundler may have moved this file anywhere. */
function pathOfPackage(): string | null {
  const { createRequire } = process.getBuiltinModule("node:module");
  for (const base of [process.argv[1], `${process.cwd()}/`]) {
    try {
      if (base !== undefined) return createRequire(base).resolve("webgpu");
    } catch {
      // It may be found from the other.
    }
  }
  return null;
}

let known: Trial | null | undefined;

/**
 * Asks once. Where Dawn finds a GPU and complains about others of `drivers`, the variables of Vulkan are set to those of which it says
 * nothing, for this process and what it starts.
 */
export function trialOfDawn(drivers: readonly string[]): Trial | null {
  if (known !== undefined) return known;
  known = tryDawn({});
  if (known?.isFound === true && known.said !== "") Object.assign(process.env, silentSettings(drivers) ?? {});
  return known;
}

/** The settings under which a GPU is found and nothing is said; undefined where there are none. */
function silentSettings(drivers: readonly string[]): Settings | undefined {
  for (const more of [{}, WITHOUT_LAYER]) {
    const silent = drivers.filter((driver) => isSilent({ ...more, ...only([driver]) }));
    if (silent.length > 0) return { ...more, ...only(silent) };
  }
  return undefined;
}

function isSilent(settings: Settings): boolean {
  const trial = tryDawn(settings);
  return trial !== null && trial.isFound && trial.said === "";
}

// Tests in a separate process whether Dawn finds a GPU. Dawn's native code writes warnings and stack traces about unusable drivers to
// standard error, which this process cannot suppress, and a driver may crash the process. The first line that it writes is the reason
// in our message. If some drivers work without warnings, only those are used.

export interface Trial {
  readonly isFound: boolean;
  /** The first line that Dawn wrote to standard error; empty if there is none. */
  readonly warning: string;
}

/** Variables of the environment that Vulkan's loader and layers read. */
type Settings = Readonly<Record<string, string>>;

/** Vulkan with these drivers only. */
function only(drivers: readonly string[]): Settings {
  const list = drivers.join(":");
  return { VK_DRIVER_FILES: list, VK_ICD_FILENAMES: list };
}

/** Without Mesa's layer that orders GPUs. It writes a warning on machines without a desktop. */
const WITHOUT_LAYER: Settings = { NODEVICE_SELECT: "1" };

/** Null, for unknown, if no process can be started or the package is not found from here. */
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
  return { isFound: stdout === "found", warning: line.replace(/^(warning|error): /i, "").replace(/\.$/, "") };
}

const MOST_TIME = 20_000;

/** It exits explicitly, because Dawn keeps the process alive. */
const PROGRAM = `const { create } = await import(process.argv[1]);
const adapter = await create([]).requestAdapter();
process.stdout.write(adapter == null ? "none" : "found", () => process.exit(0));`;

/** Resolved from the running program or from the working directory, because a bundler may have moved this file. */
function pathOfPackage(): string | null {
  const { createRequire } = process.getBuiltinModule("node:module");
  for (const base of [process.argv[1], `${process.cwd()}/`]) {
    try {
      if (base !== undefined) return createRequire(base).resolve("webgpu");
    } catch {
      // It may be found from the next one.
    }
  }
  return null;
}

let result: Trial | null | undefined;

/**
 * Runs the trial once. If Dawn finds a GPU but warns about some of `drivers`, Vulkan's environment variables are set to the others, for
 * this process and its children.
 */
export function trialOfDawn(drivers: readonly string[]): Trial | null {
  if (result !== undefined) return result;
  result = tryDawn({});
  if (result?.isFound === true && result.warning !== "") Object.assign(process.env, silentSettings(drivers) ?? {});
  return result;
}

/** Settings under which a GPU is found without a warning; undefined if there are none. */
function silentSettings(drivers: readonly string[]): Settings | undefined {
  for (const more of [{}, WITHOUT_LAYER]) {
    const silent = drivers.filter((driver) => isSilent({ ...more, ...only([driver]) }));
    if (silent.length > 0) return { ...more, ...only(silent) };
  }
  return undefined;
}

function isSilent(settings: Settings): boolean {
  const trial = tryDawn(settings);
  return trial !== null && trial.isFound && trial.warning === "";
}

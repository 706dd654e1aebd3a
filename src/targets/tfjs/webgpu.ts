// WebGPU for tfjs: the browser's, or in Node that of the package `webgpu` (Dawn).
import { UserError } from "../../base/diagnostic.ts";
import { trialOfDawn } from "./dawn-trial.ts";
import { importInNode, optionalPackage } from "./optional.ts";

const INSTALL = "npm i webgpu @tensorflow/tfjs-backend-webgpu";

const BACKEND = "@tensorflow/tfjs-backend-webgpu";

/**
 * Registers tfjs' backend `webgpu`. Throws a UserError that says what is missing. A page imports the backend itself: if it were
 * imported here, bundlers would require the package.
 */
export async function provideWebgpu(isRegistered: boolean): Promise<void> {
  const gpu = gpuHere() ?? (await dawn());
  if ((await gpu.requestAdapter()) == null)
    throw new UserError("no GPU was found: WebGPU has no adapter on this machine");
  if (isRegistered) return;
  if (typeof process === "undefined")
    throw new UserError(
      `the page has no \`${BACKEND}\`: install it, and write \`import "${BACKEND}"\` beside recurra's`,
    );
  await optionalPackage(BACKEND, INSTALL, () => importInNode(BACKEND));
}

/** Names of adapters that run on the CPU. */
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|software|basic render/i;

/** Null if WebGPU runs on a GPU, or else what it runs on, as a clause. */
export async function lacksGpu(): Promise<string | null> {
  const adapter: unknown = await (gpuHere() ?? (await dawn())).requestAdapter();
  const { info, isFallbackAdapter }: { info?: unknown; isFallbackAdapter?: unknown } = Object(adapter);
  const { architecture, device, description }: Readonly<Record<string, unknown>> = Object(info);
  const name = [description, device, architecture].map(String).join(", ");
  return SOFTWARE.test(name) || isFallbackAdapter === true ? `WebGPU runs on the CPU here: ${name}` : null;
}

interface Gpu {
  readonly requestAdapter: () => Promise<unknown>;
}

function isGpu(value: unknown): value is Gpu {
  return typeof value === "object" && value !== null && "requestAdapter" in value;
}

function gpuHere(): Gpu | undefined {
  const navigator: unknown = Reflect.get(globalThis, "navigator");
  const gpu = typeof navigator === "object" && navigator !== null && "gpu" in navigator ? navigator.gpu : undefined;
  return isGpu(gpu) ? gpu : undefined;
}

/** Installs Dawn as the global WebGPU: tfjs uses `navigator.gpu` and WebGPU's classes. */
async function dawn(): Promise<Gpu> {
  if (typeof process === "undefined") throw new UserError("this browser has no WebGPU");
  if (lacksDriver()) throw new UserError("no GPU was found: this machine has no driver for Vulkan");
  const module = await optionalPackage("webgpu", INSTALL, () => importInNode("webgpu"));
  const trial = trialOfDawn(driversHere());
  if (trial?.isFound === false)
    throw new UserError(
      `no GPU was found: ${trial.warning === "" ? "WebGPU has no adapter on this machine" : trial.warning}`,
    );
  const { create, globals }: { create?: unknown; globals?: unknown } = Object(module);
  const gpu: unknown = typeof create === "function" ? create([]) : undefined;
  if (!isGpu(gpu)) throw new UserError("the installed package `webgpu` is a different one: it has no `create`");
  Object.assign(globalThis, globals);
  if (!("navigator" in globalThis)) Object.assign(globalThis, { navigator: {} });
  Object.defineProperty(Reflect.get(globalThis, "navigator"), "gpu", { value: gpu, configurable: true });
  return gpu;
}

/** Folders of Vulkan's driver files on Linux, besides those that environment variables name. */
const FOLDERS = ["/usr/share", "/usr/local/share", "/etc", `${globalThis.process?.env["HOME"] ?? ""}/.local/share`];
const FILES = ["VK_DRIVER_FILES", "VK_ICD_FILENAMES"];
const MORE = ["VK_ADD_DRIVER_FILES", "XDG_DATA_DIRS", "XDG_DATA_HOME"];

/** Whether there is certainly no driver. Then Dawn is not started. */
function lacksDriver(): boolean {
  const isConfigured = [...FILES, ...MORE].some((name) => process.env[name] !== undefined);
  return process.platform === "linux" && !isConfigured && driversHere().length === 0;
}

/** The paths of Vulkan's driver files. */
function driversHere(): readonly string[] {
  const { existsSync, readdirSync } = process.getBuiltinModule("node:fs");
  const [named] = FILES.map(pathsIn).filter((paths) => paths.length > 0);
  if (named !== undefined) return named;
  const folders = [...FOLDERS, ...pathsIn("XDG_DATA_DIRS"), ...pathsIn("XDG_DATA_HOME")];
  const found = [...new Set(folders.map((folder) => `${folder.replace(/\/+$/, "")}/vulkan/icd.d`))]
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((name) => `${folder}/${name}`));
  return [...found, ...pathsIn("VK_ADD_DRIVER_FILES")];
}

function pathsIn(variable: string): readonly string[] {
  return (process.env[variable] ?? "").split(":").filter((path) => path !== "");
}

// WebGPU for tfjs: the browser's, or in Node that of the package `webgpu`, which is Dawn.
import { UserError } from "../../base/diagnostic.ts";
import { importInNode, refusePackage } from "../../base/optional-package.ts";
import { trialOfDawn } from "./dawn-trial.ts";
import { INSTALL } from "./module.ts";

const BACKEND = "@tensorflow/tfjs-backend-webgpu";

/**
 * Registers tfjs' backend `webgpu`. Throws a UserError that says what is missing. A page imports the backend itself: a bundler
 * that met its name here would refuse to do without it.
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
  await importInNode(BACKEND).catch(refusePackage(BACKEND, INSTALL.webgpu));
}

/** Names under which a processor stands for a GPU. */
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|software|basic render/i;

/** Null where WebGPU runs on a GPU, or what it runs on instead. */
export async function lacksGpu(): Promise<string | null> {
  const adapter: unknown = await (gpuHere() ?? (await dawn())).requestAdapter();
  const { info, isFallbackAdapter }: { info?: unknown; isFallbackAdapter?: unknown } = Object(adapter);
  const { architecture, device, description }: Readonly<Record<string, unknown>> = Object(info);
  const name = [description, device, architecture].map(String).join(", ");
  return SOFTWARE.test(name) || isFallbackAdapter === true ? `WebGPU is drawn by the processor here: ${name}` : null;
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

/** Puts Dawn where a browser has its own: tfjs looks for `navigator.gpu` and for the classes of WebGPU. */
async function dawn(): Promise<Gpu> {
  if (typeof process === "undefined") throw new UserError("this browser has no WebGPU");
  if (lacksDriver()) throw new UserError("no GPU was found: this machine has no driver for Vulkan");
  const module = await importInNode("webgpu").catch(refusePackage("webgpu", INSTALL.webgpu));
  const trial = trialOfDawn(driversHere());
  if (trial?.isFound === false)
    throw new UserError(
      `no GPU was found: ${trial.said === "" ? "WebGPU has no adapter on this machine" : trial.said}`,
    );
  const { create, globals }: { create?: unknown; globals?: unknown } = Object(module);
  const gpu: unknown = typeof create === "function" ? create([]) : undefined;
  if (!isGpu(gpu)) throw new UserError("the package `webgpu` is not the one that is meant: it has no `create`");
  Object.assign(globalThis, globals);
  if (!("navigator" in globalThis)) Object.assign(globalThis, { navigator: {} });
  Object.defineProperty(Reflect.get(globalThis, "navigator"), "gpu", { value: gpu, configurable: true });
  return gpu;
}

/** Where Linux keeps the descriptions of Vulkan's drivers, besides the folders and files that variables name. */
const FOLDERS = ["/usr/share", "/usr/local/share", "/etc", `${globalThis.process?.env["HOME"] ?? ""}/.local/share`];
const FILES = ["VK_DRIVER_FILES", "VK_ICD_FILENAMES"];
const MORE = ["VK_ADD_DRIVER_FILES", "XDG_DATA_DIRS", "XDG_DATA_HOME"];

/** Where there is none for certain, Dawn need not be asked. */
function lacksDriver(): boolean {
  const isTold = [...FILES, ...MORE].some((name) => process.env[name] !== undefined);
  return process.platform === "linux" && !isTold && driversHere().length === 0;
}

/** The descriptions of Vulkan's drivers, as files. */
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

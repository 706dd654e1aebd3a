// tfjs as optional packages: where they are imported, and how they are installed.
import type * as Tf from "@tensorflow/tfjs";
import type * as Wasm from "@tensorflow/tfjs-backend-wasm";
import { refusePackage } from "../../base/optional-package.ts";

export type BackendName = "wasm" | "cpu" | "webgpu" | "webgl" | "tensorflow";
export type Module = (typeof Tf)["default"];

/** For each backend the command that installs all that it needs. */
export const INSTALL: Readonly<Record<BackendName, string>> = {
  wasm: "npm i @tensorflow/tfjs @tensorflow/tfjs-backend-wasm",
  cpu: "npm i @tensorflow/tfjs",
  webgpu: "npm i @tensorflow/tfjs @tensorflow/tfjs-backend-webgpu webgpu",
  webgl: "npm i @tensorflow/tfjs",
  tensorflow: "npm i @tensorflow/tfjs @tensorflow/tfjs-node",
};

/**
 * Imports tfjs, which takes 0.4 s. In Node the module is CommonJS and is in `default`. Throws a UserError with the command that installs
 * what the backend needs.
 */
export async function importTfjs(backend: BackendName): Promise<Module> {
  const module = await import("@tensorflow/tfjs").catch(refusePackage("@tensorflow/tfjs", INSTALL[backend]));
  return module.default ?? module;
}

/** Imports tfjs' backend `wasm`, which registers itself. Throws as `importTfjs`. */
export async function importWasmBackend(): Promise<Pick<typeof Wasm, "BackendWasm">> {
  const name = "@tensorflow/tfjs-backend-wasm";
  const module = await import("@tensorflow/tfjs-backend-wasm").catch(refusePackage(name, INSTALL.wasm));
  return module.BackendWasm === undefined ? module.default : module;
}

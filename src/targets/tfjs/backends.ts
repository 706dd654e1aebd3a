// Loads what each backend of tfjs needs before it starts: its package, and its settings.
import type * as Tf from "@tensorflow/tfjs";
import { UserError } from "../../base/diagnostic.ts";
import { provideTensorflow } from "./tensorflow.ts";
import { provideWebgpu } from "./webgpu.ts";

export type BackendName = "wasm" | "cpu" | "webgpu" | "webgl" | "tensorflow";
export type Module = (typeof Tf)["default"];

/** Loads a backend and sets tfjs' flags for it. Throws a UserError if it cannot run here. */
export async function provideBackend(tf: Module, name: BackendName): Promise<void> {
  switch (name) {
    case "wasm":
      await import("@tensorflow/tfjs-backend-wasm");
      return;
    case "cpu":
      return;
    case "webgpu":
      await provideWebgpu(tf.findBackendFactory("webgpu") != null);
      // Otherwise tfjs computes small arrays on the CPU.
      tf.env().set("WEBGPU_CPU_FORWARD", false);
      return;
    case "webgl":
      if (tf.findBackendFactory("webgl") == null || tf.env().getNumber("WEBGL_VERSION") === 0)
        throw new UserError("there is no WebGL here");
      if (!tf.env().getBool("WEBGL_RENDER_FLOAT32_ENABLED"))
        throw new UserError("WebGL on this GPU has floats of 16 bits only; 32 are needed");
      tf.env().set("WEBGL_CPU_FORWARD", false);
      // With this flag `Sum` is wrong: the size is in its code, but not in the key under which the code is cached.
      tf.env().set("WEBGL_USE_SHAPES_UNIFORMS", false);
      return;
    case "tensorflow":
      await provideTensorflow(tf);
  }
}

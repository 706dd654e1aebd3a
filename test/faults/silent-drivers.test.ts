// A trial of a target prints nothing. Dawn's warning about a driver of Vulkan that it cannot use, such as Debian's mesa-vulkan-drivers,
// becomes the reason in `recurra targets`. In these tests, the file of the driver does not exist.
import { execFile } from "node:child_process";
import { describe, expect, test } from "vitest";
import { commandCall, ROOT } from "../support/command.ts";
import { HAS_WEBGPU } from "../support/swiftshader.ts";

/** Vulkan's loader is told of these drivers only. Without a folder of the desktop's session Mesa's layers complain as well, where they are. */
function targets(...drivers: readonly string[]): Promise<{ readonly out: string; readonly err: string }> {
  const { XDG_RUNTIME_DIR: _, ...others } = process.env;
  const env = { ...others, VK_DRIVER_FILES: drivers.join(":"), VK_ICD_FILENAMES: drivers.join(":") };
  const call = commandCall("targets");
  return new Promise((resolve) =>
    execFile(process.execPath, call, { cwd: ROOT, env }, (_, out, err) => resolve({ out, err })),
  );
}

describe.skipIf(!HAS_WEBGPU)("drivers that Dawn warns about", () => {
  test("alone: the reason, and nothing on standard error", async () => {
    const { out, err } = await targets("/nowhere/driver.json");
    expect(err).toBe("");
    expect(out).toMatch(/^tfjs-webgpu .*does not run {2}no GPU was found: .+$/m);
    expect(out).toContain("\nThe default is wasm");
  });

  test("beside one that works: it runs, and nothing is on standard error", async () => {
    const { out, err } = await targets("/nowhere/driver.json", process.env["VK_ICD_FILENAMES"] ?? "");
    expect(err).toBe("");
    expect(out).toMatch(/^tfjs-webgpu +float32 +runs /m);
  });
});

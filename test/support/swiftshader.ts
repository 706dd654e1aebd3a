// WebGPU without a GPU: Debian's package chromium brings SwiftShader, a Vulkan driver that runs on the CPU. Imported before Dawn loads,
// this names the driver; where there is none, tests of WebGPU are skipped.
import { existsSync } from "node:fs";

const DRIVER = "/usr/lib/chromium/vk_swiftshader_icd.json";
if (existsSync(DRIVER)) process.env["VK_ICD_FILENAMES"] ??= DRIVER;

function hasPackages(): boolean {
  const urls = ["webgpu", "@tensorflow/tfjs-backend-webgpu"].map(
    (name) => new URL(`../../node_modules/${name}/package.json`, import.meta.url),
  );
  return urls.every((url) => existsSync(url));
}

/** Where Linux keeps libraries: Dawn finds drivers through Vulkan's loader, which a desktop may lack. */
const FOLDERS = ["/lib", "/usr/lib", "/usr/lib64", ...["x86_64", "aarch64"].map((cpu) => `/usr/lib/${cpu}-linux-gnu`)];

function hasLoader(): boolean {
  return process.platform !== "linux" || FOLDERS.some((folder) => existsSync(`${folder}/libvulkan.so.1`));
}

export const HAS_WEBGPU = existsSync(process.env["VK_ICD_FILENAMES"] ?? DRIVER) && hasLoader() && hasPackages();

// `npm run -s bench:gpu`: packs the benchmark into bench/gpu/out, for a Linux x64 machine with a GPU and without a network:
// Node, Dawn, the benchmark as one file, its part for PyTorch, and the libraries that Vulkan needs to find its driver.
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commit } from "../machine.ts";
import { bundle } from "./bundle.ts";

const HERE = import.meta.dirname;
const OUT = join(HERE, "out");
/** The limit of the package: some machines with a GPU accept no more in one transfer. */
const MOST_BYTES = 64 * 2 ** 20;

/**
 * Vulkan's loader, the libraries that NVIDIA's driver is linked with, and glvnd, through which the driver is found on machines without a
 * display. Those that the machine has are not used.
 */
const LIBRARIES =
  "libvulkan1 libx11-6 libxext6 libxcb1 libxau6 libxdmcp6 libbsd0 libmd0 libglvnd0 libgl1 libglx0 libegl1".split(" ");
const LIBRARY_FOLDER = "usr/lib/x86_64-linux-gnu";

function run(program: string, args: readonly string[], cwd: string): void {
  execFileSync(program, args, { cwd, stdio: ["ignore", "ignore", "inherit"] });
}

/** Copies the shared libraries of Debian's packages, each by the name that programs load. */
function unpackLibraries(folder: string): void {
  const work = mkdtempSync(join(tmpdir(), "recurra-pack-"));
  run("apt-get", ["-o", "APT::Sandbox::User=root", "download", "-q", ...LIBRARIES], work);
  for (const file of readdirSync(work)) run("dpkg", ["-x", file, "unpacked"], work);
  const from = join(work, "unpacked", LIBRARY_FOLDER);
  for (const name of readdirSync(from))
    if (lstatSync(join(from, name)).isSymbolicLink()) copyFileSync(realpathSync(join(from, name)), join(folder, name));
  rmSync(work, { recursive: true });
}

async function pack(): Promise<void> {
  if (process.platform !== "linux" || process.arch !== "x64")
    throw new Error("this script packs for Linux x64, and runs on Linux x64 only");
  rmSync(OUT, { recursive: true, force: true });
  const content = join(OUT, "content");
  const libraries = join(content, "libraries");
  mkdirSync(libraries, { recursive: true });
  copyFileSync(process.execPath, join(content, "node"));
  chmodSync(join(content, "node"), 0o755);
  await bundle(content);
  cpSync(join(HERE, "../torch"), join(content, "torch"), {
    recursive: true,
    filter: (path) => !path.includes("__pycache__"),
  });
  for (const name of ["fixtures", "published"])
    cpSync(join(HERE, "../../test", name), join(content, "golden", name), { recursive: true });
  unpackLibraries(libraries);
  writeFileSync(join(content, "commit"), commit());
  // gzip, which every machine has.
  run("tar", ["-czf", join(OUT, "content.tar.gz"), "-C", content, "."], OUT);
  rmSync(content, { recursive: true });
  copyFileSync(join(HERE, "run.sh"), join(OUT, "run.sh"));
  const bytes = readdirSync(OUT).reduce((sum, name) => sum + statSync(join(OUT, name)).size, 0);
  if (bytes > MOST_BYTES) throw new Error(`the package has ${bytes} bytes, more than ${MOST_BYTES}`);
  console.log(`bench/gpu/out: ${(bytes / 2 ** 20).toFixed(1)} MiB. There: sh run.sh results.json`);
}

if (!existsSync(join(HERE, "../../node_modules/webgpu"))) throw new Error("no node_modules: npm ci");
await pack();

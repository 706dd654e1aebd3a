// Writes the commit into dist/base/version.js, after `tsc` has written it. Without git it stays null.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const rootPath = fileURLToPath(new URL("..", import.meta.url));
const versionPath = fileURLToPath(new URL("../dist/base/version.js", import.meta.url));
const UNSET = "COMMIT = null";

/** The first 12 digits of the commit. Null without git, and if this folder is not a repository itself: another one may be around it. */
function commitHere(): string | null {
  if (!existsSync(`${rootPath}.git`)) return null;
  const { status, stdout } = spawnSync("git", ["rev-parse", "--short=12", "HEAD"], { cwd: rootPath, encoding: "utf8" });
  return status === 0 ? stdout.trim() : null;
}

const commit = commitHere();
const text = readFileSync(versionPath, "utf8");
if (!text.includes(UNSET)) throw new Error(`${versionPath} has no \`${UNSET}\``);
if (commit !== null) writeFileSync(versionPath, text.replace(UNSET, `COMMIT = ${JSON.stringify(commit)}`));

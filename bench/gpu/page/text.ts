// The page as one HTML text, with its script inside.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { build, type Plugin } from "esbuild";

const HERE = import.meta.dirname;
const [PROGRAM, SCRIPT] = ["/* the program */", "/* the script */"];

/** The benchmark's modules for Node import its files, which a page never reads. */
const NO_NODE: Plugin = {
  name: "no-node",
  setup: (build) => {
    build.onResolve({ filter: /^node:/ }, ({ path }) => ({ path, namespace: "no-node" }));
    build.onLoad({ filter: /.*/, namespace: "no-node" }, () => ({ contents: "module.exports = {};", loader: "js" }));
  },
};

export async function pageText(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(HERE, "measure.ts")],
    bundle: true,
    write: false,
    minify: true,
    // tfjs reads the names of its classes.
    keepNames: true,
    platform: "browser",
    format: "iife",
    plugins: [NO_NODE],
    logLevel: "error",
  });
  const program = (outputFiles[0]?.text ?? "").replaceAll("</script", "<\\/script");
  const [page, script] = ["page.html", "page.js"].map((name) => readFileSync(join(HERE, name), "utf8"));
  return (page ?? "").replace(PROGRAM, () => program).replace(SCRIPT, () => script ?? "");
}

// Rewrites dist/browser.js, which `tsc` has written: what a page always needs becomes one file, and each part that is loaded on demand stays
// a file of its own, in dist/browser. A bundler that splits code makes a chunk for each set of parts that share modules: 24 small files,
// which compress worse than one (153 kB against 143).
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";

const distPath = fileURLToPath(new URL("../dist/", import.meta.url));
const entryPath = `${distPath}browser.js`;

/** What is read with an import of the entry before its own text. */
const ON_DEMAND = "on demand";
/** Marks a path that is resolved a second time, by esbuild itself. */
const RESOLVED = "resolved";

/** Each part on demand imports the entry, which is loaded before it. So all that the entry needs is shared by all parts, and is one chunk. */
const oneEntry: Plugin = {
  name: "one-entry",
  setup(bundler) {
    bundler.onResolve({ filter: /./ }, async ({ path, importer, resolveDir, kind, pluginData }) => {
      if (path === entryPath) return { path, sideEffects: true };
      if (kind !== "dynamic-import" || pluginData === RESOLVED || !path.startsWith(".")) return undefined;
      const found = await bundler.resolve(path, { importer, resolveDir, kind, pluginData: RESOLVED });
      return { path: found.path, errors: found.errors, pluginData: ON_DEMAND };
    });
    bundler.onLoad({ filter: /\.js$/ }, ({ path, pluginData }) =>
      pluginData === ON_DEMAND
        ? { contents: `import ${JSON.stringify(entryPath)};\n${readFileSync(path, "utf8")}`, loader: "js" }
        : undefined,
    );
  },
};

await build({
  entryPoints: [entryPath],
  outdir: distPath,
  allowOverwrite: true,
  bundle: true,
  splitting: true,
  chunkNames: "browser/[name]-[hash]",
  packages: "external",
  platform: "browser",
  format: "esm",
  target: "es2022",
  logLevel: "warning",
  plugins: [oneEntry],
});

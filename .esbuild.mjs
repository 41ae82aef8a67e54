// Bundles what ships: the extension with what it loads on demand, the command line, and the script of the series page.
import { cp, mkdir, readdir, readFile, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { build, context } from "esbuild";

const watch = process.argv.includes("--watch");
const common = {
  bundle: true,
  minify: !watch,
  sourcemap: watch ? "linked" : false,
  logLevel: watch ? "info" : "warning",
  legalComments: "none",
};
const node = { ...common, platform: "node", format: "cjs", target: "node20" };

/** What the extension imports on demand is a bundle beside it: code that is not read yet costs nothing at the start. */
const onDemand = {
  name: "on-demand",
  setup({ onResolve }) {
    onResolve({ filter: /^\./ }, ({ kind, path }) =>
      kind === "dynamic-import" ? { path: `./${basename(path)}`, external: true } : undefined,
    );
  },
};

/**
 * `import * as vscode` copies the whole of the editor's interface, for each file that says it, which takes
 * longer than all that is done at activation. So all share one module that takes what is used from it.
 */
const oneVscode = {
  name: "one-vscode",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^vscode$/ }, ({ kind, path }) =>
      kind === "require-call" ? { path, external: true } : { path, namespace: "one-vscode" },
    );
    onLoad({ filter: /./, namespace: "one-vscode" }, async () => {
      const files = (await readdir("src", { recursive: true })).filter((name) => name.endsWith(".ts"));
      const texts = await Promise.all(files.map((name) => readFile(join("src", name), "utf8")));
      const names = new Set(texts.flatMap((text) => Array.from(text.matchAll(/\bvscode\.(\w+)/g), ([, name]) => name)));
      return { contents: `export const { ${[...names].sort().join(", ")} } = require("vscode");` };
    });
  },
};

const bundles = [
  {
    ...node,
    entryPoints: ["src/extension.ts"],
    outfile: "dist/extension.js",
    plugins: [onDemand, oneVscode],
    // As `require`, since the host's loader of modules proper would be one more thing to start.
    supported: { "dynamic-import": false },
  },
  {
    ...node,
    entryPoints: ["src/ui/seriesPanel.ts"],
    outfile: "dist/seriesPanel.js",
    plugins: [onDemand, oneVscode],
    supported: { "dynamic-import": false },
  },
  { ...node, entryPoints: ["src/ui/exportDigest.ts"], outfile: "dist/exportDigest.js", plugins: [oneVscode] },
  { ...node, entryPoints: ["src/ui/lineComments.ts"], outfile: "dist/lineComments.js", plugins: [oneVscode] },
  { ...node, entryPoints: ["src/ui/comparing.ts"], outfile: "dist/comparing.js" },
  { ...node, entryPoints: ["src/engines/archiveEngine.ts"], outfile: "dist/archiveEngine.js" },
  { ...node, entryPoints: ["src/library/clashes.ts"], outfile: "dist/clashes.js" },
  { ...node, entryPoints: ["src/checkout/checkoutEngine.ts"], outfile: "dist/checkoutEngine.js" },
  { ...node, entryPoints: ["src/library/revisionComments.ts"], outfile: "dist/revisionComments.js" },
  { ...node, entryPoints: ["src/library/olderReviews.ts"], outfile: "dist/olderReviews.js" },
  { ...node, entryPoints: ["src/git/git.ts"], outfile: "dist/git.js" },
  { ...node, entryPoints: ["src/cli/main.ts"], outfile: "dist/cli.js", banner: { js: "#!/usr/bin/env node" } },
  { ...node, entryPoints: ["src/index/worker.ts"], outfile: "dist/indexWorker.js" },
  { ...node, entryPoints: ["src/index/searchWorker.ts"], outfile: "dist/searchWorker.js" },
  { ...node, entryPoints: ["src/library/landedWorker.ts"], outfile: "dist/landedWorker.js" },
  {
    ...common,
    platform: "browser",
    format: "iife",
    target: "chrome130",
    entryPoints: ["src/webview/page.ts"],
    outfile: "dist/webview/page.js",
  },
];

if (!watch) await rm("dist", { recursive: true, force: true });
await mkdir("dist/webview", { recursive: true });
// The page loads its icons from beside its script; codicons are CC-BY-4.0 (named in the README).
for (const file of ["codicon.css", "codicon.ttf"]) await cp(`node_modules/@vscode/codicons/dist/${file}`, `dist/webview/${file}`);
if (watch) for (const bundle of bundles) await (await context(bundle)).watch();
else await Promise.all(bundles.map((bundle) => build(bundle)));

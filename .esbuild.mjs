// Bundles what ships: the extension, the command line, and the script of the series page.
import { cp, mkdir, rm } from "node:fs/promises";
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

const bundles = [
  { ...node, entryPoints: ["src/extension.ts"], outfile: "dist/extension.js", external: ["vscode"] },
  { ...node, entryPoints: ["src/cli.ts"], outfile: "dist/cli.js", banner: { js: "#!/usr/bin/env node" } },
  { ...node, entryPoints: ["src/index/worker.ts"], outfile: "dist/indexWorker.js" },
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

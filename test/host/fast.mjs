// `npm run test:fast`: the unit tests that need neither git nor a bundle, compiled without a check of their types.
//
//   npm run test:fast -- --watch              again after each change of a file
//   npm run test:fast -- core/mail hover      only files with one of these words in their path
//   npm run test:fast -- --grep "a cover"     only tests with this in their title
import { build } from "esbuild";
import { spawn } from "node:child_process";
import { globSync, watch } from "node:fs";
import path from "node:path";
import { clearTimeout, setTimeout } from "node:timers";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..", "..");
const mocha = path.join(root, "node_modules", "mocha", "bin", "mocha.js");
/** Fewer files are run sooner by one process than by two, which have to start. */
const fewestInParallel = 8;
/** An editor that saves several files does so one after the other. */
const settleMs = 100;

const { values, positionals: words } = parseArgs({
  allowPositionals: true,
  options: { watch: { type: "boolean", short: "w" }, grep: { type: "string", short: "g" } },
});

async function compile() {
  await build({
    entryPoints: globSync(["src/**/*.ts", "test/**/*.ts"], { cwd: root }).filter((file) => !file.endsWith(".d.ts")),
    absWorkingDir: root,
    outdir: "out",
    outbase: ".",
    format: "cjs",
    platform: "node",
    target: "es2023",
    sourcemap: true,
    logLevel: "warning",
  });
}

/** The compiled tests, found by their sources: what is left in `out/` of a file that is gone is not run. */
function testFiles() {
  return globSync("test/unit/{core,render,library,engines}/**/*.test.ts", { cwd: root })
    .filter((file) => !file.endsWith(".git.test.ts") && (words.length === 0 || words.some((word) => file.includes(word))))
    .map((file) => path.join("out", file.replace(/\.ts$/, ".js")))
    .sort();
}

function runTests(files) {
  const parallel = files.length < fewestInParallel ? [] : ["--parallel", "--jobs", "2"];
  const grep = values.grep === undefined ? [] : ["--fgrep", values.grep];
  return spawn(process.execPath, [mocha, "--reporter", "dot", ...parallel, ...grep, ...files], {
    cwd: root,
    stdio: "inherit",
    // Nothing is found on an empty PATH, so a test that runs git fails here: the name of its file has to end in `.git.test.ts`.
    env: { ...process.env, PATH: "", NODE_OPTIONS: "--enable-source-maps" },
  });
}

let running = null;
let changed = null;

/** Compiles and tests; what was still running is out of date and ends. */
async function run() {
  running?.kill();
  running = null;
  try {
    await compile();
  } catch {
    // The compiler has said where the mistake is.
    process.exitCode = 1;
    return;
  }
  const files = testFiles();
  if (files.length === 0) {
    console.error(`No file of a fast test has “${words.join("” or “")}” in its path.`);
    process.exitCode = 1;
    return;
  }
  running = runTests(files);
  running.on("close", (code) => (process.exitCode = code ?? 1));
}

await run();
if (values.watch) {
  for (const folder of ["src", "test"]) {
    watch(path.join(root, folder), { recursive: true }, (_, name) => {
      if (!name?.endsWith(".ts")) return;
      clearTimeout(changed);
      changed = setTimeout(() => {
        console.log(`\n${path.join(folder, name)} has changed.`);
        void run();
      }, settleMs);
    });
  }
}

// Before `npm start` and `npm test`: whatever they need is installed, also in a fresh clone with an older Node.
// Nothing is installed yet when this runs, so it imports only what Node 20 brings.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { accessSync, constants, existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..", "..");
const installedLock = path.join(root, "node_modules", ".kvm-series-lock");

function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}

/** Says what happens now and how long that takes; what the command prints is shown only where it fails. */
function run(what, command, ...args) {
  const started = Date.now();
  console.log(what);
  const { status, error, stdout, stderr } = spawnSync(command, args, { cwd: root, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
  if (status === 0) console.log(`  done in ${Math.round((Date.now() - started) / 1000)} s`);
  else console.error(`${stdout ?? ""}${stderr ?? ""}${error?.message ?? ""}`);
  return status === 0;
}

function onPath(command) {
  return (process.env.PATH ?? "").split(path.delimiter).some((folder) => {
    try {
      accessSync(path.join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Whether the tools that are installed want a newer Node than the one npm runs on; npm then warns of every one of them. */
function isOlderThanTools() {
  return Number(process.versions.node.split(".")[0]) < 22;
}

/** The command, run by the Node that the project brings for its tools: npm keeps it in its own cache. */
function withNode24(command) {
  const { devDependencies } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
  return ["npm", "exec", "--yes", "--loglevel=error", `--package=node@${devDependencies.node}`, "--", ...command];
}

function installPackages() {
  const wanted = createHash("sha256")
    .update(readFileSync(path.join(root, "package-lock.json")))
    .digest("hex");
  const installed = existsSync(installedLock) ? readFileSync(installedLock, "utf8") : "";
  if (installed !== wanted) {
    const install = ["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"];
    const what = "Installing the packages of package-lock.json (npm ci): about half a minute, the first time longer.";
    const [command, ...args] = isOlderThanTools() ? withNode24(install) : install;
    if (!run(what, command, ...args)) fail("npm ci failed; its message is above.");
  }
  if (!existsSync(path.join(root, "node_modules", "node", "bin", "node")))
    fail(
      "npm did not run the install script of the `node` package, so Node 24 is missing: run `npm install-scripts approve node`, then `npm rebuild node`.",
    );
  // Written last: an installation that was interrupted is done again.
  if (installed !== wanted) writeFileSync(installedLock, wanted);
}

function installTools() {
  // The same as in chromium.ts.
  const headless = "chromium-headless-shell";
  const chromiums = process.env.KVM_SERIES_CHROMIUM ? [process.env.KVM_SERIES_CHROMIUM] : [`/usr/bin/${headless}`, "/usr/bin/chromium"];
  const missing = [
    ...(chromiums.some((file) => existsSync(file)) ? [] : [headless]),
    // The two native modules of the VS Code server are compiled, by node-gyp, which is Python.
    ...["g++", "make", "python3", "git"].filter((command) => !onPath(command)),
    // It judges the trailers of real mail, see docs/oracles.md.
    ...(process.env.KVM_SERIES_SHARED && !onPath("b4") ? ["b4"] : []),
  ];
  if (missing.length === 0) return;
  const packages = missing.join(" ");
  if (!onPath("apt-get")) fail(`Install these first: ${packages} (KVM_SERIES_CHROMIUM may name another Chromium).`);
  const line = `apt-get update && apt-get install -y --no-install-recommends ${packages}`;
  if (process.getuid?.() !== 0) fail(`Run this first: sudo sh -c '${line}'`);
  process.env.DEBIAN_FRONTEND = "noninteractive";
  if (!run(`Installing ${packages} (apt-get): about half a minute.`, "sh", "-c", line)) fail(`This failed, its message is above: ${line}`);
}

installPackages();
// `npm start` uses an installed VS Code where there is one; only the other one needs a browser and a compiler.
const starting = process.env.npm_lifecycle_event === "prestart";
if (!(starting && onPath("code"))) installTools();
console.log("Building the extension and compiling its tests: about 15 s.");

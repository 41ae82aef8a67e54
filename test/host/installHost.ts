import { existsSync } from "node:fs";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { node24, root } from "./paths";
import { cleanEnvironment, runToEnd } from "./processes";

/** code-server 4.139.1 carries VS Code 1.139.1: the workbench, the extension host and the built-in git extension. */
export const newestVersion = "4.139.1";
/** The oldest one that is not older than `engines.vscode` in package.json; between 1.117 and 1.133 the registry has none. */
export const oldestVersion = "4.133.0";

/** The folder of a VS Code server; the first call on a machine installs it (about a minute, 600 MB). */
export async function ensureHost(version = newestVersion): Promise<string> {
  const installation = path.join(root, ".vscode-test", `code-server-${version}`);
  // Written last: a folder without it is an interrupted installation.
  const marker = path.join(installation, ".installed");
  const host = path.join(installation, "node_modules", "code-server", "lib", "vscode");
  if (existsSync(marker)) return host;
  console.log(`Installing VS Code (code-server ${version} from npm) into ${path.relative(root, installation)}, once: about a minute.`);
  await rm(installation, { recursive: true, force: true });
  await mkdir(installation, { recursive: true });
  await writeFile(path.join(installation, "package.json"), '{ "private": true }\n');
  // Its own install script wants Kerberos headers and fails without them.
  await npm(installation, "install", `code-server@${version}`, "--ignore-scripts", "--no-package-lock");
  await npm(host, "install", "--omit=dev", "--ignore-scripts");
  // Without the watchdog the extension host does not start, without spdlog there are no logs.
  await npm(host, "rebuild", "@vscode/native-watchdog", "@vscode/spdlog");
  await writeFile(marker, `${new Date().toISOString()}\n`);
  return host;
}

async function npm(folder: string, ...args: string[]): Promise<void> {
  const environment = cleanEnvironment({
    PATH: [path.dirname(node24), process.env["PATH"] ?? ""].join(path.delimiter),
    // The headers to compile against come with the `node` package: otherwise node-gyp downloads them.
    npm_config_nodedir: await headersFolder(),
  });
  const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
  const { code, output } = await runToEnd("npm", ["--prefix", folder, ...args, ...quiet], { cwd: folder, environment });
  if (code !== 0) throw new Error(`npm ${args.join(" ")} failed in ${folder}:\n${output}`);
}

async function headersFolder(): Promise<string> {
  const nested = path.join(path.dirname(node24), "..", "node_modules");
  const names = existsSync(nested) ? await readdir(nested) : [];
  const found = names.map((name) => path.join(nested, name)).find((folder) => existsSync(path.join(folder, "include", "node", "node.h")));
  return found ?? path.join(path.dirname(node24), "..");
}

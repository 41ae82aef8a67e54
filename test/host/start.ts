import { spawn } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { openWindow } from "../browser/fixture";
import { waitUntilRunning } from "../browser/runningExtensions";
import { node24, root } from "./paths";
import { runShown } from "./processes";
import { sampleArchive, sampleRepository } from "./sampleFolder";
import { quietSettings, startServer, windowUrl, type Settings } from "./vscodeHost";

const lookHere = "Click the KVM Series icon in the activity bar (the column of icons at the left).";

/** `npm start [-- --folder DIR SOURCE...]`: shows the extension with these sources over this tree, by default the sample tree and list. */
async function start(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: { folder: { type: "string" } } });
  const folder = path.resolve(values.folder ?? (await sampleRepository()));
  const sources =
    positionals.length > 0 ? positionals.map((each) => (isAddress(each) ? each : path.resolve(each))) : [await sampleArchive()];
  const local = sources.filter((each) => !isAddress(each));
  const missing = [folder, ...local].filter((each) => !existsSync(each));
  if (missing.length > 0) {
    console.error(`There is no ${missing.join(", no ")}.\nUsage: npm start [-- --folder KERNEL_TREE ARCHIVE_OR_DIGEST...]`);
    return 1;
  }
  console.log(`Tree:    ${folder}\nSources: ${sources.join("\n         ")}\n`);
  if (local.length > 0) await runShown(node24, [path.join(root, "dist", "cli.js"), "series", ...local], { cwd: root });
  const settings = { "kvmSeries.sources": sources };
  const once = process.env["KVM_SERIES_START_ONCE"] === "1";
  const code = onPath("code");
  return code !== undefined && !once ? startDesktop(code, folder, settings) : startInBrowser(folder, settings, once);
}

/** Whether a source is a list on the network, which the extension fetches itself. */
function isAddress(source: string): boolean {
  return /^https?:\/\//i.test(source);
}

async function startDesktop(code: string, folder: string, settings: Settings): Promise<number> {
  const userData = await mkdtemp(path.join(tmpdir(), "kvm-series-start-"));
  await mkdir(path.join(userData, "User"));
  await writeFile(path.join(userData, "User", "settings.json"), JSON.stringify({ ...quietSettings, ...settings }, null, 2));
  const window = ["--new-window", `--extensionDevelopmentPath=${root}`, "--disable-extensions", "--disable-workspace-trust"];
  spawn(code, [...window, "--user-data-dir", userData, folder], { detached: true, stdio: "ignore" }).unref();
  console.log(`\nOpened a VS Code window with settings of its own (${userData}).\n${lookHere}`);
  return 0;
}

async function startInBrowser(folder: string, settings: Settings, once: boolean): Promise<number> {
  const server = await startServer({ settings });
  console.log(`\nOpen this address in a browser on this machine:\n\n  ${windowUrl(server, { folder, extension: root })}\n\n${lookHere}`);
  if (!once) {
    console.log("Ctrl-C ends it.");
    return new Promise<number>(() => {
      // Only a signal ends it; the server goes down with this process.
    });
  }
  const window = await openWindow({ server, folder });
  try {
    await window.page.locator(".activitybar").getByRole("tab", { name: "KVM Series" }).click();
    await waitUntilRunning(window);
    console.log(`The window came up with the extension active: ${path.relative(root, await window.screenshot("start"))}`);
  } finally {
    await window.dispose();
    await server.dispose();
  }
  return 0;
}

function onPath(command: string): string | undefined {
  const candidates = (process.env["PATH"] ?? "").split(path.delimiter).map((folder) => path.join(folder, command));
  return candidates.find((candidate) => {
    try {
      accessSync(candidate, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

start(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);

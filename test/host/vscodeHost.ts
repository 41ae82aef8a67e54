import { rmSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { ensureHost } from "./installHost";
import { node24, root } from "./paths";
import { atExit, cleanEnvironment, runToEnd, startTree } from "./processes";

export { ensureHost } from "./installHost";

export type Settings = Record<string, unknown>;

/** What every window starts with: nothing that asks, phones home, moves by itself or stands in a picture. */
export const quietSettings: Settings = {
  "chat.commandCenter.enabled": false,
  "chat.disableAIFeatures": true,
  "editor.cursorBlinking": "solid",
  "extensions.autoCheckUpdates": false,
  "extensions.ignoreRecommendations": true,
  // Nothing here runs in the second extension host that a window in a browser starts.
  "extensions.webWorker": false,
  "git.autofetch": false,
  "git.openRepositoryInParentFolders": "never",
  "security.workspace.trust.startupPrompt": "never",
  "telemetry.telemetryLevel": "off",
  "update.mode": "none",
  "update.showReleaseNotes": false,
  "window.commandCenter": false,
  "workbench.enableExperiments": false,
  // What a test types goes into a box that stays although a page beside it comes up and takes the focus.
  "workbench.quickOpen.closeOnFocusLost": false,
  "workbench.reduceMotion": "on",
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
  "workbench.welcomePage.walkthroughs.openOnInstall": false,
};

export interface ServerOptions {
  /** User settings, added to `quietSettings` or in their place. */
  readonly settings?: Settings;
  /** Variables for the extension host, added to those of this process. */
  readonly environment?: NodeJS.ProcessEnv;
  /** False switches workspace trust on: an opened folder is then not trusted until the user says so. */
  readonly trust?: boolean;
  /** A packaged extension to install before the start. */
  readonly vsix?: string;
  /** Of code-server; the newest that is known to work unless said otherwise. */
  readonly version?: string;
}

export interface Server {
  /** http://127.0.0.1:PORT */
  readonly origin: string;
  /** Everything the server and its windows keep: user settings, logs, installed extensions. */
  readonly dataFolder: string;
  readonly extensionsFolder: string;
  /** Changes settings while windows are open. A setting cannot be taken away again, only be set to something else. */
  setSettings(changes: Settings): Promise<void>;
  /** The settings as last set, without `quietSettings`. */
  settings(): Settings;
  /** The sockets of the windows' extension hosts, also of some that have ended. */
  sockets(): Promise<string[]>;
  /** The last lines of the extension hosts' logs, newest host last, and what the server itself printed. */
  logTail(lines?: number): Promise<string>;
  dispose(): Promise<void>;
}

/** Starts a VS Code server on a free port of 127.0.0.1 with folders of its own; all its processes end with this one. */
export async function startServer(options: ServerOptions = {}): Promise<Server> {
  const host = await ensureHost(options.version);
  const dataFolder = await mkdtemp(path.join(tmpdir(), "kvm-series-host-"));
  const extensionsFolder = path.join(dataFolder, "extensions");
  const userFile = path.join(dataFolder, "data", "User", "settings.json");
  const machineFile = path.join(dataFolder, "data", "Machine", "settings.json");
  let current = options.settings ?? {};
  for (const [file, content] of [
    [userFile, { ...quietSettings, ...current }],
    [machineFile, {}],
  ] as const) {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, JSON.stringify(content, null, 2));
  }
  if (options.vsix !== undefined) await installVsix({ dataFolder, extensionsFolder }, options.vsix);

  const { child, stop } = startTree(
    node24,
    [
      path.join(host, "out", "server-main.js"),
      ...["--host", "127.0.0.1", "--port", "0", "--without-connection-token", "--accept-server-license-terms"],
      // Without it the window ignores the `payload` of its address, which is where the extension under development is named.
      "--enable-smoke-test-driver",
      ...["--server-data-dir", dataFolder, "--extensions-dir", extensionsFolder],
      ...["--disable-telemetry", "--disable-getting-started-override"],
      ...(options.trust === false ? [] : ["--disable-workspace-trust"]),
    ],
    {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
      // VSCODE_CLI: the extension host keeps this environment and does not ask a login shell for another one.
      // XDG_RUNTIME_DIR: that is where an extension host makes the socket that its terminals' `code` speaks to.
      env: cleanEnvironment({ VSCODE_CLI: "1", XDG_RUNTIME_DIR: dataFolder, ...options.environment }),
    },
  );
  // After the processes, which would write new files while these go away.
  const keepData = atExit(() => rmSync(dataFolder, { recursive: true, force: true, maxRetries: 5 }));
  let printed = "";
  const port = await new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`The VS Code server did not name its port within 60 s:\n${printed}`)), 60_000);
    const take = (chunk: Buffer) => {
      printed = (printed + chunk.toString()).slice(-20_000);
      const found = /agent listening on (\d+)/.exec(printed)?.[1];
      if (found === undefined) return;
      clearTimeout(timer);
      resolve(found);
    };
    child.stdout?.on("data", take);
    child.stderr?.on("data", take);
    child.on("error", reject);
    child.on("exit", (code) => reject(new Error(`The VS Code server ended with code ${code ?? "none"} at its start:\n${printed}`)));
  });

  return {
    origin: `http://127.0.0.1:${port}`,
    dataFolder,
    extensionsFolder,
    settings: () => current,
    async setSettings(changes) {
      current = { ...current, ...changes };
      // A window in a browser follows the machine's settings file, which outweighs the user's; a change that somebody
      // else makes to the user's settings file it notices only at its next start.
      await writeFile(machineFile, JSON.stringify(current, null, 2));
    },
    async sockets() {
      const names = (await readdir(dataFolder)).filter((name) => /^vscode-ipc-.*\.sock$/.test(name));
      return names.map((name) => path.join(dataFolder, name));
    },
    async logTail(lines = 60) {
      const logs = await extensionHostLogs(path.join(dataFolder, "data", "logs"));
      return [...logs, printed].map((text) => text.trim().split("\n").slice(-lines).join("\n")).join("\n----\n");
    },
    async dispose() {
      stop();
      keepData();
      await rm(dataFolder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Opens a file as `code --reuse-window FILE` in a terminal of a window does, by the socket of its extension host. */
export async function openInWindow(socketPath: string, origin: string, file: string): Promise<void> {
  const uri = remoteUri(origin, file);
  const asked = JSON.stringify({ type: "open", fileURIs: [uri], folderURIs: [], forceReuseWindow: true });
  await new Promise<void>((resolve, reject) => {
    const call = request({ socketPath, method: "POST", path: "/", headers: { "Content-Type": "application/json" } }, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (piece: string) => (text += piece));
      answer.on("end", () => {
        if (answer.statusCode === 200) resolve();
        else reject(new Error(`The window did not open ${uri}: ${text}`));
      });
    });
    call.on("error", reject).end(asked);
  });
}

async function extensionHostLogs(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const logs = names.filter((name) => path.basename(name) === "remoteexthost.log").sort();
  return Promise.all(logs.map((name) => readFile(path.join(folder, name), "utf8")));
}

/** Installs a packaged extension the way a user's VS Code does. */
export async function installVsix(folders: { dataFolder: string; extensionsFolder: string }, vsix: string): Promise<void> {
  const host = await ensureHost();
  const { code, output } = await runToEnd(
    node24,
    [
      path.join(host, "out", "server-main.js"),
      ...["--server-data-dir", folders.dataFolder, "--extensions-dir", folders.extensionsFolder],
      ...["--accept-server-license-terms", "--install-extension", vsix],
    ],
    { environment: cleanEnvironment(), timeoutMs: 120_000 },
  );
  if (code !== 0) throw new Error(`Installing ${vsix} failed with code ${code}:\n${output}`);
}

export interface WindowPlace {
  /** A folder or a `.code-workspace` file; without one the window is empty. */
  readonly folder?: string;
  /** The folder of an extension under development. */
  readonly extension?: string;
  /** A module whose `run()` is called in the extension host. */
  readonly tests?: string;
}

/** How the windows of a server name a file. */
function remoteUri(origin: string, file: string): string {
  return `vscode-remote://${new URL(origin).host}${path.resolve(file)}`;
}

/** The address that opens a window of this server. */
export function windowUrl(server: Server, place: WindowPlace): string {
  const remote = (file: string) => remoteUri(server.origin, file);
  const payload: Array<[string, string]> = [];
  if (place.extension !== undefined) payload.push(["extensionDevelopmentPath", remote(place.extension)]);
  if (place.tests !== undefined) payload.push(["extensionTestsPath", remote(place.tests)]);
  const query = new URLSearchParams();
  if (place.folder === undefined) query.set("ew", "true");
  else query.set(place.folder.endsWith(".code-workspace") ? "workspace" : "folder", path.resolve(place.folder));
  if (payload.length > 0) query.set("payload", JSON.stringify(payload));
  return `${server.origin}/?${query.toString()}`;
}

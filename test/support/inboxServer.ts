/** Servers for the tests of remote archives, on loopback: the real public-inbox-httpd, and one in front of it that misbehaves. */
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request as ask, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { startTree } from "../host/processes";

const command = "public-inbox-httpd";
const packageLine = "apt-get update && apt-get install -y --no-install-recommends public-inbox";

/** Installs public-inbox where that can be done without asking; says what keeps it from being there, or null. */
export function withoutPublicInbox(): string | null {
  if (onPath(command)) return null;
  if (!onPath("apt-get")) return `${command} is not installed, and this is no Debian: install public-inbox to run this.`;
  if (process.getuid?.() !== 0) return `${command} is not installed. Run this first: sudo sh -c '${packageLine}'`;
  console.log("Installing public-inbox (apt-get), once.");
  const run = spawnSync("sh", ["-c", packageLine], {
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    encoding: "utf8",
  });
  return onPath(command) ? null : `public-inbox could not be installed: ${run.stderr.trim().split("\n").at(-1) ?? ""}`;
}

function onPath(name: string): boolean {
  return (process.env["PATH"] ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

export interface InboxServer {
  /** Without a slash at its end; a list is at `<url>/<name>`. */
  readonly url: string;
  stop(): void;
}

/** Serves archives (folders with `git/0.git`...) as lore.kernel.org does; they may change while it runs. */
export async function startInboxServer(inboxes: Readonly<Record<string, string>>): Promise<InboxServer> {
  const home = mkdtempSync(join(tmpdir(), "kvm-series-httpd-"));
  const config = ["[publicinbox]", "\tgrokManifest = all"];
  for (const [name, folder] of Object.entries(inboxes)) {
    mkdirSync(folder, { recursive: true });
    // By this file it knows an archive of the second version; nothing else of an installed one is needed.
    writeFileSync(join(folder, "inbox.lock"), "");
    writeFileSync(join(folder, "description"), `${name}, served by a test\n`);
    config.push(`[publicinbox "${name}"]`, `\taddress = ${name}@example.org`, `\turl = https://example.org/${name}`);
    config.push(`\tinboxdir = ${folder}`);
  }
  const file = join(home, "config");
  writeFileSync(file, `${config.join("\n")}\n`);
  const { child, stop } = startTree(command, ["-l", "http://127.0.0.1:0", "-W0"], {
    env: { PATH: process.env["PATH"] ?? "", HOME: home, PI_CONFIG: file, LC_ALL: "C" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const url = await new Promise<string>((resolve, reject) => {
    let said = "";
    const listen = (text: string): void => {
      said += text;
      const bound = /^# bound (http:\/\/\S+)$/m.exec(said)?.[1];
      if (bound !== undefined) resolve(bound);
    };
    child.stdout?.setEncoding("utf8").on("data", listen);
    child.stderr?.setEncoding("utf8").on("data", listen);
    child.on("error", reject);
    child.on("exit", (code) => reject(new Error(`${command} ended with ${code ?? "a signal"}: ${said}`)));
  });
  return {
    url,
    stop: () => {
      stop();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** What the server in front does with a request. */
export type Answer = (
  request: IncomingMessage,
  response: ServerResponse,
  /** Hands the request on to the server behind; with a limit, the answer is cut there or stops there. */
  pass: (limit?: { readonly bytes: number; readonly then: "cut" | "hang" }) => void,
) => void;

export interface FrontServer extends InboxServer {
  /** Paths that were asked for, in order. */
  readonly asked: readonly string[];
  /** The server it hands requests on to, from now on. */
  behind: string | null;
  /** Decides from now on. */
  answer: Answer;
  /** How many requests are under way. */
  readonly open: number;
  /** Resolves when no request is under way any more. */
  idle(): Promise<void>;
}

/** A server in front of another one (or of none), which does as the test says. */
export async function startFrontServer(behind: string | null, first: Answer): Promise<FrontServer> {
  const asked: string[] = [];
  const waiting = new Set<() => void>();
  let open = 0;
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    open++;
    response.on("close", () => {
      open--;
      if (open === 0) for (const resolve of waiting) resolve();
    });
    front.answer(request, response, (limit) => {
      if (front.behind === null) throw new Error("There is no server behind this one.");
      const { method, headers } = request;
      const onward = ask(new URL(request.url ?? "/", front.behind), { method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        let sent = 0;
        answer.on("data", (chunk: Buffer) => {
          if (sent > (limit?.bytes ?? Infinity)) return;
          sent += chunk.length;
          response.write(limit ? chunk.subarray(0, chunk.length - Math.max(0, sent - limit.bytes)) : chunk);
          if (limit && sent > limit.bytes && limit.then === "cut") response.destroy();
        });
        answer.on("end", () => {
          if (sent <= (limit?.bytes ?? Infinity)) response.end();
        });
      });
      onward.on("error", () => response.destroy());
      response.on("close", () => onward.destroy());
      request.pipe(onward);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const front: FrontServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    behind,
    answer: first,
    get open() {
      return open;
    },
    idle: () => (open === 0 ? Promise.resolve() : new Promise((resolve) => waiting.add(() => resolve()))),
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
  return front;
}

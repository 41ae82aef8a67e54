import { spawn, type ChildProcess, type SpawnOptions } from "node:child_process";
import { getPriority, setPriority } from "node:os";

type Cleanup = () => void;

const cleanups = new Set<Cleanup>();

/** Has something done when this process ends, however it ends (SIGKILL excepted); the answer takes that back. */
export function atExit(cleanup: Cleanup): () => void {
  if (cleanups.size === 0) watchExit();
  cleanups.add(cleanup);
  return () => cleanups.delete(cleanup);
}

let watching = false;

function watchExit(): void {
  if (watching) return;
  watching = true;
  process.on("exit", () => {
    for (const cleanup of cleanups) cleanup();
  });
  // A signal ends a process without an "exit" event unless somebody handles it.
  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)
    process.on(signal, () => process.exit(code));
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended already, which is what was asked for.
  }
}

/** Starts a process as the leader of its own group, so that `stop` ends all its descendants at once. */
export function startTree(command: string, args: readonly string[], options: SpawnOptions): { child: ChildProcess; stop: Cleanup } {
  const child = spawn(command, args, { ...options, detached: true });
  const end = () => {
    if (child.pid !== undefined) kill(-child.pid, "SIGKILL");
  };
  const forget = atExit(end);
  return {
    child,
    stop: () => {
      forget();
      end();
    },
  };
}

export interface Ended {
  readonly code: number;
  readonly output: string;
}

interface RunOptions {
  readonly cwd?: string;
  readonly environment?: NodeJS.ProcessEnv;
  readonly timeoutMs?: number;
  /** It and all it starts give way to whatever else wants the processor. */
  readonly givesWay?: boolean;
}

function spawnOptions(options: RunOptions): SpawnOptions {
  return {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.environment === undefined ? {} : { env: options.environment }),
  };
}

/** Runs a command to its end and answers with its exit code and all it wrote; never rejects because of the command. */
export function runToEnd(command: string, args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const { child, stop } = startTree(command, args, { ...spawnOptions(options), stdio: ["ignore", "pipe", "pipe"] });
  return collected(child, options, stop);
}

/** Runs a command that shares this terminal, and answers with its exit code; it is asked to end, not killed. */
export function runShown(command: string, args: readonly string[], options: RunOptions = {}): Promise<number> {
  const child = spawn(command, args, { ...spawnOptions(options), stdio: ["ignore", "inherit", "inherit"] });
  // A killed test runner could not end the servers it has started, an asked one does.
  const end = () => child.kill("SIGTERM");
  const forget = atExit(end);
  return ending(child, options, end, (text) => process.stdout.write(text)).finally(forget);
}

/** Like `runToEnd`, for a command that has servers of its own: it is asked to end, not killed, which would leave them behind. */
export function runAsked(command: string, args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const child = spawn(command, args, { ...spawnOptions(options), stdio: ["ignore", "pipe", "pipe"] });
  const end = () => void child.kill("SIGTERM");
  const forget = atExit(end);
  if (options.givesWay && child.pid !== undefined) giveWay(child.pid);
  return collected(child, options, end).finally(forget);
}

/** A process of this one's priority then has three times of what such a one gets. */
function giveWay(pid: number): void {
  try {
    setPriority(pid, Math.min(getPriority() + 5, 19));
  } catch {
    // It has ended already, or the machine knows no priorities: it is done all the same.
  }
}

function collected(child: ChildProcess, options: RunOptions, stop: () => void): Promise<Ended> {
  let output = "";
  const take = (text: Buffer | string) => (output += text.toString());
  child.stdout?.on("data", take);
  child.stderr?.on("data", take);
  return ending(child, options, stop, take).then((code) => ({ code, output }));
}

function ending(child: ChildProcess, options: RunOptions, stop: () => void, say: (text: string) => void): Promise<number> {
  const { timeoutMs } = options;
  return new Promise<number>((resolve) => {
    let timer: NodeJS.Timeout | undefined;
    if (timeoutMs !== undefined)
      timer = setTimeout(() => {
        say(`\nStopped after ${timeoutMs / 1000} s: ${child.spawnargs.join(" ")}\n`);
        stop();
      }, timeoutMs);
    child.on("error", (error) => {
      say(`${error.message}\n`);
      resolve(127);
    });
    const end = (code: number | null) => {
      clearTimeout(timer);
      stop();
      resolve(code ?? 1);
    };
    child.on("close", end);
    // What it has left behind may keep its output open for ever.
    child.on("exit", (code) => setTimeout(end, 5_000, code).unref());
  });
}

/** The environment for a started VS Code or npm: without what npm or a surrounding VS Code terminal put in. */
export function cleanEnvironment(extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const foreign = /^(npm_(?!config_(registry|userconfig|globalconfig|cafile|cache|proxy|https_proxy|noproxy)$)|VSCODE_|ELECTRON_|MOCHA_)/i;
  return { ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name))), ...extra };
}

/** The one place where simple-git instances are made: one that fetches, and single commands that read or write. Bundled as dist/git.js. */
import { type SimpleGit, simpleGit } from "simple-git";
import {
  fetchingEnvironment,
  fetchingSettings,
  readingEnvironment,
  readingSettings,
  type ScratchPlaces,
  writingEnvironment,
  writingSettings,
} from "./environment";
import { GitFailure } from "./gitErrors";

export interface GitOptions {
  /** The git binary of the user's setting `git.path`; without it, `git` on PATH. */
  readonly binary?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

interface FetchProgress {
  readonly stage: "receiving" | "resolving";
  readonly done: number;
  readonly total: number;
  readonly percent: number;
}

export interface FetchingOptions extends GitOptions {
  /** For the server: https never leads to a less safe protocol. */
  readonly protocol: "http" | "https";
  /** A server that sends nothing for this long counts as hanging. */
  readonly seconds: number;
  readonly progress?: ((progress: FetchProgress) => void) | undefined;
}

/**
 * A git that fetches into a repository of our own. It is as careful as the reading one. It talks only to web servers, whatever
 * the person's settings or a redirect say, asks for no password, ends when a server hangs, and starts no maintenance on the side.
 */
export function fetchingGit(folder: string, { binary, signal, protocol, seconds, progress }: FetchingOptions): SimpleGit {
  const environment = fetchingEnvironment(protocol);
  const git = simpleGit({
    baseDir: folder,
    ...(binary ? { binary } : {}),
    ...(signal ? { abort: signal } : {}),
    config: fetchingSettings(seconds),
    allowEnvironment: gitVariables(environment),
    // These options allow simple-git to turn the settings OFF, and to make a repository without the templates of the machine.
    unsafe: {
      allowUnsafeHooksPath: true,
      allowUnsafeFsMonitor: true,
      allowUnsafeAskPass: true,
      allowUnsafeCredentialHelper: true,
      allowUnsafeTemplateDir: true,
      allowUnsafeCustomBinary: true,
    },
  }).env(environment);
  return progress ? git.outputHandler((_command, _stdout, stderr) => watchProgress(stderr, progress)) : git;
}

/** simple-git refuses git variables that are not listed. */
function gitVariables(environment: Readonly<Record<string, string>>): string[] {
  return Object.keys(environment).filter((name) => name.startsWith("GIT_"));
}

/** simple-git takes the progress from the first of several lines, which usually is the server's. */
function watchProgress(stderr: NodeJS.ReadableStream, progress: (progress: FetchProgress) => void): void {
  stderr.on("data", (chunk: Buffer) => {
    const lines = [...chunk.toString("latin1").matchAll(/(?:^|[\r\n])(Receiving|Resolving) \w+: +(\d+)% \((\d+)\/(\d+)\)/g)];
    const [, stage, percent, done, total] = lines.at(-1) ?? [];
    if (stage === undefined) return;
    progress({
      stage: stage === "Receiving" ? "receiving" : "resolving",
      done: Number(done),
      total: Number(total),
      percent: Number(percent),
    });
  });
}

/** What a git printed, and its exit code in `code`, so that no answer is lost, see `runGit`. */
export interface GitResult {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export interface RunOptions extends GitOptions {
  readonly input?: string | Uint8Array;
  readonly scratch?: ScratchPlaces;
  /** Settings for this one command: `user.name=...`. */
  readonly config?: readonly string[];
}

/**
 * Runs one command of a git that changes nothing of the person's: it runs no hooks, takes no optional locks, asks no questions,
 * and downloads no objects that a partial clone left out. Resolves whatever the exit code is, since many exit codes are answers
 * (simple-git takes 1 without words for success). Throws where git cannot be started or was aborted.
 *
 * @param folder top of the working tree, or the repository
 */
export async function runGit(folder: string, args: readonly string[], options: RunOptions = {}): Promise<GitResult> {
  return runCommand(folder, args, options, { settings: readingSettings, environment: readingEnvironment(options.scratch) });
}

/**
 * Runs one command of a git that changes the person's repository because they asked for it. It is as careful as the one that only
 * reads: no hooks, no editor, no signing, no questions, nothing from the network, and its input is closed. Resolves whatever the
 * exit code is. Throws where git cannot be started, and where it was aborted, then after it has ended.
 */
export async function runWritingGit(
  folder: string,
  args: readonly string[],
  options: Omit<RunOptions, "scratch"> = {},
): Promise<GitResult> {
  return runCommand(folder, args, { input: "", ...options }, { settings: writingSettings, environment: writingEnvironment() });
}

interface Care {
  readonly settings: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

function bufferOf(input: string | Uint8Array): Buffer {
  return typeof input === "string" ? Buffer.from(input) : Buffer.from(input.buffer, input.byteOffset, input.byteLength);
}

async function runCommand(
  folder: string,
  args: readonly string[],
  { binary, signal, input, config = [] }: RunOptions,
  { settings, environment }: Care,
): Promise<GitResult> {
  const ended: GitResult[] = [];
  const git = simpleGit({
    baseDir: folder,
    ...(binary ? { binary } : {}),
    ...(signal ? { abort: signal } : {}),
    // Bytes, because simple-git sends nothing for an empty text, not even the end that git waits for.
    ...(input === undefined ? {} : { input: () => bufferOf(input) }),
    config: [...settings, ...config],
    // By default simple-git stops listening 50 ms after git's end, which on a busy machine is before all output has come.
    completion: { onClose: true, onExit: false },
    errors(error, { exitCode, stdOut, stdErr }) {
      ended.push({ code: exitCode, stdout: Buffer.concat(stdOut), stderr: Buffer.concat(stdErr).toString("utf8") });
      // A git that did not start has no exit code, so its error is the answer.
      return exitCode >= 0 ? undefined : error;
    },
    allowEnvironment: gitVariables(environment),
    // These options allow simple-git to turn the settings OFF.
    unsafe: {
      allowUnsafeHooksPath: true,
      allowUnsafeFsMonitor: true,
      allowUnsafeCustomBinary: true,
      allowUnsafeDiffExternal: true,
      allowUnsafeEditor: true,
      allowUnsafeAskPass: true,
      allowUnsafeConfigPaths: true,
    },
  })
    .env({ ...environment })
    .outputHandler(endAtOnce);
  const text = await git.raw([...args]);
  if (signal?.aborted) throw new Error("git was stopped");
  return ended[0] ?? { code: 0, stdout: Buffer.from(text), stderr: "" };
}

/**
 * After a command that printed nothing, simple-git waits 50 ms for output although the streams have ended. Most commands here
 * print nothing, and a check of a series runs several. An empty piece of output ends the wait and adds no text.
 */
function endAtOnce(_command: string, stdout: NodeJS.ReadableStream): void {
  stdout.once("end", () => stdout.emit("data", Buffer.alloc(0)));
}

/** Runs a git command that only reads, in a repository, and returns what it printed. Throws a `GitFailure` where it fails. */
export type ReadGit = (folder: string, args: readonly string[]) => Promise<string>;

/** The git that archives are read with. */
export function archiveGit(binary?: string): ReadGit {
  return async (folder, args) => {
    const { code, stdout, stderr } = await runGit(folder, args, { binary });
    if (code !== 0) throw new GitFailure(stderr, stdout.toString("utf8"));
    return stdout.toString("utf8");
  };
}

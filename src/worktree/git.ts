/** The one place where git instances are made, so that each is as careful as the others. */
import { simpleGit, type SimpleGit } from "simple-git";

export interface GitOptions {
  /** The git binary of the user's setting `git.path`; `git` on PATH where it is not set. */
  readonly binary?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * A git that only reads: nothing of the repository is executed (hooks and the file system monitor are off), it never asks
 * for a password, and it leaves `.git/index` alone. The environment is small because simple-git refuses unlisted GIT_* variables.
 */
export function readOnlyGit(folder: string, { binary, signal }: GitOptions = {}): SimpleGit {
  return simpleGit({
    baseDir: folder,
    ...(binary ? { binary } : {}),
    ...(signal ? { abort: signal } : {}),
    config: ["core.hooksPath=/dev/null", "core.fsmonitor=false"],
    allowEnvironment: ["GIT_OPTIONAL_LOCKS", "GIT_TERMINAL_PROMPT"],
    // These allow simple-git to turn the two settings OFF; it refuses to set them at all otherwise.
    unsafe: { allowUnsafeHooksPath: true, allowUnsafeFsMonitor: true, allowUnsafeCustomBinary: true },
  }).env({
    PATH: process.env["PATH"] ?? "",
    HOME: process.env["HOME"] ?? "",
    LC_ALL: "C",
    GIT_TERMINAL_PROMPT: "0",
    GIT_OPTIONAL_LOCKS: "0",
  });
}

export interface FetchProgress {
  readonly stage: "receiving" | "resolving";
  readonly done: number;
  readonly total: number;
  readonly percent: number;
}

export interface FetchingOptions extends GitOptions {
  /** Of the server: over https nothing leads to a protocol that is less safe. */
  readonly protocol: "http" | "https";
  /** A server that sends nothing for this long is one that hangs. */
  readonly seconds: number;
  readonly progress?: ((progress: FetchProgress) => void) | undefined;
}

/** What a git that goes to the network needs of the person's environment: proxies and certificates. */
const networkVariables = "http_proxy https_proxy HTTPS_PROXY all_proxy ALL_PROXY no_proxy NO_PROXY SSL_CERT_FILE SSL_CERT_DIR".split(" ");
const certificateVariables = ["GIT_SSL_CAINFO", "GIT_SSL_CAPATH"];
const otherVariables = ["XDG_CONFIG_HOME", "TMPDIR", "SystemRoot", "USERPROFILE"];

/**
 * A git that fetches into a repository of our own: as careful as the reading one, and it speaks to nothing but web servers,
 * whatever the person's settings or a redirect say, asks for no password, ends when a server hangs, and starts no maintenance
 * on the side.
 */
export function fetchingGit(folder: string, { binary, signal, protocol, seconds, progress }: FetchingOptions): SimpleGit {
  const environment: Record<string, string> = {
    PATH: process.env["PATH"] ?? "",
    HOME: process.env["HOME"] ?? "",
    LC_ALL: "C",
    GIT_TERMINAL_PROMPT: "0",
    GIT_ALLOW_PROTOCOL: protocol === "https" ? "https" : "http:https",
  };
  for (const name of [...networkVariables, ...certificateVariables, ...otherVariables]) {
    const value = process.env[name];
    if (value !== undefined) environment[name] = value;
  }
  const git = simpleGit({
    baseDir: folder,
    ...(binary ? { binary } : {}),
    ...(signal ? { abort: signal } : {}),
    config: [
      "core.hooksPath=/dev/null",
      "core.fsmonitor=false",
      "core.askPass=",
      "credential.helper=",
      // Slower than this is silence: while it counts objects a server sends a few bytes every five seconds.
      "http.lowSpeedLimit=1",
      `http.lowSpeedTime=${seconds}`,
      "http.followRedirects=initial",
      "gc.auto=0",
      "maintenance.auto=false",
      "fetch.writeCommitGraph=false",
      "fetch.recurseSubmodules=false",
      // Each fetch is one pack, instead of thousands of files.
      "fetch.unpackLimit=1",
      // Archives hold commits with impossible time zones, which a strict check refuses.
      "fetch.fsckObjects=false",
      "repack.writeBitmaps=false",
      "safe.bareRepository=all",
    ],
    allowEnvironment: ["GIT_TERMINAL_PROMPT", "GIT_ALLOW_PROTOCOL", ...certificateVariables],
    // These allow simple-git to turn the settings OFF, and a repository to be made without the templates of the machine.
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

/** simple-git's own reading of the progress takes the first line of several, which is the server's more often than not. */
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

/** What a git said and did; `code` is its exit code, so that no answer is lost, see `runGit`. */
export interface GitResult {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Where a git keeps what it makes, so that nothing comes into the person's repository; see scratch.ts. */
export interface ScratchPlaces {
  /** Absolute path of the index file. */
  readonly index: string;
  /** Absolute path of the folder new objects are put in. */
  readonly objects: string;
  /** Absolute path of the repository's own objects. */
  readonly alternates: string;
}

export interface RunOptions extends GitOptions {
  readonly input?: string | Uint8Array;
  readonly scratch?: ScratchPlaces;
  /** Settings for this one command: `user.name=...`. */
  readonly config?: readonly string[];
}

/** Of the person's settings, what would change the answer of a command, or run a program. */
const plainSettings = [
  "core.hooksPath=/dev/null",
  "core.fsmonitor=false",
  "core.untrackedCache=false",
  // The shared half of a split index would be written beside the person's index, not beside the scratch's.
  "core.splitIndex=false",
  "core.quotePath=false",
  "apply.whitespace=nowarn",
  "apply.ignoreWhitespace=no",
  "diff.external=",
  "gc.auto=0",
  "maintenance.auto=false",
];

/**
 * Runs one command of a git that changes nothing of the person's: no hooks, no locks taken for convenience, no questions, no
 * download of objects that a partial clone left out. Resolves whatever the exit code is, since many of them are answers
 * (simple-git takes 1 without words for success); throws where git cannot be started or was aborted.
 *
 * @param folder top of the working tree, or the repository
 */
export async function runGit(folder: string, args: readonly string[], options: RunOptions = {}): Promise<GitResult> {
  return run(folder, args, options, { settings: plainSettings, environment: runEnvironment(options.scratch) });
}

/** Of the person's settings, what would run a program of theirs, ask something, or wait for a passphrase. */
const unattendedSettings = [
  "core.hooksPath=/dev/null",
  "core.fsmonitor=false",
  "core.quotePath=false",
  "core.editor=:",
  "sequence.editor=:",
  "core.askPass=",
  "commit.gpgSign=false",
  // What the person has in a submodule is not touched by what is done around it.
  "submodule.recurse=false",
  "apply.whitespace=nowarn",
  "apply.ignoreWhitespace=no",
  // An identity that git made up of the machine's name is nobody's.
  "user.useConfigOnly=true",
  "gc.auto=0",
  "maintenance.auto=false",
];

/** What git may know of who commits and where the settings are. */
const personVariables = ["XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL", "EMAIL", "TMPDIR"];

/**
 * Runs one command of a git that changes the person's repository, because they asked for it. It is as careful as the one that
 * only reads: no hooks, no editor, no signing, no questions, nothing from the network; its input is closed. Resolves whatever
 * the exit code is; throws where git cannot be started or was aborted, then after it has ended.
 */
export async function runWritingGit(
  folder: string,
  args: readonly string[],
  options: Omit<RunOptions, "scratch"> = {},
): Promise<GitResult> {
  const environment = commonEnvironment();
  for (const name of personVariables) {
    const value = process.env[name];
    if (value !== undefined) environment[name] = value;
  }
  return run(folder, args, { input: "", ...options }, { settings: unattendedSettings, environment });
}

interface Care {
  readonly settings: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

function bufferOf(input: string | Uint8Array): Buffer {
  return typeof input === "string" ? Buffer.from(input) : Buffer.from(input.buffer, input.byteOffset, input.byteLength);
}

async function run(
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
    // As bytes: of an empty text simple-git would send nothing, not even its end, for which git waits.
    ...(input === undefined ? {} : { input: () => bufferOf(input) }),
    config: [...settings, ...config],
    // By default simple-git takes what has come 50 ms after git's end for all of it, which on a busy machine it is not.
    completion: { onClose: true, onExit: false },
    errors(error, { exitCode, stdOut, stdErr }) {
      ended.push({ code: exitCode, stdout: Buffer.concat(stdOut), stderr: Buffer.concat(stdErr).toString("utf8") });
      // A git that was not started has no code; then the error is the answer.
      return exitCode >= 0 ? undefined : error;
    },
    allowEnvironment: Object.keys(environment).filter((name) => name.startsWith("GIT_")),
    // These allow simple-git to turn the settings OFF.
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
 * After a command that printed nothing simple-git waits 50 ms for something to come, though the streams have ended by then: most of the
 * commands here print nothing, and a check of a series is some of them. An empty piece of output is no wait and no text.
 */
function endAtOnce(_command: string, stdout: NodeJS.ReadableStream): void {
  stdout.once("end", () => stdout.emit("data", Buffer.alloc(0)));
}

/** What each git has: it asks nothing and loads nothing from the network. */
function commonEnvironment(): Record<string, string> {
  return {
    PATH: process.env["PATH"] ?? "",
    HOME: process.env["HOME"] ?? "",
    LC_ALL: "C",
    GIT_TERMINAL_PROMPT: "0",
    // Both keep a partial clone from asking its server; the second does so for a git that does not know the first.
    GIT_NO_LAZY_FETCH: "1",
    GIT_ALLOW_PROTOCOL: "none",
  };
}

function runEnvironment(scratch: ScratchPlaces | undefined): Record<string, string> {
  return {
    ...commonEnvironment(),
    GIT_OPTIONAL_LOCKS: "0",
    GIT_NO_REPLACE_OBJECTS: "1",
    ...(scratch
      ? {
          GIT_INDEX_FILE: scratch.index,
          GIT_OBJECT_DIRECTORY: scratch.objects,
          // A list with colons between its paths, of which one in quotes may hold a colon itself.
          GIT_ALTERNATE_OBJECT_DIRECTORIES: `"${scratch.alternates.replace(/["\\]/g, "\\$&")}"`,
        }
      : {}),
  };
}

/** The command line's own files: input from pipes, kept during the call, and what is kept between calls. */
import {
  accessSync,
  constants,
  createReadStream,
  createWriteStream,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { constants as systemConstants, homedir, tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { errorCode, humanMessage } from "../core/humanError";
import { refusal } from "./output";

/** Where the command line keeps indexes between calls; everything there may be deleted at any time. */
export function cacheFolder(): string {
  const wanted = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "kvm-series");
  try {
    mkdirSync(wanted, { recursive: true });
    accessSync(wanted, constants.W_OK);
    return wanted;
  } catch {
    return join(tmpdir(), "kvm-series");
  }
}

// Sources that can be read only once: `-`, a named pipe, `<(...)`. They are kept in a file during the call.

/** Tells a second process of the same call where the first one stored its input. */
const streamsVariable = "KVM_SERIES_STREAMS";

/** Other names of standard input. A socket, by which some programs are connected, cannot be opened by them. */
const standardInput = new Set(["-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"]);

/** The name of a source in a sentence. */
export function sourceName(name: string): string {
  return name === "-" ? "standard input" : name;
}

/** The input from the pipes of a call. */
export class InputStreams {
  /** The files with the input, by the names of the sources. */
  readonly #files: Map<string, string>;
  /** A folder of this call, removed however it ends; null until something is kept. */
  #folder: string | null;

  /** Takes over the input that a first process of the same call has stored. */
  constructor(environment: NodeJS.ProcessEnv) {
    this.#files = new Map(Object.entries(JSON.parse(environment[streamsVariable] ?? "{}") as Record<string, string>));
    const [first] = this.#files.values();
    this.#folder = first === undefined ? null : dirname(first);
  }

  /** The environment of a second process, which takes over the stored input. */
  forChild(): Readonly<Record<string, string>> {
    return { [streamsVariable]: JSON.stringify(Object.fromEntries(this.#files)) };
  }

  /** The file from which a source can be read again and again: itself, or its stored input. */
  async fileOf(name: string): Promise<string> {
    const known = this.#files.get(name);
    if (known !== undefined) return known;
    if (!standardInput.has(name) && !isPipe(name)) return resolve(name);
    const file = standardInput.has(name) ? await this.#keepInput(name) : await this.#keep(name, createReadStream(name));
    this.#files.set(name, file);
    return file;
  }

  /** The folder for files made from a source that is gone after the call; null for other sources. */
  folderFor(paths: readonly string[]): string | null {
    const files = new Set(this.#files.values());
    return this.#folder !== null && paths.some((path) => files.has(path)) ? this.#folder : null;
  }

  /** All names of standard input mean one stream, which is read once. */
  async #keepInput(name: string): Promise<string> {
    for (const other of standardInput) {
      const known = this.#files.get(other);
      if (known !== undefined) return known;
    }
    if (process.stdin.isTTY)
      throw refusal(sourceName(name), "Nothing is piped into it; write “b4 mbox -o - MESSAGE-ID | kvm-series series -”, or name a file.");
    return this.#keep(name, process.stdin);
  }

  async #keep(name: string, stream: NodeJS.ReadableStream): Promise<string> {
    // The name of the file is shown as the source of a posting.
    const file = join(this.#ownFolder(), standardInput.has(name) ? "standard input" : `pipe ${this.#files.size + 1}`);
    const source = sourceName(name);
    try {
      await pipeline(stream, createWriteStream(file, { mode: 0o600 }));
    } catch (error) {
      // A closed standard input is empty.
      if (errorCode(error) === "EBADF") writeFileSync(file, "");
      else
        throw refusal(
          source,
          `The input could not be stored in ${tmpdir()} (${humanMessage(error)}); free some space there, or set TMPDIR.`,
        );
    }
    if (statSync(file).size === 0) throw refusal(source, "The pipe had no input; run the command before it alone to see why.");
    return file;
  }

  #ownFolder(): string {
    if (this.#folder !== null) return this.#folder;
    const made = mkdtempSync(join(tmpdir(), "kvm-series-"));
    this.#folder = made;
    const remove = (): void => rmSync(made, { recursive: true, force: true });
    process.on("exit", remove);
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.once(signal, () => {
        remove();
        process.exit(128 + systemConstants.signals[signal]);
      });
    }
    return made;
  }
}

function isPipe(name: string): boolean {
  try {
    return statSync(name).isFIFO();
  } catch {
    // Reading it later reports that it is missing.
    return false;
  }
}

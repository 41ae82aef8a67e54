/**
 * Reads objects of an archive in bulk with `git cat-file`. Its streams do not go through simple-git, which hands over nothing
 * before a command has ended. Every other git command does, see git.ts.
 */
import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readingEnvironment } from "./environment";

/** One object, or the reason why it cannot be had, written as the end of a sentence about the mail. */
export type Blob =
  { readonly oid: string; readonly bytes: Uint8Array } | { readonly oid: string; readonly bytes: null; readonly problem: string };

interface CatFileOptions {
  readonly binary?: string | undefined;
  /** Asked now and then while reading; true ends the reading. */
  readonly stopped?: () => boolean;
}

export interface BulkOptions extends CatFileOptions {
  /** In bytes: a larger blob is handed out without its bytes. */
  readonly largest: number;
}

/** A pack with more broken objects than this is not read further. */
const mostBroken = 50;
class TooManyBroken extends Error {}

/** For fewer blobs than this, FIFOs and a second git cost more than they save. */
const fewBlobs = 3000;

/**
 * Hands out blobs, many of them in another order than asked for. It does not fail for single broken objects; it throws where many
 * are broken, where git cannot be started, and where git refuses the repository.
 *
 * @param take must not keep `bytes`: the memory is used again for the next blob
 * @param started a git of `startReading`; it is closed in the end
 */
export async function streamBlobs(
  repository: string,
  oids: readonly string[],
  options: BulkOptions,
  take: (blob: Blob) => void,
  started?: CatFile,
): Promise<void> {
  let wanted = oids.length < fewBlobs ? oids : streamThroughFifos(repository, oids, options, take);
  let git = started;
  // Git stops at a broken object, so the others are asked for again without it.
  for (let broken = 0; wanted.length > 0 && !options.stopped?.(); broken++) {
    git ??= startReading(repository, options);
    const parser = new BatchParser(options.largest, take);
    const { code, complaint } = await git.ask(`${wanted.join("\n")}\n`, (chunk) => parser.push(chunk));
    git = undefined;
    if (parser.done === wanted.length || options.stopped?.()) return;
    // A repository that git refuses altogether is not a broken object.
    if (code !== 0 && /not a git repository|dubious ownership|safe\.directory/.test(complaint)) throw new Error(complaint);
    const oid = wanted[parser.done] ?? "";
    if (broken >= mostBroken) throw new TooManyBroken(`too many objects are broken, the last one ${oid}: ${complaint}`);
    take({ oid, bytes: null, problem: brokenSentence(complaint) });
    wanted = wanted.slice(parser.done + 1);
  }
  git?.close();
}

/** Starts a git before it is known which blobs to read: its start takes as long as reading a hundred mails. */
export function startReading(repository: string, options: CatFileOptions): CatFile {
  return new CatFile(repository, batchArguments, options);
}

const batchArguments = ["--batch", "--buffer"];

function brokenSentence(complaint: string): string {
  const said = /^(?:error|fatal): (.*)$/m.exec(complaint)?.[1];
  return said ? `cannot be read from the repository (${said})` : "cannot be read from the repository";
}

/** Reads the blobs that can be read and leaves out the others: the mails of a page. */
export async function readBlobs(
  repository: string,
  oids: readonly string[],
  options: BulkOptions,
  take: (oid: string, bytes: Uint8Array) => void,
): Promise<void> {
  await streamBlobs(repository, oids, options, ({ oid, bytes }) => bytes && take(oid, bytes)).catch((error: unknown) => {
    if (!(error instanceof TooManyBroken)) throw error;
  });
}

/** Like `readBlobs`, but returns copies by their ids. */
export async function fetchBlobs(repository: string, oids: readonly string[], options: BulkOptions): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>();
  await readBlobs(repository, oids, options, (oid, bytes) => found.set(oid, Buffer.from(bytes)));
  return found;
}

/** Counts and blob ids of all objects of a repository, the blobs in pack order. */
interface ObjectList {
  readonly commits: number;
  readonly trees: number;
  readonly blobs: readonly string[];
}

/**
 * Lists all objects without reading them, at a tenth of the cost of reading them. Damaged objects are left out. Throws what git
 * said.
 */
export async function listObjects(repository: string, binary?: string): Promise<ObjectList> {
  const blobs: string[] = [];
  let [commits, trees] = [0, 0];
  await listByGit(repository, binary, (kind, oid) => {
    // A part of a text keeps all of it in memory, and this one is a piece of the whole list.
    if (kind === "blob") blobs.push(Buffer.from(oid, "latin1").toString("latin1"));
    else if (kind === "commit") commits++;
    else if (kind === "tree") trees++;
  });
  return { commits, trees, blobs };
}

/** The ids of all commits of a repository, including those that no ref leads to any more, see `listObjects`. */
export async function listCommits(repository: string, binary?: string): Promise<string[]> {
  const commits: string[] = [];
  await listByGit(repository, binary, (kind, oid) => kind === "commit" && commits.push(oid));
  return commits;
}

async function listByGit(repository: string, binary: string | undefined, take: (kind: string, oid: string) => void): Promise<void> {
  const args = ["--batch-check=%(objecttype) %(objectname)", "--batch-all-objects", "--unordered"];
  const { code, complaint } = await askLines(repository, args, "", { binary }, (line) => {
    // The line of an object that cannot be read is its id and `missing`.
    const [, kind, oid] = /^([a-z]+) ([0-9a-f]{40,})$/.exec(line) ?? [];
    if (kind !== undefined && oid !== undefined) take(kind, oid);
  });
  if (code !== 0) throw new Error(complaint || `git cat-file ended with ${code ?? "a signal"}`);
}

/**
 * The objects that names such as `COMMIT:PATH` mean; null for a name that means nothing or leads through a damaged tree.
 *
 * @param names none may hold a line feed
 */
export async function findObjects(repository: string, names: readonly string[], binary?: string): Promise<Array<string | null>> {
  const found: Array<string | null> = [];
  for (let broken = 0; found.length < names.length && broken <= mostBroken; broken++) {
    const input = `${names.slice(found.length).join("\n")}\n`;
    await askLines(repository, ["--batch-check=%(objectname)"], input, { binary }, (line) =>
      found.push(/^[0-9a-f]+$/.test(line) ? line : null),
    );
    // Git ends at a damaged tree, so the names after it are asked for again.
    if (found.length < names.length) found.push(null);
  }
  return found;
}

/** What a git that has ended printed as errors, and its exit code. */
interface CatFileEnd {
  readonly code: number | null;
  readonly complaint: string;
}

/** A `git cat-file` that waits to be told what to look up. */
export class CatFile {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #ended: Promise<CatFileEnd>;
  readonly #stopped: (() => boolean) | undefined;

  constructor(repository: string, args: readonly string[], { binary, stopped }: CatFileOptions) {
    const child = spawn(binary ?? "git", ["cat-file", ...args], { cwd: repository, env: readingEnvironment() });
    let complaint = "";
    child.stderr.on("data", (chunk: Buffer) => (complaint += chunk.toString("utf8")));
    // A git that ends early does not read all its input.
    child.stdin.on("error", () => undefined);
    this.#child = child;
    this.#stopped = stopped;
    this.#ended = new Promise((resolve, reject) =>
      child.on("error", reject).on("close", (code) => resolve({ code, complaint: complaint.trim() })),
    );
    // Nobody asked it anything, so its answer does not matter.
    this.#ended.catch(() => undefined);
  }

  /** Tells it what to look up, once, and hands out what it prints until it ends. Throws where git could not be started. */
  ask(input: string, take: (chunk: Buffer) => void): Promise<CatFileEnd> {
    return new Promise((resolve, reject) => {
      this.#ended.then(resolve, reject);
      this.#child.stdout.on("data", (chunk: Buffer) => {
        try {
          if (this.#stopped?.()) this.close();
          else take(chunk);
        } catch (error) {
          this.close();
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      });
      this.#child.stdin.end(input);
    });
  }

  close(): void {
    this.#child.kill();
  }
}

function askLines(
  repository: string,
  args: readonly string[],
  input: string,
  options: CatFileOptions,
  take: (line: string) => void,
): Promise<CatFileEnd> {
  let rest = "";
  return new CatFile(repository, args, options).ask(input, (chunk) => {
    const lines = (rest + chunk.toString("latin1")).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) take(line);
  });
}

// Many blobs come through FIFOs, read by a thread that does nothing else. Node's own pipes are sockets: they cannot be waited on
// and take a third more processor time.

/** How many gits read at the same time. */
const readers = 2;
/** A pipe holds 64 kB on Linux, so a larger read gets no more. */
const chunkBytes = 64 * 1024;

/**
 * Hands out blobs, each reader in the order asked for. Returns the blobs that did not come; without FIFOs (Windows) these are all
 * of them.
 */
function streamThroughFifos(
  repository: string,
  oids: readonly string[],
  options: BulkOptions,
  take: (blob: Blob) => void,
): readonly string[] {
  if (process.platform === "win32") return oids;
  const folder = mkdtempSync(join(tmpdir(), "kvm-series-"));
  const share = Math.ceil(oids.length / readers);
  const streams: FifoStream[] = [];
  try {
    const fifos = Array.from({ length: readers }, (_, at) => join(folder, `fifo${at}`));
    if (spawnSync("mkfifo", fifos, { stdio: "ignore" }).status !== 0) return oids;
    for (const [at, fifo] of fifos.entries()) {
      const own = oids.slice(at * share, (at + 1) * share);
      streams.push({ oids: own, parser: new BatchParser(options.largest, take), ...startStream(repository, own, fifo, options.binary) });
    }
    const chunk = Buffer.allocUnsafe(chunkBytes);
    for (let open = [...streams]; open.length > 0 && !options.stopped?.();) {
      open = open.filter(({ fd, parser }) => {
        const length = readSync(fd, chunk);
        if (length > 0) parser.push(chunk.subarray(0, length));
        return length > 0;
      });
    }
  } finally {
    for (const { fd, child } of streams) {
      closeSync(fd);
      child.kill();
    }
    rmSync(folder, { recursive: true, force: true });
  }
  return streams.flatMap(({ oids: own, parser }) => own.slice(parser.done));
}

interface FifoStream {
  readonly oids: readonly string[];
  readonly parser: BatchParser;
  readonly fd: number;
  readonly child: ChildProcess;
}

function startStream(
  repository: string,
  oids: readonly string[],
  fifo: string,
  binary: string | undefined,
): Pick<FifoStream, "fd" | "child"> {
  const list = `${fifo}.oids`;
  writeFileSync(list, `${oids.join("\n")}\n`);
  const fds = [openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK)];
  try {
    // Git must be the only one with the writing end open. If we held it too, git would wait for ever after we are killed.
    const [input, output] = [openSync(list, "r"), openSync(fifo, constants.O_WRONLY)];
    fds.push(input, output);
    const fd = openSync(fifo, constants.O_RDONLY);
    const child = spawn(binary ?? "git", ["cat-file", ...batchArguments], {
      cwd: repository,
      env: readingEnvironment(),
      stdio: [input, output, "ignore"],
    });
    // A git that could not be started looks like an end of the stream with nothing read. The error comes up again when the rest
    // is read.
    child.on("error", () => undefined);
    return { fd, child };
  } finally {
    for (const fd of fds) closeSync(fd);
  }
}

const lineFeed = 10;

/** Cuts the stream of `cat-file --batch` into blobs. A blob inside one chunk is handed out without being copied. */
class BatchParser {
  /** The number of objects handed out whole. */
  done = 0;
  readonly #take: (blob: Blob) => void;
  readonly #largest: number;
  /** The beginning of an object that has not arrived completely. */
  #held = Buffer.allocUnsafe(256 * 1024);
  #heldLength = 0;
  /** The length of the object in `#held` with its header line and final line feed; -1 while it is not known. */
  #wanted = -1;
  /** How many bytes of a too large object are still to come. */
  #skipping = 0;

  /** @param largest in bytes; a larger object is handed out as its name and size only */
  constructor(largest: number, take: (blob: Blob) => void) {
    this.#take = take;
    this.#largest = largest;
  }

  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#skipping > 0) {
        const skipped = Math.min(this.#skipping, chunk.length - at);
        this.#skipping -= skipped;
        at += skipped;
      } else if (this.#heldLength > 0) at = this.#finishHeld(chunk, at);
      else {
        const used = this.#takeObject(chunk, at);
        if (used < 0) {
          this.#hold(chunk, at, chunk.length);
          return;
        }
        at += used;
      }
    }
  }

  /** Adds to what is held until the object is whole. */
  #finishHeld(chunk: Buffer, from: number): number {
    if (this.#wanted < 0) {
      const lineEnd = chunk.indexOf(lineFeed, from);
      const to = lineEnd < 0 ? chunk.length : lineEnd + 1;
      this.#hold(chunk, from, to);
      if (lineEnd < 0) return to;
      const used = this.#takeObject(this.#held.subarray(0, this.#heldLength), 0);
      if (used >= 0) this.#forget();
      return to;
    }
    const to = Math.min(chunk.length, from + this.#wanted - this.#heldLength);
    this.#hold(chunk, from, to);
    if (this.#heldLength === this.#wanted) {
      this.#takeObject(this.#held.subarray(0, this.#heldLength), 0);
      this.#forget();
    }
    return to;
  }

  #forget(): void {
    this.#heldLength = 0;
    this.#wanted = -1;
    // One large mail must not keep its memory for the rest of the archive.
    if (this.#held.length > 8 * 1024 * 1024) this.#held = Buffer.allocUnsafe(256 * 1024);
  }

  #hold(chunk: Buffer, from: number, to: number): void {
    const needed = this.#heldLength + to - from;
    if (needed > this.#held.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, this.#wanted, this.#held.length * 2));
      this.#held.copy(larger, 0, 0, this.#heldLength);
      this.#held = larger;
    }
    chunk.copy(this.#held, this.#heldLength, from, to);
    this.#heldLength = needed;
  }

  /** Hands out the object that begins at an offset. Returns how many bytes it took, or -1 if its end has not arrived. */
  #takeObject(bytes: Buffer, at: number): number {
    const lineEnd = bytes.indexOf(lineFeed, at);
    if (lineEnd < 0) return -1;
    const line = bytes.toString("latin1", at, lineEnd);
    const oidEnd = line.indexOf(" ");
    const kindEnd = line.indexOf(" ", oidEnd + 1);
    const oid = oidEnd < 0 ? line : line.slice(0, oidEnd);
    const kind = oidEnd < 0 ? "" : line.slice(oidEnd + 1, kindEnd < 0 ? line.length : kindEnd);
    const length = kindEnd < 0 ? "0" : line.slice(kindEnd + 1);
    const start = lineEnd + 1;
    if (kind === "missing" || kind === "ambiguous") {
      this.#finish({ oid, bytes: null, problem: "is missing from the repository" });
      return start - at;
    }
    const size = Number(length);
    if (size > this.#largest) {
      const megabytes = Math.round(size / 1024 / 1024);
      const problem = `is ${megabytes} MB; mails are read up to ${Math.round(this.#largest / 1024 / 1024)} MB`;
      this.#finish({ oid, bytes: null, problem });
      this.#skipping = size + 1;
      return start - at;
    }
    if (start + size + 1 > bytes.length) {
      this.#wanted = start - at + size + 1;
      return -1;
    }
    if (kind === "blob") this.#finish({ oid, bytes: bytes.subarray(start, start + size) });
    else this.#finish({ oid, bytes: null, problem: "is not a mail" });
    return start + size + 1 - at;
  }

  #finish(blob: Blob): void {
    this.done++;
    this.#take(blob);
  }
}

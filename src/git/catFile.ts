/** Objects out of git in bulk: `git cat-file --batch`, read synchronously by a thread that does nothing else, or by a git that was started early. Every other git command goes through simple-git, see git.ts. */
import { type ChildProcess, spawn, spawnSync, type StdioOptions } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readingEnvironment } from "./environment";

/** One object as git hands it out, or why it is not handed out, as the end of a sentence about the mail. */
export type Blob =
  | { readonly oid: string; readonly bytes: Uint8Array }
  | { readonly oid: string; readonly bytes: null; readonly problem: string; readonly tooLarge: boolean };

const lineFeed = 10;

/** Cuts the stream of `cat-file --batch` into blobs. A blob inside one chunk is handed out without being copied. */
export class BatchParser {
  /** Objects handed out whole. */
  done = 0;
  readonly #take: (blob: Blob) => void;
  readonly #largest: number;
  /** The beginning of an object whose end has not come yet. */
  #held = Buffer.allocUnsafe(256 * 1024);
  #heldLength = 0;
  /** Of the object in `#held`: how long it is with its header line and final line feed; -1 while that is not known. */
  #wanted = -1;
  /** How much of an object that is too large is still to come. */
  #skipping = 0;

  /** @param largest in bytes; of a larger object only its name and size are handed out */
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

  /** Hands out the object that begins at an offset; says how many bytes it took, -1 where its end is not there yet. */
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
      this.#finish({ oid, bytes: null, problem: "is missing from the repository", tooLarge: false });
      return start - at;
    }
    const size = Number(length);
    if (size > this.#largest) {
      const megabytes = Math.round(size / 1024 / 1024);
      const problem = `is ${megabytes} MB; mails are read up to ${Math.round(this.#largest / 1024 / 1024)} MB`;
      this.#finish({ oid, bytes: null, problem, tooLarge: true });
      this.#skipping = size + 1;
      return start - at;
    }
    if (start + size + 1 > bytes.length) {
      this.#wanted = start - at + size + 1;
      return -1;
    }
    if (kind === "blob") this.#finish({ oid, bytes: bytes.subarray(start, start + size) });
    else this.#finish({ oid, bytes: null, problem: "is not a mail", tooLarge: false });
    return start + size + 1 - at;
  }

  #finish(blob: Blob): void {
    this.done++;
    this.#take(blob);
  }
}

// The bulk stream out of git: `git cat-file --batch`, read synchronously by a thread that does nothing else. All other git
// commands go through simple-git; this one would be half as fast there.

export interface BulkOptions {
  readonly binary?: string | undefined;
  /** How many processes read at once; git, not we, is what takes the time. */
  readonly readers?: number;
  /** In bytes: a larger blob is handed out without its bytes. */
  readonly largest: number;
  /** Asked between blobs; true ends the reading. */
  readonly stopped?: () => boolean;
}

/** Fewer blobs than this are read by one process through a file: setting up FIFOs costs more than they save. */
const fewBlobs = 3000;
/** A pipe holds 64 kB on Linux; a larger read gets no more. */
const chunkBytes = 64 * 1024;
/** A pack in which more objects than this are broken is not read further. */
const mostBroken = 50;

/** Counts and blob ids of all objects of a repository, the blobs in pack order. */
interface ObjectList {
  readonly commits: number;
  readonly trees: number;
  readonly blobs: string[];
}

/** Lists all objects without reading them: a tenth of the cost of reading them. Damaged ones are passed over. Throws what git said. */
export function listObjects(repository: string, binary?: string): ObjectList {
  const blobs: string[] = [];
  let [commits, trees] = [0, 0];
  eachObject(repository, binary, (kind, oid) => {
    if (kind === firstOf.blob) blobs.push(oid());
    else if (kind === firstOf.commit) commits++;
    else if (kind === firstOf.tree) trees++;
  });
  return { commits, trees, blobs };
}

/** The ids of all commits of a repository, also of those that lead nowhere any more, see `listObjects`. */
export function listCommits(repository: string, binary?: string): string[] {
  const commits: string[] = [];
  eachObject(repository, binary, (kind, oid) => kind === firstOf.commit && commits.push(oid()));
  return commits;
}

/** The first letters of the kinds; damaged objects are told of behind a sign of their own. */
const firstOf = { blob: 0x62, commit: 0x63, tree: 0x74 } as const;

function eachObject(repository: string, binary: string | undefined, take: (kind: number | undefined, oid: () => string) => void): void {
  withFolder((folder) => {
    const format = "--batch-check=%(objecttype) %(objectname)";
    const { status, complaint, output } = runToFile(repository, [format, "--batch-all-objects", "--unordered"], null, folder, binary);
    if (status !== 0) throw new Error(complaint || `git cat-file ended with ${status ?? "a signal"}`);
    const bytes = readFileSync(output);
    for (let at = 0; at < bytes.length;) {
      const end = bytes.indexOf(lineFeed, at);
      if (end < 0) break;
      const start = bytes.indexOf(space, at) + 1;
      // Of an object that cannot be read the line is its id and `missing`.
      const isWhole = start > 0 && start - at < shortestId && end - start >= shortestId;
      if (isWhole) take(bytes[at], () => bytes.toString("latin1", start, end));
      at = end + 1;
    }
  });
}

const space = 32;
const shortestId = 40;

/** A `git cat-file` that writes what it prints to a file, since Node would hold it all in memory twice. */
function runToFile(
  repository: string,
  args: readonly string[],
  input: string | null,
  folder: string,
  binary: string | undefined,
): { readonly status: number | null; readonly complaint: string; readonly output: string } {
  const output = join(folder, "output");
  const out = openSync(output, "w");
  try {
    const run = spawnSync(binary ?? "git", ["cat-file", ...args], {
      cwd: repository,
      env: readingEnvironment(),
      ...(input === null ? {} : { input }),
      stdio: [input === null ? "ignore" : "pipe", out, "pipe"],
    });
    if (run.error) throw run.error;
    return { status: run.status, complaint: run.stderr.toString("utf8").trim(), output };
  } finally {
    closeSync(out);
  }
}

/**
 * The objects that names such as `COMMIT:PATH` mean; null for those that there are not, or whose way there is damaged.
 *
 * @param names none may hold a line feed
 */
export function findObjects(repository: string, names: readonly string[], binary?: string): Array<string | null> {
  return withFolder((folder) => {
    const found: Array<string | null> = [];
    for (let broken = 0; found.length < names.length && broken <= mostBroken; broken++) {
      const { output } = runToFile(
        repository,
        ["--batch-check=%(objectname)"],
        `${names.slice(found.length).join("\n")}\n`,
        folder,
        binary,
      );
      const lines = readFileSync(output, "latin1").split("\n").slice(0, -1);
      for (const line of lines) found.push(/^[0-9a-f]+$/.test(line) ? line : null);
      // Git ends at a tree that is damaged; the names behind it are asked for again.
      if (found.length < names.length) found.push(null);
    }
    return found;
  });
}

/** Starts a git that hands out objects. */
function spawnBatch(repository: string, binary: string | undefined, stdio: StdioOptions): ChildProcess {
  return spawn(binary ?? "git", ["cat-file", "--batch", "--buffer"], { cwd: repository, env: readingEnvironment(), stdio });
}

/**
 * Hands out blobs, in the order asked for within each reader. Never throws for what is wrong with an object; a git that
 * cannot be started or a repository it refuses throws.
 *
 * @param take must not keep `bytes`: the memory is used again for the next blob
 */
export function streamBlobs(repository: string, oids: readonly string[], options: BulkOptions, take: (blob: Blob) => void): void {
  if (oids.length === 0) return;
  withFolder((folder) => {
    const readers = oids.length < fewBlobs ? 1 : (options.readers ?? 2);
    const fifos = oids.length < fewBlobs ? null : makeFifos(folder, readers);
    if (fifos) readParallel(repository, oids, fifos, options, take);
    else readThroughFile(repository, oids, folder, options, take);
  });
}

function withFolder<T>(use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "kvm-series-"));
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Node's own stdio pipes are sockets and cannot be waited on in a thread; where there are no FIFOs (Windows), null. */
function makeFifos(folder: string, count: number): string[] | null {
  if (process.platform === "win32") return null;
  const names = Array.from({ length: count }, (_, at) => join(folder, `fifo${at}`));
  return spawnSync("mkfifo", names, { stdio: "ignore" }).status === 0 ? names : null;
}

interface Stream {
  readonly parser: BatchParser;
  readonly fd: number;
  readonly child: ChildProcess;
  readonly oids: readonly string[];
  readonly complaints: string;
}

function readParallel(
  repository: string,
  oids: readonly string[],
  fifos: readonly string[],
  options: BulkOptions,
  take: (blob: Blob) => void,
): void {
  const share = Math.ceil(oids.length / fifos.length);
  const streams: Stream[] = [];
  try {
    for (const [at, fifo] of fifos.entries()) {
      streams.push(startStream(repository, oids.slice(at * share, (at + 1) * share), fifo, options, take));
    }
    let open = [...streams];
    const chunk = Buffer.allocUnsafe(chunkBytes);
    while (open.length > 0 && !options.stopped?.()) {
      for (const stream of open) {
        const length = readSync(stream.fd, chunk);
        if (length === 0) open = open.filter((other) => other !== stream);
        else stream.parser.push(chunk.subarray(0, length));
      }
    }
  } finally {
    for (const { fd, child } of streams) {
      closeSync(fd);
      child.kill();
    }
  }
  if (options.stopped?.()) return;
  for (const stream of streams) readRest(repository, stream.oids.slice(stream.parser.done), stream.complaints, options, take);
}

function startStream(repository: string, oids: readonly string[], fifo: string, options: BulkOptions, take: (blob: Blob) => void): Stream {
  const list = `${fifo}.oids`;
  const complaints = `${fifo}.err`;
  writeFileSync(list, `${oids.join("\n")}\n`);
  const fds = [openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK)];
  try {
    // Git must hold the writing end alone: holding the reading end too, it would wait for ever when we are killed.
    const [input, output, errors] = [openSync(list, "r"), openSync(fifo, constants.O_WRONLY), openSync(complaints, "w")];
    fds.push(input, output, errors);
    const fd = openSync(fifo, constants.O_RDONLY);
    const child = spawnBatch(repository, options.binary, [input, output, errors]);
    // A git that is not there shows as an end of the stream with nothing read; the error is met again when the rest is read.
    child.on("error", () => undefined);
    return { parser: new BatchParser(options.largest, take), fd, child, oids, complaints };
  } finally {
    for (const fd of fds) closeSync(fd);
  }
}

/** What a stream that broke off did not hand out. Git stops at a broken object; the others are asked for again without it. */
function readRest(repository: string, rest: readonly string[], complaints: string, options: BulkOptions, take: (blob: Blob) => void): void {
  if (rest.length === 0) return;
  const [broken = "", ...others] = rest;
  take({ oid: broken, bytes: null, problem: brokenSentence(readFileSync(complaints, "utf8")), tooLarge: false });
  withFolder((folder) => readThroughFile(repository, others, folder, options, take, 1));
}

function brokenSentence(complaint: string): string {
  const said = /^(?:error|fatal): (.*)$/m.exec(complaint)?.[1];
  return said ? `cannot be read from the repository (${said})` : "cannot be read from the repository";
}

/** The way without FIFOs: git writes a slice of the blobs to a file, which is then read. */
function readThroughFile(
  repository: string,
  oids: readonly string[],
  folder: string,
  options: BulkOptions,
  take: (blob: Blob) => void,
  brokenBefore = 0,
): void {
  let broken = brokenBefore;
  for (let at = 0; at < oids.length && !options.stopped?.();) {
    const slice = oids.slice(at, at + fewBlobs);
    const { done, complaint } = readSlice(repository, slice, folder, options, take);
    at += done;
    if (done === slice.length) continue;
    const oid = oids[at] ?? "";
    if (broken++ >= mostBroken) throw new Error(`too many objects are broken, the last one ${oid}: ${complaint}`);
    take({ oid, bytes: null, problem: brokenSentence(complaint), tooLarge: false });
    at++;
  }
}

function readSlice(
  repository: string,
  oids: readonly string[],
  folder: string,
  options: BulkOptions,
  take: (blob: Blob) => void,
): { done: number; complaint: string } {
  const { status, complaint, output } = runToFile(repository, ["--batch", "--buffer"], `${oids.join("\n")}\n`, folder, options.binary);
  // A repository that git refuses altogether, or a full disk for what it hands out, is not a broken object.
  if (status !== 0 && /not a git repository|dubious ownership|safe\.directory/.test(complaint)) throw new Error(complaint);
  if (status !== 0 && isFull(folder)) throw new Error(`No space left in ${folder}`);
  const parser = new BatchParser(options.largest, take);
  const fd = openSync(output, "r");
  try {
    const chunk = Buffer.allocUnsafe(16 * chunkBytes);
    for (let length = readSync(fd, chunk); length > 0; length = readSync(fd, chunk)) parser.push(chunk.subarray(0, length));
  } finally {
    closeSync(fd);
  }
  return { done: parser.done, complaint };
}

/** Less than this is left of a disk that is full. */
const fullBytes = 64 * 1024;

function isFull(folder: string): boolean {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize < fullBytes;
}

/**
 * Hands out a few blobs without keeping the thread waiting: the mails of a page. Those that cannot be read are passed over. Throws where
 * git cannot be started.
 *
 * @param take may keep `bytes` only as a copy
 */
export async function readBlobs(
  repository: string,
  oids: readonly string[],
  options: Pick<BulkOptions, "binary" | "largest">,
  take: (oid: string, bytes: Uint8Array) => void,
): Promise<void> {
  let wanted = oids;
  // Git ends at a broken object; those behind it are asked for again without it. A repository with many is not worth the time.
  for (let tries = 0; wanted.length > 0 && tries < mostTries; tries++) {
    const reader = startBlobReader(repository, options);
    const done = await reader.read(wanted, ({ oid, bytes }) => bytes && take(oid, bytes));
    if (reader.failure) throw reader.failure;
    wanted = wanted.slice(done + 1);
  }
}

/** The same as copies, by id. */
export async function fetchBlobs(
  repository: string,
  oids: readonly string[],
  options: Pick<BulkOptions, "binary" | "largest">,
): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>();
  await readBlobs(repository, oids, options, (oid, bytes) => found.set(oid, Buffer.from(bytes)));
  return found;
}

/** Broken blobs that are gone around. */
const mostTries = 20;

// A git started before it is known what is to be read: its start takes as long as reading a hundred mails.

/** A git that waits to be told what to read. */
export interface BlobReader {
  /** Hands out blobs in the order asked for, once; says how many. Those after one that is broken are not handed out. */
  read(oids: readonly string[], take: (blob: Blob) => void): Promise<number>;
  /** Why git could not be started; null where it could. */
  readonly failure: Error | null;
  close(): void;
}

/** Starts a git that will read blobs of a repository. */
export function startBlobReader(repository: string, { binary, largest }: Pick<BulkOptions, "binary" | "largest">): BlobReader {
  const child = spawnBatch(repository, binary, ["pipe", "pipe", "ignore"]);
  let done = 0;
  let failure: Error | null = null;
  // What a git that cannot be started or that ends early did not hand out is for the caller to ask for in another way.
  child.on("error", (error) => (failure = error));
  child.stdin?.on("error", () => undefined);
  return {
    read: (oids, take) =>
      new Promise((resolve, reject) => {
        const parser = new BatchParser(largest, take);
        child.stdout?.on("data", (chunk: Buffer) => {
          try {
            parser.push(chunk);
            done = parser.done;
          } catch (error) {
            child.kill();
            reject(error instanceof Error ? error : new Error(String(error)));
          }
        });
        if (failure) resolve(0);
        child.on("error", () => resolve(done));
        child.on("close", () => resolve(done));
        child.stdin?.end(oids.length > 0 ? `${oids.join("\n")}\n` : "");
      }),
    get failure() {
      return failure;
    },
    close: () => void child.kill(),
  };
}

/**
 * The bulk stream out of git: `git cat-file --batch`, read synchronously by a thread that does nothing else. All other git
 * commands go through simple-git; this one would be half as fast there.
 */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BatchParser, type Blob } from "./batchParser";

export interface BulkOptions {
  readonly binary?: string | undefined;
  /** How many processes read at once; git, not we, is what takes the time. */
  readonly readers?: number;
  /** Larger blobs are passed over. */
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

/** The environment of every git process of ours: nothing of the caller's, no questions, no lazy downloads. */
export function gitEnvironment(): NodeJS.ProcessEnv {
  return {
    PATH: process.env["PATH"] ?? "",
    HOME: process.env["HOME"] ?? "",
    LC_ALL: "C",
    GIT_TERMINAL_PROMPT: "0",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_NO_LAZY_FETCH: "1",
    GIT_NO_REPLACE_OBJECTS: "1",
  };
}

/** Counts and blob ids of all objects of a repository, the blobs in pack order. */
export interface ObjectList {
  readonly commits: number;
  readonly trees: number;
  readonly blobs: string[];
}

/** Lists all objects without reading them: a tenth of the cost of reading them. Throws what git said. */
export function listObjects(repository: string, binary = "git"): ObjectList {
  return withFolder((folder) => {
    const file = join(folder, "objects");
    const out = openSync(file, "w");
    try {
      const run = spawnSync(binary, ["cat-file", "--batch-check=%(objecttype) %(objectname)", "--batch-all-objects", "--unordered"], {
        cwd: repository,
        env: gitEnvironment(),
        stdio: ["ignore", out, "pipe"],
      });
      if (run.error) throw run.error;
      if (run.status !== 0) throw new Error(run.stderr.toString("utf8").trim() || `git cat-file ended with ${run.status ?? "a signal"}`);
    } finally {
      closeSync(out);
    }
    return parseObjects(readFileSync(file));
  });
}

function parseObjects(bytes: Buffer): ObjectList {
  const blobs: string[] = [];
  let [commits, trees] = [0, 0];
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf(10, at);
    if (end < 0) break;
    const first = bytes[at];
    if (first === 0x62) blobs.push(bytes.toString("latin1", at + 5, end));
    else if (first === 0x63) commits++;
    else if (bytes[at + 1] === 0x72) trees++;
    at = end + 1;
  }
  return { commits, trees, blobs };
}

/**
 * Hands out blobs, in the order asked for within each reader. Never throws for what is wrong with an object; a git that
 * cannot be started or a repository it refuses throws.
 *
 * @param take must not keep `bytes`: the memory is used again for the next blob
 */
export function readBlobs(repository: string, oids: readonly string[], options: BulkOptions, take: (blob: Blob) => void): void {
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
    const child = spawn(options.binary ?? "git", ["cat-file", "--batch", "--buffer"], {
      cwd: repository,
      env: gitEnvironment(),
      stdio: [input, output, errors],
    });
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
  const file = join(folder, "slice");
  const out = openSync(file, "w");
  let complaint: string;
  try {
    const run = spawnSync(options.binary ?? "git", ["cat-file", "--batch", "--buffer"], {
      cwd: repository,
      env: gitEnvironment(),
      input: `${oids.join("\n")}\n`,
      stdio: ["pipe", out, "pipe"],
    });
    if (run.error) throw run.error;
    complaint = run.stderr.toString("utf8").trim();
    // A repository that git refuses altogether, or a full disk for what it hands out, is not a broken object.
    if (run.status !== 0 && /not a git repository|dubious ownership|safe\.directory/.test(complaint)) throw new Error(complaint);
    if (run.status !== 0 && isFull(folder)) throw new Error(`No space left in ${folder}`);
  } finally {
    closeSync(out);
  }
  const parser = new BatchParser(options.largest, take);
  const fd = openSync(file, "r");
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

/** Reads a few blobs without waiting for them in a thread of their own: the mails of a page. Those that cannot be read are absent. */
export function fetchBlobs(repository: string, oids: readonly string[], options: BulkOptions): Promise<Map<string, Buffer>> {
  return new Promise((resolve, reject) => {
    const found = new Map<string, Buffer>();
    const parser = new BatchParser(options.largest, ({ oid, bytes }) => {
      if (bytes) found.set(oid, Buffer.from(bytes));
    });
    const child = spawn(options.binary ?? "git", ["cat-file", "--batch", "--buffer"], {
      cwd: repository,
      env: gitEnvironment(),
      stdio: ["pipe", "pipe", "ignore"],
    });
    child.on("error", reject);
    // A git that ends early closes its input; what it handed out until then is the answer.
    child.stdin.on("error", () => undefined);
    child.stdout.on("data", (chunk: Buffer) => parser.push(chunk));
    child.on("close", () => resolve(found));
    child.stdin.end(`${oids.join("\n")}\n`);
  });
}

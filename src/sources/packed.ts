/** Packed files: gzip is unpacked here, other formats by a program of the system where it has one. */
import { spawn, spawnSync } from "node:child_process";
import { closeSync, createReadStream, openSync, readSync } from "node:fs";
import { createGunzip, gunzipSync } from "node:zlib";
import { errorCode, HumanError } from "../core/humanError";

type Packing = "gzip" | "xz" | "bzip2" | "zstd";

/** Packers by the bytes a file begins with. */
const marks: ReadonlyArray<readonly [beginning: string, packing: Packing]> = [
  ["\x1f\x8b", "gzip"],
  ["\xfd7zXZ\0", "xz"],
  ["BZh", "bzip2"],
  ["\x28\xb5\x2f\xfd", "zstd"],
];

/** A file is unpacked in steps of this size; damage loses no more than this in front of it. */
const unpackBytes = 32 * 1024;
/** A program that cannot even give the beginning in this time is busy otherwise. */
const beginningMilliseconds = 10_000;

/** Whether bytes begin as gzip does. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** Whether a file is packed in a way known here. */
export function isPacked(file: string): boolean {
  return packingOf(firstBytes(file, 8)) !== null;
}

function packingOf(bytes: Uint8Array): Packing | null {
  const head = Buffer.from(bytes.subarray(0, 8)).toString("latin1");
  return marks.find(([beginning]) => head.startsWith(beginning))?.[1] ?? null;
}

/** The beginning of a file, unpacked; null if the program for it is not installed. A damaged file gives nothing. */
export function beginningOf(file: string, length: number): Buffer | null {
  const head = firstBytes(file, length);
  const packing = packingOf(head);
  if (packing === null) return head;
  if (packing === "gzip") return gunzipBeginning(head);
  const { stdout, error } = spawnSync(packing, ["-dc", "--", file], {
    maxBuffer: length,
    timeout: beginningMilliseconds,
    stdio: ["ignore", "pipe", "ignore"],
  });
  // Output beyond the requested bytes is an error too, but not one of ours.
  return errorCode(error) === "ENOENT" ? null : stdout.subarray(0, length);
}

/** The beginning of a file as it lies there. */
export function firstBytes(file: string, length: number): Buffer {
  const fd = openSync(file, "r");
  try {
    const bytes = Buffer.alloc(length);
    return bytes.subarray(0, readSync(fd, bytes, 0, length, 0));
  } finally {
    closeSync(fd);
  }
}

function gunzipBeginning(bytes: Buffer): Buffer {
  try {
    // A missing end is no fault here: only the beginning was read.
    return gunzipSync(bytes, { finishFlush: 2, maxOutputLength: 16 * 1024 * 1024 });
  } catch {
    return Buffer.alloc(0);
  }
}

/** The bytes of a file, unpacked, as they come. Fails with a code that begins with `Z_` where the packed data is damaged. */
export async function* unpackedChunks(file: string): AsyncGenerator<Buffer> {
  const packing = packingOf(firstBytes(file, 8));
  const source = createReadStream(file, { highWaterMark: 1024 * 1024 });
  if (packing === null) yield* source as AsyncIterable<Buffer>;
  else if (packing === "gzip") {
    const gunzip = createGunzip({ chunkSize: unpackBytes });
    source.on("error", (error) => gunzip.destroy(error));
    yield* source.pipe(gunzip) as AsyncIterable<Buffer>;
  } else {
    source.destroy();
    yield* unpackedBy(packing, file);
  }
}

async function* unpackedBy(program: string, file: string): AsyncGenerator<Buffer> {
  const child = spawn(program, ["-dc", "--", file], { stdio: ["ignore", "pipe", "ignore"] });
  const ended = new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve));
  // A caller that stops early does not wait for the end, and must not be told of it.
  ended.catch(() => undefined);
  try {
    yield* child.stdout as AsyncIterable<Buffer>;
    const code = await ended.catch(() => {
      throw new HumanError(`${file} is packed with ${program}, which is not installed; install it, or unpack the file.`);
    });
    if (code !== 0) throw Object.assign(new Error(`${program} ended with ${code ?? "a signal"}`), { code: "Z_PROGRAM" });
  } finally {
    child.kill();
  }
}

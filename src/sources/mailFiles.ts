/** Mail in plain files: mbox (packed too), maildir, folders of mails and mailboxes, one mail. */
import { createHash } from "node:crypto";
import { closeSync, openSync, readFileSync, readSync, statSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { errorCode, HumanError, humanMessage, throwBug } from "../core/humanError";
import { readMbox as cutMbox, MboxCutter } from "../core/mail/mbox";
import { type MailFileKind, mailNames, probeBytes } from "./detect";
import { bareDiffSentence, kindOfText } from "./fileKind";
import { beginningOf, isGzip, isPacked, unpackedChunks } from "./packed";

/** Takes what a reader of mail files finds. */
interface MailFileSink {
  /** `spot` finds the mail again, see `readSpots`. */
  mail(bytes: Uint8Array, spot: string): void;
  problem(sentence: string): void;
  stopped(): boolean;
  /** Awaited now and then, so that a reader in a shared thread lets others run. */
  readonly breathe?: (() => Promise<unknown>) | undefined;
}

/** The limits of reading. */
const fileLimits = {
  /** The largest mail, in bytes. */
  mail: 32 * 1024 * 1024,
  /** The bytes a .gz file may unpack to; the largest mbox of a list is far smaller. */
  unpacked: 8 * 1024 * 1024 * 1024,
  /** How many times larger than the packed file the text may get; real text reaches 20, a bomb 1000. */
  ratio: 200,
  /** The number of files in a folder or maildir. */
  files: 1_000_000,
} as const;

/** How much of an mbox is cut between two breaths. */
const breathBytes = 32 * 1024;

/** Below this unpacked size a ratio says nothing. */
const smallFile = 64 * 1024 * 1024;

/** A text that changes when the mails in a file or folder may have changed; null where they cannot be read. */
export function mailFileStamp(kind: MailFileKind, path: string): string | null {
  try {
    if (kind === "mbox" || kind === "mail") return stampOf(path);
    const hash = createHash("sha1");
    for (const name of mailNames(path, fileLimits.files)) hash.update(`${name}\0${stampOfOne(join(path, name))}\n`);
    return hash.digest("hex");
  } catch {
    return null;
  }
}

function stampOf(file: string): string {
  // A file that has become readable differs only in the time of that change (ctime).
  const { size, mtimeMs, ctimeMs, ino } = statSync(file);
  return `${size} ${mtimeMs} ${ctimeMs} ${ino}`;
}

/** Reading a mail of a maildir renames it and deleting removes it, even between the listing and this look. */
function stampOfOne(file: string): string {
  try {
    return stampOf(file);
  } catch {
    return "gone";
  }
}

/** Reads all mails of a file or folder. A broken mail does not make it throw. */
export async function readMailFile(kind: MailFileKind, path: string, sink: MailFileSink): Promise<void> {
  const names =
    kind === "mbox" || kind === "mail"
      ? [""]
      : mailNames(path, fileLimits.files, (folder, error) =>
          sink.problem(`The folder ${folder} could not be listed (${readFailure(error)}).`),
        );
  const bare: string[] = [];
  for (const name of names) {
    if (sink.stopped()) return;
    const file = name === "" ? path : join(path, name);
    try {
      const form = kind === "mail-folder" ? formOf(file) : kind;
      if (form === "diff") bare.push(file);
      else if (form === "mbox") await readMboxFile(file, name, sink);
      else readSingle(file, name, sink);
      await sink.breathe?.();
    } catch (error) {
      throwBug(error);
      // A mail that was moved or deleted after the listing is no fault; the next look finds where it went.
      if (name !== "" && errorCode(error) === "ENOENT") continue;
      sink.problem(`The file ${name || path} could not be read (${readFailure(error)}).`);
    }
  }
  if (bare.length > 0) sink.problem(bareDiffSentence(bare));
}

/** Says, as the end of a sentence, why a file or folder could not be read. */
function readFailure(error: unknown): string {
  const code = errorCode(error);
  if (code === "EACCES" || code === "EPERM") return "you have no permission";
  if (code === "ENOENT") return "it is no longer there";
  if (code === "ERR_BUFFER_TOO_LARGE") return `it unpacks to more than the ${megabytes(fileLimits.mail)} MB limit for mails`;
  if (isUnpacking(error)) return "the packed data is damaged or cut off";
  return humanMessage(error);
}

/** A folder's .mbox holds many mails. A .patch of `git format-patch` begins with a separator too and may hold several. */
function formOf(file: string): "mbox" | "mail" | "diff" {
  const beginning = beginningOf(file, probeBytes);
  // A packed file is read in pieces, whatever is in it; the unpacking says what is wrong.
  if (beginning === null || beginning.length === 0 || isPacked(file)) return "mbox";
  const kind = kindOfText(beginning.toString("latin1"));
  return kind === "mbox" || kind === "diff" ? kind : "mail";
}

function readSingle(file: string, spot: string, sink: MailFileSink): void {
  const { size } = statSync(file);
  if (size > fileLimits.mail) {
    sink.problem(`The mail ${file} is ${megabytes(size)} MB; mails are read up to ${megabytes(fileLimits.mail)} MB.`);
    return;
  }
  sink.mail(singleMail(readFileSync(file)), spot);
}

/** The mail in a file: unpacked, without a byte order mark, and without what Apple Mail puts around it. */
function singleMail(bytes: Buffer): Buffer {
  const unpacked = isGzip(bytes) ? gunzipSync(bytes, { maxOutputLength: fileLimits.mail }) : bytes;
  const plain = unpacked.subarray(0, 3).equals(byteOrderMark) ? unpacked.subarray(3) : unpacked;
  const count = /^(\d{1,9})\s*\n/.exec(plain.subarray(0, 16).toString("latin1"));
  if (!count) return plain;
  const start = count[0].length;
  // A wrong count cuts off nothing: the list of properties then stays at the end, which does no harm to a patch.
  const end = start + Number(count[1]);
  const isCounted = plain.subarray(end).toString("latin1").trimStart().startsWith("<?xml");
  return plain.subarray(start, isCounted ? end : plain.length);
}

const byteOrderMark = Buffer.from("\ufeff");

function megabytes(bytes: number): number {
  return Math.round(bytes / 1024 / 1024);
}

async function readMboxFile(file: string, name: string, sink: MailFileSink): Promise<void> {
  const packed = statSync(file).size;
  const cutter = new MboxCutter(fileLimits.mail, {
    mail: ({ bytes, start, length }) => sink.mail(bytes, `${name}@${start}+${length}`),
    tooLarge: (start) =>
      sink.problem(`The mail at byte ${start} of ${file} is larger than ${megabytes(fileLimits.mail)} MB and was skipped.`),
  });
  let unpacked = 0;
  try {
    for await (const chunk of unpackedChunks(file)) {
      if (sink.stopped()) return;
      unpacked += chunk.length;
      if (unpacked > fileLimits.unpacked || (unpacked > smallFile && unpacked > packed * fileLimits.ratio)) {
        throw new HumanError(`${file} unpacks to far more than a mailbox would; reading stopped after ${megabytes(unpacked)} MB.`);
      }
      if (!sink.breathe) cutter.push(chunk);
      else
        for (let at = 0; at < chunk.length; at += breathBytes) {
          cutter.push(chunk.subarray(at, at + breathBytes));
          await sink.breathe();
        }
    }
  } catch (error) {
    // The mails read before the fault are kept.
    sink.problem(
      error instanceof HumanError
        ? error.message
        : isUnpacking(error)
          ? `${file} is damaged or cut off after ${unpacked} bytes; the mails before that were read.`
          : `The file ${file} could not be read (${readFailure(error)}).`,
    );
  }
  cutter.end();
}

function isUnpacking(error: unknown): boolean {
  return errorCode(error).startsWith("Z_");
}

/**
 * Reads mails again by the spots they were found at, in one file or folder. Mails that are no longer there are absent. A packed
 * file is unpacked from its beginning, once for all of its mails; from any other file only the mails themselves are read.
 *
 * @param take called with a spot and the mail there
 */
export async function readSpots(path: string, spots: Iterable<string>, take: (spot: string, mail: Buffer) => void): Promise<void> {
  const pieces = new Map<string, Piece[]>();
  for (const spot of spots) {
    const [, name = "", start, length] = /^(.*)@(\d+)\+(\d+)$/s.exec(spot) ?? [undefined, spot];
    // The name comes from the listing of a folder, but others may have written the index file.
    if (name.split("/").includes("..") || name.startsWith("/")) continue;
    const file = name === "" ? path : join(path, name);
    if (start === undefined || length === undefined) {
      const mail = readOrNull(() => singleMail(readFileSync(file)));
      if (mail) take(spot, mail);
      continue;
    }
    const piece = { spot, start: Number(start), length: Math.min(Number(length), fileLimits.mail) };
    pieces.set(file, [...(pieces.get(file) ?? []), piece]);
  }
  for (const [file, wanted] of pieces) {
    const taken = (piece: Piece, bytes: Buffer): void => {
      const [mail] = cutMbox(bytes);
      if (mail) take(piece.spot, Buffer.from(mail));
    };
    try {
      if (isPacked(file)) await readPackedPieces(file, wanted, taken);
      else readPieces(file, wanted, taken);
    } catch (error) {
      throwBug(error);
    }
  }
}

/** A mail of an mbox: its place in the unpacked file. */
interface Piece {
  readonly spot: string;
  readonly start: number;
  readonly length: number;
}

function readOrNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}

function readPieces(file: string, pieces: readonly Piece[], take: (piece: Piece, bytes: Buffer) => void): void {
  const fd = openSync(file, "r");
  try {
    for (const piece of pieces) {
      const bytes = Buffer.allocUnsafe(piece.length);
      take(piece, bytes.subarray(0, readSync(fd, bytes, 0, piece.length, piece.start)));
    }
  } finally {
    closeSync(fd);
  }
}

async function readPackedPieces(file: string, pieces: readonly Piece[], take: (piece: Piece, bytes: Buffer) => void): Promise<void> {
  const waiting = [...pieces].sort((a, b) => b.start - a.start);
  let begun: Array<{ readonly piece: Piece; readonly parts: Buffer[] }> = [];
  let at = 0;
  for await (const chunk of unpackedChunks(file)) {
    const end = at + chunk.length;
    for (let next = waiting.at(-1); next && next.start < end; next = waiting.at(-1)) {
      begun.push({ piece: next, parts: [] });
      waiting.pop();
    }
    for (const { piece, parts } of begun) parts.push(chunk.subarray(Math.max(0, piece.start - at), piece.start + piece.length - at));
    at = end;
    begun = begun.filter(({ piece, parts }) => {
      if (piece.start + piece.length > end) return true;
      take(piece, Buffer.concat(parts));
      return false;
    });
    if (begun.length === 0 && waiting.length === 0) return;
  }
}

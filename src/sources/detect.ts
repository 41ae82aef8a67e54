/** What a path is, found out by looking and not by its name. */
import { closeSync, existsSync, openSync, readdirSync, readSync, statSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { findEpochs } from "./publicInbox";

export type SourceKind = "public-inbox" | "mbox" | "maildir" | "mail-folder" | "mail" | "index" | "digest" | "unknown" | "absent";

const probeBytes = 4096;

/** Looks at a path; never throws. */
export function detectSource(path: string): SourceKind {
  try {
    if (!existsSync(path)) return "absent";
    return statSync(path).isDirectory() ? detectFolder(path) : detectText(probe(path));
  } catch {
    return "unknown";
  }
}

function detectFolder(path: string): SourceKind {
  if (findEpochs(path).length > 0) return "public-inbox";
  if (existsSync(join(path, "cur")) && existsSync(join(path, "new"))) return "maildir";
  return readdirSync(path).some(isMailName) ? "mail-folder" : "unknown";
}

/** Names that single mails and saved patches have in folders of them. */
export function isMailName(name: string): boolean {
  return /\.(?:eml|patch|mbox|mbx|mail)(?:\.gz)?$/i.test(name);
}

/** The beginning of a file, unpacked. */
function probe(path: string): string {
  const fd = openSync(path, "r");
  try {
    const bytes = Buffer.alloc(probeBytes);
    const read = bytes.subarray(0, readSync(fd, bytes, 0, probeBytes, 0));
    if (!isGzip(read)) return read.toString("latin1");
    // What is packed and cannot be unpacked can only have been mail; who reads it says what is wrong.
    return gunzipBeginning(read) || "From nobody";
  } finally {
    closeSync(fd);
  }
}

/** Whether bytes begin as gzip does. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

function gunzipBeginning(bytes: Buffer): string {
  try {
    // An end that is missing is no fault here: only the beginning was read.
    return gunzipSync(bytes, { finishFlush: 2, maxOutputLength: 16 * 1024 * 1024 }).toString("latin1");
  } catch {
    return "";
  }
}

const headerLine =
  /^(?:from|to|subject|date|message-id|received|return-path|mime-version|delivered-to|x-[\w-]+|dkim-signature|list-id|references|in-reply-to|cc|content-type|reply-to|sender|authentication-results|arc-[\w-]+):/i;

function detectText(text: string): SourceKind {
  if (text.startsWith("SQLite format 3\0")) return "index";
  if (/^From [0-9a-f]+ to [0-9a-f]+|^From \S+ to \S+\n\n?\S.* mailing list update/.test(text)) return "digest";
  if (/^(?:\s*\n)?>?From \S+/.test(text) && !text.startsWith("From:")) return "mbox";
  return headerLine.test(text) ? "mail" : "unknown";
}

/** What a path is, found out by looking and not by its name. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { kindOfText, type FileKind } from "./fileKind";
import { holdsMail, isMaildir, isMailName } from "./mailFolder";
import { beginningOf } from "./packed";
import { findEpochs } from "./publicInbox";

export type SourceKind = "public-inbox" | "maildir" | "mail-folder" | "absent" | FileKind;

const probeBytes = 4096;

/** Looks at a path; never throws. */
export function detectSource(path: string): SourceKind {
  try {
    if (!existsSync(path)) return "absent";
    return statSync(path).isDirectory() ? detectFolder(path) : detectFile(path);
  } catch {
    return "unknown";
  }
}

function detectFolder(path: string): SourceKind {
  if (findEpochs(path).length > 0) return "public-inbox";
  if (isMaildir(path)) return "maildir";
  const names = readdirSync(path);
  if (names.some(isMailName)) return "mail-folder";
  // Digests and mails may have the same names; a folder with digests is one of them.
  if (names.some((name) => name.toLowerCase().endsWith(".txt") && detectSource(join(path, name)) === "digest")) return "unknown";
  return holdsMail(path) ? "mail-folder" : "unknown";
}

function detectFile(path: string): FileKind {
  const beginning = beginningOf(path, probeBytes);
  if (beginning === null) return "unknown";
  // What is packed and cannot be unpacked can only have been mail; who reads it says what is wrong.
  return beginning.length === 0 && statSync(path).size > 0 ? "mbox" : kindOfText(beginning.toString("latin1"));
}

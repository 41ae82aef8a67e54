/** Finds out by looking, not by the name, what kind of source a path is, and which files of a folder are mail. */
import { type Dirent, existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { type FileKind, kindOfText } from "./fileKind";
import { beginningOf } from "./packed";
import { findEpochs } from "./publicInbox";

export type SourceKind = "public-inbox" | "maildir" | "mail-folder" | "absent" | FileKind;

/** The kinds of sources with mail in plain files. */
export type MailFileKind = "mbox" | "maildir" | "mail-folder" | "mail";

/** The kinds of sources that hold mail. */
export type ArchiveKind = MailFileKind | "public-inbox";

/** Whether a kind of source consists of plain files. */
export function isMailFile(kind: string): kind is MailFileKind {
  return kind === "mbox" || kind === "maildir" || kind === "mail-folder" || kind === "mail";
}

/** Whether a kind of source holds mail. */
export function isArchiveKind(kind: string): kind is ArchiveKind {
  return kind === "public-inbox" || isMailFile(kind);
}

/** This many bytes of a file tell what it is. */
export const probeBytes = 4096;

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
  // Digests and mails may have the same names; a folder with digests in it is one of them.
  if (names.some((name) => name.toLowerCase().endsWith(".txt") && detectSource(join(path, name)) === "digest")) return "unknown";
  return holdsMail(path) ? "mail-folder" : "unknown";
}

function detectFile(path: string): FileKind {
  const beginning = beginningOf(path, probeBytes);
  if (beginning === null) return "unknown";
  // A packed file that cannot be unpacked can only have been mail; its reader says what is wrong.
  return beginning.length === 0 && statSync(path).size > 0 ? "mbox" : kindOfText(beginning.toString("latin1"));
}

// Folders of mail in plain files, in the layouts of mail programs: maildir, Maildir++, MH, and folders in folders.

/** How deep folders are searched; nobody keeps mail deeper. */
const mostLevels = 8;
/** How many files with other names are looked into before a folder counts as something other than mail. */
const mostProbed = 200;

/** Called with a folder that cannot be listed. */
export type Unlisted = (folder: string, error: unknown) => void;

/** Whether mail of a maildir stands directly in a folder: read mail, new mail, or both. */
function isMaildir(path: string): boolean {
  return existsSync(join(path, "cur")) || existsSync(join(path, "new"));
}

/** Names that single mails and saved patches have in folders. */
function isMailName(name: string): boolean {
  return /\.(?:eml|emlx|patch|mbox|mbx|mail)(?:\.(?:gz|xz|bz2|zst))?$/i.test(name);
}

/** Whether any file in a folder, or below it, is mail. */
function holdsMail(path: string): boolean {
  let probed = 0;
  for (const name of walkFolders(path, () => undefined)) {
    if (isMailName(name)) return true;
    if (++probed > mostProbed) return false;
    if (holdsMailOrDiff(join(path, name))) return true;
  }
  return false;
}

/**
 * The files of mail in a folder by their names relative to it, in the order of the names.
 *
 * @param most how many files are listed at most
 */
export function mailNames(path: string, most: number, unlisted: Unlisted = () => undefined): string[] {
  const names: string[] = [];
  for (const name of walkFolders(path, unlisted)) {
    if (names.length >= most) break;
    // All files of a maildir are mail; elsewhere files are looked into unless their names say that they are not mail.
    if (inMaildir.test(name) || isMailName(name) || holdsMailOrDiff(join(path, name))) names.push(name);
  }
  return names.sort();
}

const inMaildir = /(?:^|\/)(?:cur|new)\/[^/]+$/;

/** The files of a folder and of the folders below it, without hidden ones such as `.git`; Maildir++ hides its own folders. */
function* walkFolders(root: string, unlisted: Unlisted): Generator<string> {
  const open = [{ below: "", level: 0 }];
  for (let next = open.pop(); next; next = open.pop()) {
    const { below, level } = next;
    const folder = join(root, below);
    let entries: Dirent[];
    try {
      entries = readdirSync(folder, { withFileTypes: true });
    } catch (error) {
      // Half of a maildir is still a source.
      unlisted(folder, error);
      continue;
    }
    const holdsMaildir = entries.some((entry) => entry.isDirectory() && (entry.name === "cur" || entry.name === "new"));
    // A checkout is not mail, and looking into all of its files would take minutes; mail saved in it stands at its top.
    const isCheckout = entries.some(({ name }) => name === ".git");
    for (const entry of entries) {
      const name = below === "" ? entry.name : `${below}/${entry.name}`;
      if (entry.isDirectory()) {
        const isHidden = entry.name.startsWith(".") && !isMaildir(join(folder, entry.name));
        // Files in `tmp` are not yet delivered.
        if (!isCheckout && !isHidden && !(holdsMaildir && entry.name === "tmp") && level < mostLevels)
          open.push({ below: name, level: level + 1 });
      } else if (entry.isFile() && !entry.name.startsWith(".") && !(holdsMaildir && !inMaildir.test(name))) yield name;
    }
  }
}

function holdsMailOrDiff(file: string): boolean {
  try {
    const beginning = beginningOf(file, probeBytes);
    const kind = beginning === null ? "unknown" : kindOfText(beginning.toString("latin1"));
    return kind === "mail" || kind === "mbox" || kind === "diff";
  } catch {
    return false;
  }
}

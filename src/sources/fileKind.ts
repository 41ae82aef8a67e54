/** What a file is, told from its first bytes, and the sentence for one that cannot be read. */
import { basename } from "node:path";
import { errorCode, humanMessage } from "../core/humanError";
import { looksBinary } from "../core/mail/charset";

/** What can be in a file. */
export type FileKind = "mbox" | "mail" | "index" | "digest" | "diff" | "unknown";

/** Fields that a mail may begin with; after any other field two of a mail's own must follow. */
const headerLine =
  /^(?:from|to|subject|date|message-id|received|return-path|mime-version|delivered-to|x-[\w-]+|dkim-signature|list-id|references|in-reply-to|cc|content-type|reply-to|sender|authentication-results|arc-[\w-]+)[ \t]*:/i;
const anyField = /^[!-9;-~]{1,76}[ \t]*:/;
const ownFields = /^(?:from|subject|date|message-id)[ \t]*:/i;
/** Apple Mail puts the number of bytes above a mail. */
const byteCount = /^\d{1,9}\s*\n/;
const diffLine = /^(?:diff --git a\/|diff -\S* |Index: \S|--- \S.*\n\+\+\+ \S)/m;

/** @param text the beginning of a file, one character for each byte */
export function kindOfText(text: string): FileKind {
  const plain = text.startsWith("\xef\xbb\xbf") ? text.slice(3) : text;
  if (plain.startsWith("SQLite format 3\0")) return "index";
  if (/^From [0-9a-f]+ to [0-9a-f]+|^From \S+ to \S+\n\n?\S.* mailing list update/.test(plain)) return "digest";
  const start = plain.search(/\S/);
  if (start >= 0 && /^>?From \S+/.test(plain.slice(start, start + 200)) && isLineStart(plain, start)) return "mbox";
  const mail = byteCount.test(plain) ? plain.slice(plain.indexOf("\n") + 1) : plain;
  if (headerLine.test(mail) || hasOwnFields(mail)) return "mail";
  return diffLine.test(plain) ? "diff" : "unknown";
}

function isLineStart(text: string, at: number): boolean {
  return at === 0 || text[at - 1] === "\n";
}

/** Whether a header that begins with an unknown field also has two of a mail's own fields. */
function hasOwnFields(text: string): boolean {
  let found = 0;
  for (const line of text.slice(0, 4096).split("\n")) {
    if (/^[ \t]+\S/.test(line)) continue;
    if (!anyField.test(line)) break;
    if (ownFields.test(line)) found++;
  }
  return found >= 2;
}

// What an unreadable file is, and what to do with it. The files that people name by mistake are known by their first bytes.

const readable = "a digest, an mbox, a mail, or the folder of an archive";

/** Formats by the bytes they begin with. */
const foreignFormats: ReadonlyArray<readonly [bytes: string, what: string, todo: string]> = [
  ["\xfd7zXZ\0", "packed with xz", "unpack it, as in “xzcat FILE | kvm-series series -”"],
  ["BZh", "packed with bzip2", "unpack it, as in “bzcat FILE | kvm-series series -”"],
  ["\x28\xb5\x2f\xfd", "packed with zstd", "unpack it, as in “zstdcat FILE | kvm-series series -”"],
  ["\xd0\xcf\x11\xe0", "an Outlook message", "save it there as text or .eml, and give that file"],
  ["PK\x03\x04", "a zip archive", "unpack it and give what it contains"],
  ["# v2 git bundle", "a git bundle", "clone it with “git clone --bare FILE”, and give the clone"],
  ["# v3 git bundle", "a git bundle", "clone it with “git clone --bare FILE”, and give the clone"],
];

/** Where a tar archive has its mark. */
const tarMark = 257;
/** How far the description above a diff may reach. */
const largestHead = 16 * 1024;
/** This many bytes tell. */
export const beginningBytes = 1024;

/** What went wrong with reading a file or folder, as a sentence. */
export function unreadableSentence(error: unknown): string {
  const code = errorCode(error);
  if (code === "ENOENT") return "There is no such file or folder; check its name.";
  if (code === "EACCES" || code === "EPERM") return "You have no permission to read it; change its mode or choose another one.";
  if (code === "ENOTDIR") return "Part of the path is not a folder; check its name.";
  if (code === "ELOOP") return "The path has a loop of symbolic links; check where they lead.";
  return `It could not be read (${humanMessage(error)}).`;
}

/**
 * One sentence about diffs without mail headers above them, as quilt keeps them.
 *
 * @param files those of a folder; [] where the source is such a file itself
 */
export function bareDiffSentence(files: readonly string[]): string {
  const [first, ...more] = files.map((file) => basename(file));
  const what =
    first === undefined
      ? "This is a diff"
      : more.length === 0
        ? `${first} is a diff`
        : `${first} and ${more.length} more ${more.length === 1 ? "file" : "files"} are diffs`;
  return `${what} without mail headers. A series needs a subject and an author, as “git format-patch” writes them.`;
}

/** One sentence about a file that is neither a digest nor mail. */
export function unknownFileSentence(bytes: Uint8Array): string {
  const head = Buffer.from(bytes.subarray(0, largestHead)).toString("latin1");
  return (
    knownFileSentence(bytes) ??
    (kindOfText(head) === "diff" ? bareDiffSentence([]) : null) ??
    `This is neither a digest nor mail${looksBinary(bytes) ? ", but a binary file" : ""}; name ${readable}.`
  );
}

/** The same for a file that is known by its beginning; null for all others. */
export function knownFileSentence(bytes: Uint8Array): string | null {
  const head = Buffer.from(bytes.subarray(0, beginningBytes)).toString("latin1");
  const [, what, todo] = foreignFormats.find(([beginning]) => head.startsWith(beginning)) ?? [];
  if (what !== undefined && todo !== undefined) return `This is ${what}; ${todo}.`;
  if (head.startsWith("ustar", tarMark)) return "This is a tar archive; unpack it and give what it contains.";
  if (/^\s*<(?:!doctype html|html|\?xml)/i.test(head))
    return "This is a web page; fetch the thread as “t.mbox.gz” of its page on the list's server, or with “b4 mbox”.";
  return null;
}

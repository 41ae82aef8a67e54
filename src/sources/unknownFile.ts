/** What a file is that is none of what can be read, and what to do with it: what people name by mistake is known by its first bytes. */
import { basename } from "node:path";
import { looksBinary } from "../core/mail/charset";
import { kindOfText } from "./fileKind";

const readable = "a digest, an mbox, a mail, or the folder of an archive";

/** By the bytes they begin with. */
const packed: ReadonlyArray<readonly [bytes: string, what: string, todo: string]> = [
  ["\xfd7zXZ\0", "packed with xz", "unpack it, as in “xzcat FILE | kvm-series series -”"],
  ["BZh", "packed with bzip2", "unpack it, as in “bzcat FILE | kvm-series series -”"],
  ["\x28\xb5\x2f\xfd", "packed with zstd", "unpack it, as in “zstdcat FILE | kvm-series series -”"],
  ["\xd0\xcf\x11\xe0", "a message of Outlook in its own format", "save it there as text or .eml, and name that"],
  ["PK\x03\x04", "a zip archive", "unpack it and name what was in it"],
  ["# v2 git bundle", "a git bundle", "clone it with “git clone --bare FILE”, and name the clone"],
  ["# v3 git bundle", "a git bundle", "clone it with “git clone --bare FILE”, and name the clone"],
];

/** Where a tar archive says that it is one. */
const tarMark = 257;
/** How far a description may reach above a diff. */
const largestHead = 16 * 1024;
/** So many bytes tell. */
export const probed = 1024;

/**
 * One sentence about diffs that no mail headers stand above, as quilt keeps them.
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
  return `${what} without mail headers (no subject, no author), which make no series; give what “git format-patch” writes.`;
}

/** One sentence about a file that is neither a digest nor mail. */
export function unknownFileSentence(bytes: Uint8Array): string {
  const head = Buffer.from(bytes.subarray(0, largestHead)).toString("latin1");
  return (
    knownFileSentence(bytes) ??
    (kindOfText(head) === "diff" ? bareDiffSentence([]) : null) ??
    `This is neither a digest nor mail${looksBinary(bytes) ? ", and no text at all" : ""}; name ${readable}.`
  );
}

/** The same of one that is known by its beginning; null for all others. */
export function knownFileSentence(bytes: Uint8Array): string | null {
  const head = Buffer.from(bytes.subarray(0, probed)).toString("latin1");
  const [, what, todo] = packed.find(([beginning]) => head.startsWith(beginning)) ?? [];
  if (what !== undefined && todo !== undefined) return `This is ${what}; ${todo}.`;
  if (head.startsWith("ustar", tarMark)) return "This is a tar archive; unpack it and name what was in it.";
  if (/^\s*<(?:!doctype html|html|\?xml)/i.test(head))
    return "This is a web page; fetch the thread as “t.mbox.gz” of its page on the list's server, or by “b4 mbox”.";
  return null;
}

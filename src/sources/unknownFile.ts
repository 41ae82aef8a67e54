/** What a file is that is none of what can be read, and what to do with it: what people name by mistake is known by its first bytes. */
import { looksBinary } from "../core/mail/charset";

const readable = "a digest, an mbox, a mail, or the folder of an archive";

/** By the bytes they begin with. */
const packed: ReadonlyArray<readonly [bytes: string, what: string, todo: string]> = [
  ["\xfd7zXZ\0", "packed with xz", "unpack it, as in “xzcat FILE | kvm-series series -”"],
  ["BZh", "packed with bzip2", "unpack it, as in “bzcat FILE | kvm-series series -”"],
  ["\x28\xb5\x2f\xfd", "packed with zstd", "unpack it, as in “zstdcat FILE | kvm-series series -”"],
  ["PK\x03\x04", "a zip archive", "unpack it and name what was in it"],
  ["# v2 git bundle", "a git bundle", "clone it with “git clone --bare FILE”, and name the clone"],
  ["# v3 git bundle", "a git bundle", "clone it with “git clone --bare FILE”, and name the clone"],
];

/** Where a tar archive says that it is one. */
const tarMark = 257;
/** So many bytes tell. */
export const probed = 1024;

/** One sentence about a file that is neither a digest nor mail. */
export function unknownFileSentence(bytes: Uint8Array): string {
  return (
    knownFileSentence(bytes) ?? `This is neither a digest nor mail${looksBinary(bytes) ? ", and no text at all" : ""}; name ${readable}.`
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

/** The names of files as git prints them: in the headers of a diff, in a diffstat, quoted, with prefixes, dates and renames. */
import { closingQuote } from "../text";

/** What stands for the side of a file that does not exist. */
const nowhere = "/dev/null";
/** Prefixes that say which side a name is of; the last ones are what plain `diff -r` between two trees prints. */
const sidePrefix = /^(?:[abciow12]|old|new|orig|linux[^/]*)\//;
/** `2026-07-15 12:00:00.000000000 +0200` behind a name whose tab was lost, and svn's `(revision 12)`. */
const trailingStamp = /(?<!\s)\s+(?:\d{4}-\d\d-\d\d \d\d:\d\d.*|\((?:revision|working copy|nonexistent)[^)]*\))$/;

export interface SideNames {
  /** As written, with its prefix; null for a side that does not exist. */
  readonly old: string | null;
  readonly new: string | null;
}

/** The name on a `--- ` or `+++ ` line: unquoted, without a date, null for `/dev/null`. */
export function sideName(rest: string): string | null {
  const name = rest.startsWith('"') ? unquotePath(firstQuoted(rest)) : nameWithoutStamp(rest);
  return name === nowhere ? null : name;
}

function nameWithoutStamp(rest: string): string {
  const tab = rest.indexOf("\t");
  const name = tab < 0 ? rest : rest.slice(0, tab);
  const hasStamp = name.includes(" ") && name.length < longestName;
  return (hasStamp ? name.replace(trailingStamp, "") : name).trimEnd();
}

/** Names of files are far shorter; a longer line is not searched for a date. */
const longestName = 5000;

function firstQuoted(text: string): string {
  const end = closingQuote(text, 0);
  return end < 0 ? text : text.slice(0, end + 1);
}

/** The two names on a `diff --git` line, which may hold spaces; null where they cannot be told apart. */
export function gitLineNames(rest: string): { old: string; new: string } | null {
  if (rest.startsWith('"')) {
    const first = firstQuoted(rest);
    const second = rest.slice(first.length).trim();
    return second ? { old: unquotePath(first), new: unquotePath(second) } : null;
  }
  const quoted = rest.endsWith('"') ? rest.indexOf(' "') : -1;
  if (quoted > 0) return { old: rest.slice(0, quoted), new: unquotePath(rest.slice(quoted + 1)) };
  const line = rest.trimEnd();
  // A name that did not change stands twice, so the space between is in the middle.
  const middle = (line.length - 1) / 2;
  const halves = line[middle] === " " ? { old: line.slice(0, middle), new: line.slice(middle + 1) } : null;
  if (halves && withoutFirst(halves.old) === withoutFirst(halves.new)) return halves;
  const second = line.indexOf(" b/");
  const split = second > 0 ? second : line.indexOf(" ");
  return split > 0 ? { old: line.slice(0, split), new: line.slice(split + 1) } : null;
}

function withoutFirst(name: string): string {
  return name.slice(name.indexOf("/") + 1);
}

/** Takes the prefixes off. Trees compared under two names (`linux.orig/`, `linux/`) lose them too; names without stay whole. */
export function withoutPrefixes({ old: oldName, new: newName }: SideNames): SideNames {
  if (oldName === null || newName === null) return { old: stripSide(oldName), new: stripSide(newName) };
  if (oldName === newName) return { old: stripSide(oldName), new: stripSide(newName) };
  const oldTail = withoutFirst(oldName);
  if (oldTail !== oldName && oldTail === withoutFirst(newName)) return { old: oldTail, new: oldTail };
  return { old: stripSide(oldName), new: stripSide(newName) };
}

function stripSide(name: string | null): string | null {
  return name?.replace(sidePrefix, "") ?? null;
}

/** The names a diffstat prints: plain, quoted as C strings, or a rename `a/{b => c}/d`. */
export function parseDiffstatPath(printed: string): { path: string; oldPath?: string } {
  const text = printed.trim();
  const quoted = text.startsWith('"') ? closingQuote(text, 0) + 1 : 0;
  if (quoted > 0 && quoted === text.length) return { path: unquotePath(text) };
  const arrow = text.indexOf(" => ", quoted);
  if (arrow < 0) return { path: text };
  const open = quoted > 0 ? -1 : text.lastIndexOf("{", arrow);
  const close = text.indexOf("}", arrow);
  if (open < 0 || close < 0) return { path: unquotePath(text.slice(arrow + 4)), oldPath: unquotePath(text.slice(0, arrow)) };
  const head = text.slice(0, open);
  const tail = text.slice(close + 1);
  // An empty side leaves two slashes where git means one: `a/{ => b}/c`.
  const joined = (middle: string): string => head + (middle ? middle + tail : tail.replace(/^\//, ""));
  return { path: joined(text.slice(arrow + 4, close)), oldPath: joined(text.slice(open + 1, arrow)) };
}

const escapes: Readonly<Record<string, number>> = { a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13 };

/** Undoes git's quoting of unusual names: `"a\303\244\tb"`, octal bytes read as UTF-8. */
export function unquotePath(name: string): string {
  if (!name.startsWith('"') || !name.endsWith('"') || name.length < 2) return name;
  // A letter takes three bytes at most for each of its two halves.
  const bytes = new Uint8Array(name.length * 3);
  let length = 0;
  for (const [, octal, escaped, plain = ""] of name.slice(1, -1).matchAll(/\\([0-7]{3})|\\(.)|([^\\]+)/gs)) {
    if (octal !== undefined) bytes[length++] = parseInt(octal, 8) & 0xff;
    else if (escaped !== undefined) bytes[length++] = escapes[escaped] ?? escaped.charCodeAt(0);
    else length += encoder.encodeInto(plain, bytes.subarray(length)).written;
  }
  return new TextDecoder().decode(bytes.subarray(0, length));
}

const encoder = new TextEncoder();

/** File names as git writes them in the headers of a diff and in a diffstat: quoted, with prefixes, dates and renames. */
import { closingQuote } from "../text";

/** The name that git gives a side that does not exist. */
const nowhere = "/dev/null";
/** Prefixes that tell the sides apart; plain `diff -r` between two trees writes the last ones. */
const sidePrefix = /^(?:[abciow12]|old|new|orig|linux[^/]*)\//;
/** A date `2026-07-15 12:00:00.000000000 +0200` behind a name that lost its tab, and svn's `(revision 12)`. */
const trailingStamp = /(?<!\s)\s+(?:\d{4}-\d\d-\d\d \d\d:\d\d.*|\((?:revision|working copy|nonexistent)[^)]*\))$/;

export interface SideNames {
  /** Null for a side that does not exist. */
  readonly old: string | null;
  readonly new: string | null;
}

/** The name on a line `--- ` or `+++ `: unquoted, without a date, with its prefix; null for `/dev/null`. */
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

/** File names are far shorter; a longer line is not searched for a date. */
const longestName = 5000;

function firstQuoted(text: string): string {
  const end = closingQuote(text, 0);
  return end < 0 ? text : text.slice(0, end + 1);
}

/**
 * The names of both sides of a file, without their prefixes: those on the lines `---` and `+++`, else those on `diff --git`.
 *
 * @param written as `sideName` reads them; null where the diff has no such lines
 * @param gitNames what is written behind `diff --git`; null where there is no such line
 */
export function sideNames(written: SideNames | null, gitNames: string | null): SideNames {
  if (written?.old?.startsWith("a/") && written.new?.startsWith("b/")) return { old: written.old.slice(2), new: written.new.slice(2) };
  const both = gitNames === null ? null : splitGitNames(gitNames);
  if (!written) return both ? withoutPrefixes(both) : { old: null, new: null };
  const stripped = withoutPrefixes(both && (written.old === null || written.new === null) ? both : written);
  return { old: written.old === null ? null : stripped.old, new: written.new === null ? null : stripped.new };
}

/** The two names behind `diff --git`, which may hold spaces; null where nobody can tell where the second one begins. */
function splitGitNames(rest: string): { old: string; new: string } | null {
  if (rest.startsWith('"')) {
    const first = firstQuoted(rest);
    const second = rest.slice(first.length).trim();
    return second ? { old: unquotePath(first), new: unquotePath(second) } : null;
  }
  const quoted = rest.endsWith('"') ? rest.indexOf(' "') : -1;
  if (quoted > 0) return { old: rest.slice(0, quoted), new: unquotePath(rest.slice(quoted + 1)) };
  const line = rest.trimEnd();
  // A name that did not change is there twice, so the space between the two is in the middle.
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

/** Removes the prefixes, also the names of two trees that were compared (`linux.orig/`, `linux/`). Names without one stay whole. */
function withoutPrefixes({ old: oldName, new: newName }: SideNames): SideNames {
  if (oldName === null || newName === null) return { old: stripSide(oldName), new: stripSide(newName) };
  if (oldName === newName) return { old: stripSide(oldName), new: stripSide(newName) };
  const oldTail = withoutFirst(oldName);
  if (oldTail !== oldName && oldTail === withoutFirst(newName)) return { old: oldTail, new: oldTail };
  return { old: stripSide(oldName), new: stripSide(newName) };
}

function stripSide(name: string | null): string | null {
  return name?.replace(sidePrefix, "") ?? null;
}

/** Reads the name in a row of a diffstat: plain, quoted as a C string, or a rename `a/{b => c}/d`. */
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
  // Where one side is empty, git writes two slashes for one: `a/{ => b}/c`.
  const joined = (middle: string): string => head + (middle ? middle + tail : tail.replace(/^\//, ""));
  return { path: joined(text.slice(arrow + 4, close)), oldPath: joined(text.slice(open + 1, arrow)) };
}

const escapes: Readonly<Record<string, number>> = { a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13 };

/** Undoes git's quoting of unusual names: `"a\303\244\tb"`, octal bytes read as UTF-8. */
function unquotePath(name: string): string {
  if (!name.startsWith('"') || !name.endsWith('"') || name.length < 2) return name;
  // UTF-8 needs at most three bytes for each UTF-16 unit.
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

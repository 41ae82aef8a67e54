/** The names in a diff's headers: prefixes, quotes, dates behind them. */
import { closingQuote } from "../quoted";
import { unquotePath } from "./diffstat";

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
  const name = rest.startsWith('"') ? unquotePath(firstQuoted(rest)) : plainName(rest);
  return name === nowhere ? null : name;
}

function plainName(rest: string): string {
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

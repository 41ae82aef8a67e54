/**
 * The places that the report of a robot names: `arch/x86/kvm/x86.c:123:4: warning: ...`. A place counts only if the code in the
 * report is that line of the patch, because the tree that was built may have other line numbers.
 */
import { type LinePlace, type QuotableLines, quoteKey } from "./quotableLines";

export interface Report {
  /** The words for the place, and the code below them. */
  readonly text: string;
  readonly place: LinePlace | null;
}

const named = /^[\s>]{0,12}([\w.+-][\w./+-]{0,300}\.\w{1,8}):(\d{1,7})(?::\d{1,5})?:?\s/;
/** A line of code behind its number: `> 123  code` or `357 |   code`. */
const numbered = /^[\s>]{0,12}(\d{1,7})(?:[ \t]{0,6}\|)?[ \t](.{0,500})/;

/** How many reports of one mail are placed. */
const mostReports = 100;
/** How many lines of a report are shown. */
const mostShown = 12;

/** Whether a text names places as compilers do. */
export function namesPlaces(text: string): boolean {
  return text.split("\n").some((line) => line.length < 1000 && line.includes(":") && named.test(line));
}

/** Reads the places in the report of a robot. */
export function placeReports(text: string, patch: QuotableLines): Report[] {
  const lines = text.split("\n");
  const starts: Array<{ at: number; path: string; number: number }> = [];
  for (const [at, line] of lines.entries()) {
    const [, path = "", number = ""] = line.length < 1000 ? (named.exec(line) ?? []) : [];
    if (path !== "") starts.push({ at, path, number: Number(number) });
  }
  const code = codeByNumber(lines);
  const byPlace = newLines(patch);
  const reports = new Map<string, Report>();
  for (const [which, { at, path, number }] of starts.entries()) {
    if (reports.size >= mostReports) break;
    const end = Math.min(starts[which + 1]?.at ?? lines.length, at + mostShown);
    const said = lines.slice(at, end);
    const blank = said.findIndex((line) => line.trim() === "");
    const below = blank < 0 ? said : said.slice(0, blank);
    const shown = code.get(number) ?? quotedCode(below, number);
    const place = shown === undefined ? null : (byPlace.get(`${path}:${number}`)?.find(({ key }) => key === shown)?.place ?? null);
    const words = below.join("\n").trimEnd();
    if (!reports.has(words)) reports.set(words, { text: words, place });
  }
  return [...reports.values()];
}

/** The code that a report lists with its numbers. */
function codeByNumber(lines: readonly string[]): Map<number, string> {
  const code = new Map<number, string>();
  for (const line of lines) {
    const [, number = "", text = ""] = numbered.exec(line.slice(0, 600)) ?? [];
    if (number !== "" && !code.has(Number(number))) code.set(Number(number), quoteKey(text));
  }
  return code;
}

function quotedCode(below: readonly string[], number: number): string | undefined {
  return codeByNumber(below).get(number) ?? (below[1] === undefined ? undefined : quoteKey(below[1]));
}

interface NewLine {
  /** The line without its sign. */
  readonly key: string;
  readonly place: LinePlace;
}

/** The lines of the patched files, by path and number. */
function newLines({ lines }: QuotableLines): Map<string, NewLine[]> {
  const found = new Map<string, NewLine[]>();
  for (const { kind, key, bare, place } of lines) {
    if (kind !== "code" || !place || place.side === "old") continue;
    const at = `${place.path}:${place.number}`;
    const line = { key: bare ?? key, place };
    const known = found.get(at);
    if (known) known.push(line);
    else found.set(at, [line]);
  }
  return found;
}

/**
 * The classic digest of a list, both ways: `parseDigest` reads the text, `formatDigest` writes it.
 * The format is described byte by byte in docs/digest-format.md.
 */

export interface Tally {
  readonly count: number;
  /** A domain, or `Name <mail>`. */
  readonly name: string;
}

export interface DigestEntry {
  /** The whole subject, brackets included; a trailing space is kept. */
  readonly subject: string;
  /** The From header, names decoded. */
  readonly author: string;
  /** Lines joined by LF, without a final one. */
  readonly body: string;
}

export interface Digest {
  /** First commit of the range, excluded (nine hex digits), or a UTC date. */
  readonly from: string;
  /** Last commit of the range, included. */
  readonly to: string;
  /** The list as its readers call it: `KVM`. */
  readonly list: string;
  readonly domains: readonly Tally[];
  readonly contributors: readonly Tally[];
  /** Lines of the section "Patch list in this time period"; empty in classic digests. */
  readonly patchList: readonly string[];
  /** Newest mail first. */
  readonly entries: readonly DigestEntry[];
}

const domainsHeading = "Top 15 contributor Email domains (Based on Email Body)";
const contributorsHeading = "Top 15 contributors (Based on Email Body)";
const patchListHeading = "===== Patch list in this time period =====";
const entriesHeading = "===== Patch Commit Messages ====";
const separator = "-".repeat(70);
const entryMark = "New:  ";

/** Writes the classic text of a digest. */
export function formatDigest(digest: Digest): string {
  const lines = [
    `From ${digest.from} to ${digest.to}`,
    `${digest.list} mailing list update from ${digest.from} to ${digest.to}`,
    "",
    domainsHeading,
    "",
    ...digest.domains.map(({ count, name }) => `${String(count).padStart(7)} ${name}`),
    "",
    contributorsHeading,
    "",
    ...digest.contributors.map(({ count, name }) => `${String(count).padStart(7)}  ${name}`),
    "",
    patchListHeading,
    "",
    ...digest.patchList,
    "",
    entriesHeading,
    "",
  ];
  for (const { subject, author, body } of digest.entries) {
    lines.push(entryMark + withoutBrackets(subject), subject, `Author: ${author}`, "");
    if (body) lines.push(body);
    lines.push("", separator, "");
  }
  return lines.join("\n") + "\n";
}

/** The subject without its first bracket group and the one space after it: what stands behind `New:  `. */
function withoutBrackets(subject: string): string {
  return subject.replace(/^\[[^\]]*\] ?/, "");
}

/**
 * Reads a digest. Never throws: what cannot be read is said in `problems`, each one sentence for a person,
 * and what can be read is in `digest`; that is null only where the text is no digest at all.
 */
export function parseDigest(text: string): { digest: Digest | null; problems: string[] } {
  const problems: string[] = [];
  const clean = withoutCarriageReturns(text.replace(/^\uFEFF/, ""));
  if (!clean.trim()) return { digest: null, problems: ["The file is empty, so there is no digest in it."] };
  const title = findTitle(clean);
  const range = /^\s*From (\S+) to (\S+)[^\S\n]*\n/.exec(clean);
  if (!title && !range) {
    return { digest: null, problems: ["This is not a digest: its first line should read “From A to B”."] };
  }
  if (!title || !range) problems.push("The two lines that open a digest are incomplete, so its range may be wrong.");
  const entriesAt = findLine(clean, entriesHeading, 0);
  const head = clean.slice(0, entriesAt ?? clean.length);
  if (entriesAt === null) problems.push(`The digest ends before “${entriesHeading}”, so it has no entries.`);
  const digest: Digest = {
    from: range?.[1] ?? title?.from ?? "",
    to: range?.[2] ?? title?.to ?? "",
    list: title?.list ?? "",
    domains: parseTallies(section(head, domainsHeading, contributorsHeading)),
    contributors: parseTallies(section(head, contributorsHeading, patchListHeading)),
    patchList: patchListOf(head),
    entries: entriesAt === null ? [] : parseEntries(clean, entriesAt + entriesHeading.length + 1, problems),
  };
  return { digest, problems };
}

/** Far below the first lines an `update from` belongs to a mail. */
const titleWithin = 2000;

/** `KVM mailing list update from A to B`, wherever it stands in the first lines. */
function findTitle(text: string): { list: string; from: string; to: string } | null {
  const words = " mailing list update from ";
  for (let at = text.indexOf(words); at >= 0 && at < titleWithin; at = text.indexOf(words, at + 1)) {
    const line = text.slice(at + words.length, at + words.length + titleWithin).split("\n", 1)[0] ?? "";
    const match = /^(\S+) to (\S+)\s*$/.exec(line);
    if (match) return { list: text.slice(text.lastIndexOf("\n", at) + 1, at), from: match[1] ?? "", to: match[2] ?? "" };
  }
  return null;
}

/**
 * A file whose first line ends in CR LF was written on Windows or changed on its way. In any other file a CR belongs to the
 * mail it stands in and is kept, so that the file can be written again as it was.
 */
function withoutCarriageReturns(text: string): string {
  return text[text.indexOf("\n") - 1] === "\r" ? text.replaceAll("\r\n", "\n") : text;
}

/** Where a line with exactly this text begins, from an offset on; null where there is none. */
function findLine(text: string, line: string, from: number): number | null {
  for (let at = text.indexOf(line, from); at >= 0; at = text.indexOf(line, at + 1)) {
    const end = at + line.length;
    if ((at === 0 || text[at - 1] === "\n") && (end === text.length || text[end] === "\n")) return at;
  }
  return null;
}

function section(head: string, heading: string, next: string): string {
  const start = findLine(head, heading, 0);
  if (start === null) return "";
  const body = start + heading.length;
  return head.slice(body, findLine(head, next, body) ?? head.length);
}

function parseTallies(text: string): Tally[] {
  return text.split("\n").flatMap((line) => {
    const match = /^ *(\d+) {1,2}(.*)$/s.exec(line);
    return match ? [{ count: Number(match[1]), name: match[2] ?? "" }] : [];
  });
}

function patchListOf(head: string): string[] {
  const start = findLine(head, patchListHeading, 0);
  if (start === null) return [];
  const lines = head.slice(start + patchListHeading.length + 1).split("\n");
  // One blank line stands after the heading and one before the next heading; the last element is the rest after its LF.
  return lines.slice(1, -2);
}

function parseEntries(text: string, from: number, problems: string[]): DigestEntry[] {
  const entries: DigestEntry[] = [];
  let at = skipBlankLines(text, from);
  while (at < text.length) {
    if (!text.startsWith(entryMark, at)) {
      const next = text.indexOf(`\n${entryMark}`, at);
      const lost = firstLine(text.slice(at, next < 0 ? text.length : next));
      problems.push(`Lines that belong to no entry were skipped, beginning with “${lost}”.`);
      if (next < 0) break;
      at = next + 1;
    }
    const end = endOfEntry(text, at);
    const entry = parseEntry(text.slice(at, end.bodyEnd));
    if (entry) entries.push(entry);
    const name = firstLine(entry?.subject ?? text.slice(at + entryMark.length, end.bodyEnd));
    if (end.truncated) problems.push(`The digest ends in the middle of the entry “${name}”; what is there was read.`);
    else if (!entry) problems.push(`The entry “${name}” has no subject and author, so it was skipped.`);
    at = skipBlankLines(text, end.next);
  }
  return entries;
}

/** An entry ends at blank, dashes, blank, followed by the next entry or the end; dashes elsewhere are body. */
function endOfEntry(text: string, from: number): { bodyEnd: number; next: number; truncated: boolean } {
  const mark = `\n\n${separator}\n`;
  for (let at = text.indexOf(mark, from); at >= 0; at = text.indexOf(mark, at + 1)) {
    const next = at + mark.length;
    if (text.startsWith(`\n${entryMark}`, next)) return { bodyEnd: at, next: next + 1, truncated: false };
    if (skipBlankLines(text, next) >= text.length) return { bodyEnd: at, next: text.length, truncated: false };
  }
  // The last separator of a file whose final line ends were trimmed is still an end.
  if (text.endsWith(`\n\n${separator}`)) return { bodyEnd: text.length - separator.length - 2, next: text.length, truncated: false };
  return { bodyEnd: text.length, next: text.length, truncated: true };
}

function parseEntry(text: string): DigestEntry | null {
  const lines = /^New: {2}[^\n]*\n([^\n]*)\nAuthor: ([^\n]*)(?:\n\n?|$)/.exec(text);
  if (!lines) return null;
  return { subject: lines[1] ?? "", author: lines[2] ?? "", body: text.slice(lines[0].length) };
}

function skipBlankLines(text: string, from: number): number {
  let at = from;
  while (text[at] === "\n") at++;
  return at;
}

function firstLine(text: string): string {
  return (text.split("\n", 1)[0] ?? "").trim().slice(0, 80);
}

/**
 * Corrections by hand: which postings are one series and which are not. They are kept in a small text file keyed by Message-ID
 * that can be read, edited, merged and committed, and that means the same for every archive with these mails:
 *
 *     # v2 was renamed.
 *     join <20260301101500.1-1-alex@example.org> <20260314093000.1-1-alex@example.org>
 *     split <20260301101500.1-1-alex@example.org> <20260402080000.7-1-alex@example.org>
 *
 * A posting that only a digest tells of has no Message-ID; `correctionName` makes a name for it that stands in the same place.
 */
import { versionLabel } from "../mail/subject";
import type { Problem, Revision } from "../series/series";
import { seriesId, type Sha256 } from "./posting";

export interface Correction {
  /** `join`: the postings of these mails are revisions of one series; `split`: they belong to different series. */
  readonly kind: "join" | "split";
  /** Without angle brackets; see `correctionName`. */
  readonly first: string;
  readonly second: string;
}

/** A line of the file: a correction, or text that is kept as it is (comments, blank lines, lines that were not understood). */
type CorrectionLine = { readonly correction: Correction; readonly comment: string } | { readonly text: string };

export interface CorrectionsFile {
  readonly lines: readonly CorrectionLine[];
  /** Corrections that are in effect: if two contradict each other, the later one. */
  readonly corrections: readonly Correction[];
  readonly problems: readonly Problem[];
}

/** No mail comes from such a host (RFC 2606), so no Message-ID can be taken for the name of a digest's posting. */
const digestHost = "@digest.invalid";

/**
 * The name of a revision in corrections: the Message-ID of its first mail. A digest prints none, so there the name is the version
 * and the id that the revision alone would have as a series, as in `v2-0123456789ab@digest.invalid`, because all versions under
 * one title share that id.
 */
export function correctionName(revision: Revision, sha256: Sha256): string {
  const { messageId, version, point = 0, rfc, resend } = revision;
  if (messageId !== null) return messageId;
  const words = [versionLabel(version, point), ...(rfc ? ["rfc"] : []), ...(resend ? ["resend"] : [])];
  return `${words.join("-")}-${seriesId(revision, sha256)}${digestHost}`;
}

/** Whether a correction means a posting that only a digest tells of. */
export function namesDigestPosting({ first, second }: Correction): boolean {
  return first.endsWith(digestHost) || second.endsWith(digestHost);
}

const correctionLine = /^\s*(join|split)\s+<?([^\s<>@]+@[^\s<>]+)>?\s+<?([^\s<>@]+@[^\s<>#]+)>?\s*(#.*)?$/;
/** Characters of a line, enough for the two longest Message-IDs and a comment. */
const longestLine = 4000;
/** How many lines are read; no team corrects more by hand. */
const mostLines = 100_000;

/** Reads the file. Never fails: a line that is not understood is kept as it is, and reported as a problem. */
export function parseCorrections(text: string, source: string): CorrectionsFile {
  const problems: Problem[] = [];
  const rows = text.split(/\r?\n/);
  if (rows.at(-1) === "") rows.pop();
  if (rows.length > mostLines) problems.push({ source, message: `It has more than ${mostLines} lines; the rest is not read.` });
  const lines = rows.slice(0, mostLines).map((row, at): CorrectionLine => {
    const match = row.length > longestLine ? null : correctionLine.exec(row);
    const [, kind, first = "", second = "", comment = ""] = match ?? [];
    if ((kind === "join" || kind === "split") && first !== second) return { correction: { kind, first, second }, comment };
    if (row.trim() !== "" && !row.trim().startsWith("#")) {
      problems.push({ source, message: `Line ${at + 1} is not a correction and has no effect: ${row.trim().slice(0, 100)}` });
    }
    return { text: row };
  });
  const { corrections, conflicts } = withoutConflicts(lines.flatMap((line) => ("correction" in line ? [line.correction] : [])));
  return { lines, corrections, problems: [...problems, ...conflicts.map((message) => ({ source, message }))] };
}

/** Prints the file; lines that were read stay as they were, except for the spaces of a correction. */
export function printCorrections(lines: readonly CorrectionLine[]): string {
  return lines.map((line) => `${"correction" in line ? printLine(line.correction, line.comment) : line.text}\n`).join("");
}

function printLine({ kind, first, second }: Correction, comment: string): string {
  return `${kind} <${first}> <${second}>${comment ? ` ${comment}` : ""}`;
}

/**
 * Adds a correction, which replaces one about the same two mails.
 *
 * @param comment for readers of the file, beginning with `#`; "" for none
 */
export function addCorrection(lines: readonly CorrectionLine[], correction: Correction, comment = ""): CorrectionLine[] {
  return [...removeCorrection(lines, correction), { correction, comment }];
}

/** Removes the correction about two mails, in whatever order they are named. */
export function removeCorrection(
  lines: readonly CorrectionLine[],
  { first, second }: Pick<Correction, "first" | "second">,
): CorrectionLine[] {
  const pair = pairKey(first, second);
  return lines.filter((line) => !("correction" in line) || pairKey(line.correction.first, line.correction.second) !== pair);
}

function pairKey(first: string, second: string): string {
  return first < second ? `${first} ${second}` : `${second} ${first}`;
}

/** Drops corrections that a later line contradicts, and splits of what the joins make one series. */
function withoutConflicts(all: readonly Correction[]): { corrections: Correction[]; conflicts: string[] } {
  const conflicts: string[] = [];
  const byPair = new Map<string, Correction>();
  for (const correction of all) {
    const pair = pairKey(correction.first, correction.second);
    const before = byPair.get(pair);
    if (before && before.kind !== correction.kind) {
      conflicts.push(
        `<${correction.first}> and <${correction.second}> are both joined and split; the later line counts (${correction.kind}).`,
      );
    }
    byPair.delete(pair);
    byPair.set(pair, correction);
  }
  const joined = new JoinedIds();
  for (const { kind, first, second } of byPair.values()) if (kind === "join") joined.join(first, second);
  const corrections = [...byPair.values()].filter(({ kind, first, second }) => {
    if (kind === "join" || joined.nameOf(first) !== joined.nameOf(second)) return true;
    conflicts.push(`<${first}> and <${second}> are split but joined through other lines; the split has no effect.`);
    return false;
  });
  return { corrections, conflicts };
}

/** Ids in groups. */
class JoinedIds {
  readonly #parents = new Map<string, string>();

  nameOf(id: string): string {
    let name = id;
    for (let next = this.#parents.get(name); next !== undefined; next = this.#parents.get(name)) name = next;
    // Shortens the way for the next call; otherwise joins of one id after another would make a chain of all of them.
    for (let at = id; at !== name;) {
      const next = this.#parents.get(at) ?? name;
      this.#parents.set(at, name);
      at = next;
    }
    return name;
  }

  join(a: string, b: string): void {
    const [first, second] = [this.nameOf(a), this.nameOf(b)];
    if (first !== second) this.#parents.set(first, second);
  }
}

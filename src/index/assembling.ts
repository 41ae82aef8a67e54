/**
 * Assembles a component (mails that may stand in one series) to its series, its size, and the paths and lines that its newest
 * revisions touch.
 */
import type { DatabaseSync } from "node:sqlite";
import { assembleMails, type UnplacedMail, type UnusedDiff, unusedDiffs } from "../core/postings/assembleMails";
import { assembleSeries, type SubsystemOf } from "../core/postings/assembleSeries";
import type { Correction } from "../core/postings/corrections";
import { threadIds, workKeys } from "../core/postings/linkKeys";
import type { MailFacts } from "../core/postings/mailFacts";
import { lastSent, newestRevision, type Series } from "../core/series/series";
import { type PathTouch, revisionTouches } from "../core/series/touches";
import { idHash, keyHash, sha256 } from "./hashes";

/** The link keys of a mail as the index keeps them. */
export function hashedKeys(facts: MailFacts): number[] {
  const keys = threadIds(facts).map(idHash);
  for (const key of workKeys(facts)) keys.push(keyHash(key));
  return keys;
}

/** The contents of a component. */
export interface Assembled {
  readonly series: readonly Series[];
  readonly unplaced: readonly UnplacedMail[];
  readonly untaken: readonly UnusedDiff[];
}

/** Assembles the mails of one component; their order does not matter. */
export function assembleComponent(facts: readonly MailFacts[]): Assembled {
  // The subsystem depends on the user's rules and on the open trees, so it is set when series are read.
  return assembleComponents([facts], noSubsystem, []);
}

function noSubsystem(): string {
  return "";
}

/** Assembles several components together, as corrections may join them. */
export function assembleComponents(
  components: ReadonlyArray<readonly MailFacts[]>,
  subsystemOf: SubsystemOf,
  corrections: readonly Correction[],
): Assembled {
  const facts = components.length === 1 ? (components[0] ?? []) : components.flat();
  const { postings, unplaced } = assembleMails(facts);
  const series = postings.length === 0 ? [] : assembleSeries(postings, sha256, subsystemOf, corrections);
  return { series, unplaced, untaken: unusedDiffs(facts, postings) };
}

// How much an index holds. It is kept up to date with each component, since counting a large index takes long.

export interface IndexCounts {
  readonly mails: number;
  readonly patches: number;
  readonly revisions: number;
  readonly series: number;
  /** Mails with a diff that is in no series, see `unusedDiffs`. */
  readonly untaken: number;
}

export const noCounts: IndexCounts = { mails: 0, patches: 0, revisions: 0, series: 0, untaken: 0 };

/** The size of one component. A mail read on several lists is one mail. */
export function countComponent(facts: readonly MailFacts[], { series, untaken }: Assembled): IndexCounts {
  let [patches, revisions] = [0, 0];
  for (const one of series) {
    revisions += one.revisions.length;
    for (const revision of one.revisions) {
      // Patches known only by their titles, and patches lent by an earlier revision, were not sent with this one.
      for (const { messageId, carriedFrom } of revision.patches) if (messageId !== null && carriedFrom === undefined) patches++;
    }
  }
  let mails = new Set(facts.map(({ messageId }) => messageId)).size;
  // Mails that share an id are told apart by their contents.
  if (mails < facts.length) mails = new Set(facts.map(({ messageId, fingerprint }) => `${messageId} ${fingerprint}`)).size;
  return { mails, patches, revisions, series: series.length, untaken: untaken.length };
}

export function addCounts(a: IndexCounts, b: IndexCounts, sign: 1 | -1 = 1): IndexCounts {
  return {
    mails: a.mails + sign * b.mails,
    patches: a.patches + sign * b.patches,
    revisions: a.revisions + sign * b.revisions,
    series: a.series + sign * b.series,
    untaken: a.untaken + sign * b.untaken,
  };
}

export function readCounts(db: DatabaseSync): IndexCounts {
  const value = db.prepare("SELECT value FROM meta WHERE key = 'counts'").get()?.["value"];
  return typeof value === "string" ? (JSON.parse(value) as IndexCounts) : noCounts;
}

export function storeCounts(db: DatabaseSync, counts: IndexCounts): void {
  db.prepare("INSERT OR REPLACE INTO meta VALUES ('counts', ?)").run(JSON.stringify(counts));
}

// The paths that the newest revision of a series touches, and where: these rows answer questions for a path and a line.

/** The stored hunks of one path in one series: patch index and line ranges, flat. */
export interface TouchRow {
  readonly path: string;
  /** The date of the series' newest revision, in seconds. */
  readonly date: number;
  readonly series: number;
  readonly info: Uint8Array;
}

/** The contents of a row. */
interface TouchInfo {
  /** Indexes of the patches that touch the path, ascending. */
  readonly patches: number[];
  /** First and last lines of the file before the patches, ascending; [] if the hunks are unknown. */
  readonly lines: Array<readonly [number, number]>;
}

/** Twelve hex digits as a number, which SQLite stores in six bytes. */
export function seriesNumber(id: string): number {
  return parseInt(id.slice(0, 12), 16);
}

/** The date of a series' newest revision in seconds; 0 without one. */
export function seriesDate(series: Series): number {
  const date = lastSent(series);
  return date === null ? 0 : Math.floor(Date.parse(date) / 1000);
}

/** The rows of a series. */
export function touchRows(series: Series): TouchRow[] {
  const [date, number] = [seriesDate(series), seriesNumber(series.id)];
  return [...revisionTouches(newestRevision(series))].map(([path, touch]) => ({ path, date, series: number, info: packInfo(touch) }));
}

function packInfo({ patches, lines }: PathTouch): Uint8Array {
  const bytes: number[] = [];
  const push = (number: number): void => {
    for (let rest = number; ; rest = Math.floor(rest / 128)) {
      if (rest < 128) return void bytes.push(rest);
      bytes.push((rest % 128) | 0x80);
    }
  };
  push(patches.length);
  let before = 0;
  for (const patch of patches) {
    push(patch - before);
    before = patch;
  }
  before = 0;
  for (const [start, end] of lines) {
    push(start - before);
    push(end - start);
    before = start;
  }
  return Uint8Array.from(bytes);
}

/** Reads a row's info. */
export function readInfo(info: Uint8Array): TouchInfo {
  let at = 0;
  const next = (): number => {
    let number = 0;
    for (let scale = 1; at < info.length; scale *= 128) {
      const byte = info[at++] ?? 0;
      number += (byte & 0x7f) * scale;
      if (byte < 0x80) break;
    }
    return number;
  };
  const patches: number[] = [];
  for (let left = next(), before = 0; left > 0; left--) patches.push((before += next()));
  const lines: Array<readonly [number, number]> = [];
  for (let start = 0; at < info.length;) {
    start += next();
    lines.push([start, start + next()]);
  }
  return { patches, lines };
}

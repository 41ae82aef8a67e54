/** How much an index holds: kept up to date with each component, since counting a large one takes long. */
import type { DatabaseSync } from "node:sqlite";
import type { Assembled } from "./assembling";
import type { MailFacts } from "../core/assembly/mailFacts";

export interface IndexCounts {
  readonly mails: number;
  readonly patches: number;
  readonly revisions: number;
  readonly series: number;
  /** Mails with a diff that is in no series, see untaken.ts. */
  readonly untaken: number;
}

export const noCounts: IndexCounts = { mails: 0, patches: 0, revisions: 0, series: 0, untaken: 0 };

/** What one component holds. A mail read on several lists is one mail. */
export function countComponent(facts: readonly MailFacts[], { series, untaken }: Assembled): IndexCounts {
  let [patches, revisions] = [0, 0];
  for (const one of series) {
    revisions += one.revisions.length;
    for (const revision of one.revisions) {
      // Neither those known only by their titles nor those an earlier revision lends were sent with this one.
      for (const { messageId, carriedFrom } of revision.patches) if (messageId !== null && carriedFrom === undefined) patches++;
    }
  }
  let mails = new Set(facts.map(({ messageId }) => messageId)).size;
  // Mails that share an id are told apart by what they say, where there are any.
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

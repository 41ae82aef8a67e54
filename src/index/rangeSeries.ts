/** The series a digest of some ranges tells of. */
import type { MailRange } from "../core/digest/digestOfMails";
import { withTexts } from "../core/series/loadedRevision";
import { readMail } from "../core/mail/mail";
import { newestFirst, type Series } from "../core/series/series";
import { seriesInRange } from "../core/series/seriesInRange";

/** What is asked of whoever holds the series and the mails. */
export interface SeriesOfMails {
  find(messageId: string): Series | undefined;
  mails(messageIds: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>>;
}

/** The series of which something was posted in ranges, as they were at the end, with the letters that tell what changed. */
export async function seriesOfRanges(ranges: readonly MailRange[], held: SeriesOfMails): Promise<Series[]> {
  const ids = new Set(ranges.flatMap(({ mails }) => mails.flatMap(({ messageId }) => (messageId === null ? [] : [messageId]))));
  const found = new Map<string, Series>();
  for (const messageId of ids) {
    const series = held.find(messageId);
    if (series) found.set(series.id, series);
  }
  const posted = seriesInRange([...found.values()], ids).sort(newestFirst);
  const letters = posted.flatMap(({ revisions }) => revisions.at(-1)?.messageId ?? []);
  const mails = new Map([...(await held.mails(letters))].map(([id, bytes]) => [id, readMail(bytes)]));
  return posted.map((series) => ({ ...series, revisions: series.revisions.map((revision) => withTexts(revision, mails)) }));
}

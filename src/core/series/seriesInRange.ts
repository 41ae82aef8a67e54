/** The series of an archive as they were at the end of a range of its mails. */
import { newestRevision, type Revision, type Series } from "./series";

/**
 * The series of which something was posted in a range, each without what was posted later, so that the same range gives the
 * same digest however old it is.
 *
 * @param messageIds of the mails of the range
 */
export function seriesInRange(all: readonly Series[], messageIds: ReadonlySet<string>): Series[] {
  return all.flatMap((series) => {
    const last = series.revisions.findLastIndex((revision) => mailIds(revision).some((id) => messageIds.has(id)));
    if (last < 0) return [];
    if (last === series.revisions.length - 1) return [series];
    const revisions = series.revisions.slice(0, last + 1);
    const links = series.links.filter(({ from, to }) => from <= last && to <= last);
    return [{ ...series, title: newestRevision({ ...series, revisions }).title, revisions, links }];
  });
}

function mailIds({ cover, messageId, patches, posted }: Revision): string[] {
  const ids = [messageId, cover?.messageId ?? null, ...patches.map((patch) => patch.messageId), ...(posted?.replaced ?? [])];
  return ids.filter((id) => id !== null);
}

/** From an id a person or a page remembers to the series it means. */
import type { Revision, Series } from "./series";

/**
 * The series with an id, a former id, or any Message-ID in it, with or without angle brackets. A mail that stands in a series
 * counts for more than one that is only cited by it, which may have been split off by hand.
 */
export function findSeries(series: readonly Series[], wanted: string): Series | undefined {
  const id = wanted.trim().replace(/^<|>$/g, "");
  return (
    series.find((one) => one.id === id) ??
    (id.includes("@") ? series.find(({ revisions }) => revisions.some((revision) => holds(revision, id))) : undefined) ??
    series.find(({ aliases }) => aliases.includes(id))
  );
}

/** Whether a mail is the cover letter, a patch, or an answer to a revision. */
function holds({ messageId, cover, patches, posted }: Revision, id: string): boolean {
  return (
    messageId === id ||
    cover?.messageId === id ||
    patches.some((patch) => patch.messageId === id) ||
    (posted?.replies.some((reply) => reply.messageId === id) ?? false)
  );
}

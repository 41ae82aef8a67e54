/** The address of a mail, patch or series in the list's archive, and the b4 command that fetches it. */
import { leadMessageId, newestRevision, type Patch, type Revision, type Series } from "../core/series/series";

/** A link to a revision, or to one patch of it, in the list's archive: by Message-ID, else a search for its title. */
export function archiveUrl(series: Series, revision: Revision, patch: Patch | null, listUrl: string): string {
  if (!patch) return seriesUrl({ ...series, revisions: [revision] }, listUrl);
  return patch.messageId === null ? searchUrl(patch, listUrl) : mailUrl(patch.messageId, listUrl);
}

/**
 * The command that fetches a revision with b4; null when no Message-ID is known.
 * A digest has no Message-IDs. Then b4 gets an earlier posting that a changelog names, and looks for newer ones.
 */
export function b4Command(series: Series, revision: Revision = newestRevision(series)): string | null {
  const messageId = leadMessageId(revision);
  if (messageId !== null) return `b4 am ${shellWord(messageId)}`;
  const earlier = series.elsewhere.at(-1);
  return earlier ? `b4 am --check-newer-revisions ${shellWord(earlier.messageId)}` : null;
}

function shellWord(text: string): string {
  return /^[\w.@+=/-]+$/.test(text) && !text.startsWith("-") ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** The address of a mail in a list's archive. */
export function mailUrl(messageId: string, listUrl: string): string {
  return `${listUrl.replace(/(?<!\/)\/*$/, "/")}${encodeURIComponent(messageId)}/`;
}

/** The address of a series in a list's archive: by Message-ID, else a search for its title and author. */
export function seriesUrl(series: Series, listUrl: string): string {
  const revision = newestRevision(series);
  const messageId = leadMessageId(revision);
  return messageId === null ? searchUrl(revision, listUrl) : mailUrl(messageId, listUrl);
}

/** A search for a title and its author in a list's archive. */
function searchUrl({ title, author }: Pick<Revision, "title" | "author">, listUrl: string): string {
  const words = `s:"${title.replace(/["\\]/g, " ")}"${author.email ? ` f:${author.email}` : ""}`;
  return `${listUrl.replace(/(?<!\/)\/*$/, "/")}?q=${encodeURIComponent(words)}`;
}

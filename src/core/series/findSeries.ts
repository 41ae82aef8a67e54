/** Which of the known series are meant: by an id or a link, by words that are typed, or by a range of mails. */
import { formatAuthor } from "../mail/author";
import { newestRevision, type Revision, type Series } from "./series";

/**
 * The series with an id, a former id, or any Message-ID in it, with or without angle brackets. A mail that stands in a series
 * counts for more than one that is only cited by it, which may have been split off by hand.
 */
export function findSeries(series: readonly Series[], wanted: string): Series | undefined {
  const id = wanted.trim().replace(/^<|>$/g, "");
  return (
    series.find((one) => one.id === id) ??
    (id.includes("@") ? series.find(({ revisions }) => revisions.some((revision) => holdsMail(revision, id))) : undefined) ??
    series.find(({ aliases }) => aliases.includes(id))
  );
}

/** Whether a mail is the cover letter, a patch, or an answer to a revision. */
function holdsMail({ messageId, cover, patches, posted }: Revision, id: string): boolean {
  return (
    messageId === id ||
    cover?.messageId === id ||
    patches.some((patch) => patch.messageId === id) ||
    (posted?.replies.some((reply) => reply.messageId === id) ?? false)
  );
}

// An id as a person has it at hand: from a list, a mail's header, a page of the list's archive, or another tool.

/** Nothing that names a mail is longer. */
const longestId = 2000;

/**
 * What a text may mean by an id, the likeliest first: a series' id, a Message-ID without its brackets. Links are read whatever
 * server they lead to, since a mail's own server may be anybody's; a Message-ID may hold a slash itself, so the whole text comes first.
 */
export function idsMeant(text: string): string[] {
  const whole = withoutLabel(text.slice(0, longestId).trim());
  const parts = whole.split(/[\s/?#&=]+/).filter((part) => part.includes("@") || part.includes("%"));
  const candidates = [whole, ...parts].flatMap((part) => [withoutBrackets(part), withoutBrackets(percentDecoded(part))]);
  return [...new Set(candidates)].filter((one) => one !== "");
}

/** `Message-ID: <...>`, `id:...` and `mid:...`, as headers and other tools have it. */
function withoutLabel(text: string): string {
  return text.replace(/^(?:message-id|in-reply-to|link|url|id|mid|m):\s*(?=\S)/i, "");
}

function withoutBrackets(text: string): string {
  const inside = /^<([^<>]*)>[.,;]?$/.exec(text)?.[1] ?? text.replace(/^[<("“]+/, "").replace(/[>)"”.,;:]{1,8}$/, "");
  return /^[0-9a-f]{1,12}$/i.test(inside) ? inside.toLowerCase() : inside;
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

// Narrowing a list of series by words a person types.

/** Whether every word of a filter occurs in what people know a series by; case does not matter. */
export function matchesFilter(series: Series, filter: string): boolean {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return true;
  const revision = newestRevision(series);
  const titles = revision.patches.map(({ title }) => title);
  const text = [series.title, series.subsystem, formatAuthor(revision.author), ...titles, ...revision.files].join("\n").toLowerCase();
  return words.every((word) => text.includes(word));
}

/** Whether a filter asks for a field of the mails (`s:`, `f:`, `dfn:`...), as on lore.kernel.org, which only an index can answer. */
export function namesField(filter: string): boolean {
  return /(?:^|\s)-?(?:s|f|t|c|a|tc|l|b|bs|d|dt|dfn|patchid):\S/i.test(filter);
}

// The series of an archive as they were at the end of a range of its mails.

/**
 * The series of which something was posted in a range, each without what was posted later, so that the same range gives the
 * same digest however old it is.
 *
 * @param messageIds of the mails of the range
 */
export function seriesInRange(all: readonly Series[], messageIds: ReadonlySet<string>): Series[] {
  return all.flatMap((series) => {
    const last = series.revisions.findLastIndex((revision) => postedMailIds(revision).some((id) => messageIds.has(id)));
    if (last < 0) return [];
    if (last === series.revisions.length - 1) return [series];
    const revisions = series.revisions.slice(0, last + 1);
    const links = series.links.filter(({ from, to }) => from <= last && to <= last);
    return [{ ...series, title: newestRevision({ ...series, revisions }).title, revisions, links }];
  });
}

function postedMailIds({ cover, messageId, patches, posted }: Revision): string[] {
  const ids = [messageId, cover?.messageId ?? null, ...patches.map((patch) => patch.messageId), ...(posted?.replaced ?? [])];
  return ids.filter((id) => id !== null);
}

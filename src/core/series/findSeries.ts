/** Finds known series: by an id or a link, by typed words, or by a range of mails. */
import { formatAuthor } from "../mail/author";
import { versionLabel } from "../mail/subject";
import { newestRevision, type Revision, type Series } from "./series";

/**
 * The series with an id, a former id, or any Message-ID in it, with or without angle brackets. A series that contains a mail is
 * preferred to one that only cites it, which may have been split off by hand.
 */
export function findSeries(series: readonly Series[], wanted: string): Series | undefined {
  const id = bareId(wanted);
  return (
    series.find((one) => one.id === id) ??
    (id.includes("@") ? series.find(({ revisions }) => revisions.some((revision) => heldMails(revision).includes(id))) : undefined) ??
    series.find(({ aliases }) => aliases.includes(id))
  );
}

/** As `findSeries`, for many questions. */
export function seriesFinder(series: readonly Series[]): (wanted: string) => Series | undefined {
  const byId = new Map<string, Series>();
  const add = (id: string, one: Series): void => {
    if (!byId.has(id)) byId.set(id, one);
  };
  for (const one of series) add(one.id, one);
  for (const one of series) for (const revision of one.revisions) for (const id of heldMails(revision)) add(id, one);
  for (const one of series) for (const alias of one.aliases) add(alias, one);
  return (wanted) => byId.get(bareId(wanted));
}

function bareId(text: string): string {
  return text.trim().replace(/^<|>$/g, "");
}

/** The cover letter, the patches, and the answers to a revision. */
function heldMails({ messageId, cover, patches, posted }: Revision): string[] {
  const ids = [messageId, cover?.messageId, ...patches.map((patch) => patch.messageId)];
  return [...ids.filter((id) => id != null), ...(posted?.replies ?? []).map((reply) => reply.messageId)];
}

// Ids as people have them: from a list, the header of a mail, a page of an archive, or another tool.

/** Characters of a text that names a mail. */
const longestId = 2000;

/**
 * The ids that a text may mean, the likeliest first: the id of a series, or a Message-ID without brackets. Links to any server are
 * read, since anybody may run an archive. A Message-ID may have a slash in it, so the whole text comes first.
 */
export function idsMeant(text: string): string[] {
  const whole = withoutLabel(text.slice(0, longestId).trim());
  const parts = whole.split(/[\s/?#&=]+/).filter((part) => part.includes("@") || part.includes("%"));
  const candidates = [whole, ...parts].flatMap((part) => [withoutBrackets(part), withoutBrackets(percentDecoded(part))]);
  return [...new Set(candidates)].filter((one) => one !== "");
}

/** Labels of an id in headers and other tools: `Message-ID: <...>`, `id:...` and `mid:...`. */
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

/** Whether a text is a version as people write it: `3`, `v2.1`, `4A`. */
export function isVersion(text: string): boolean {
  return /^v?\d+(?:\.\d|[a-f])?$/i.test(text);
}

/** The revision with a version, see `isVersion`; the last one where several have it. */
export function revisionNamed({ revisions }: Series, version: string): Revision | undefined {
  const label = `v${version.replace(/^v?0*(?=\d)/i, "").toUpperCase()}`;
  return revisions.findLast((one) => versionLabel(one.version, one.point ?? 0) === label);
}

// A filter that a person types.

/** A filter without its words for a status, and these: `status:landed`, or the beginning of one. */
export function splitFilter(filter: string): { readonly words: string; readonly statuses: readonly string[] } {
  const statuses: string[] = [];
  const words = filter.split(/\s+/).filter((word) => {
    const [, status] = /^status:(.*)$/i.exec(word) ?? [];
    if (status) statuses.push(status.toLowerCase());
    return word !== "" && status === undefined;
  });
  return { words: words.join(" "), statuses };
}

/** Whether a series has one of some statuses; without any, all have. */
export function hasStatus({ status }: Series, statuses: readonly string[]): boolean {
  return statuses.length === 0 || statuses.some((one) => status.startsWith(one));
}

/** Whether every word of a filter occurs in the title, authors and so on of a series; case does not matter. */
export function matchesFilter(series: Series, filter: string): boolean {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return true;
  const revision = newestRevision(series);
  const titles = revision.patches.map(({ title }) => title);
  const text = [series.title, series.subsystem, formatAuthor(revision.author), ...titles, ...revision.files].join("\n").toLowerCase();
  return words.every((word) => text.includes(word));
}

/** Whether a filter names a field of mails (`s:`, `f:`, `dfn:`...), as on lore.kernel.org. Only an index can answer that. */
export function namesField(filter: string): boolean {
  return /(?:^|\s)-?(?:s|f|t|c|a|tc|l|b|bs|d|dt|dfn|patchid):\S/i.test(filter);
}

// The series of an archive as they were at the end of a range of its mails.

/**
 * The series with mails in a range, each without what was posted later: the same range always gives the same digest.
 *
 * @param messageIds those of the mails in the range
 */
export function seriesInRange(all: readonly Series[], messageIds: ReadonlySet<string>): Series[] {
  return all.flatMap((series) => {
    const last = series.revisions.findLastIndex((revision) => postedMailIds(revision).some((id) => messageIds.has(id)));
    if (last < 0) return [];
    // What is answered later must not change the digest of a range, and nobody answered a series when it was posted.
    if (last === series.revisions.length - 1) return [{ ...series, status: "new" }];
    const revisions = series.revisions.slice(0, last + 1);
    const links = series.links.filter(({ from, to }) => from <= last && to <= last);
    return [{ ...series, title: newestRevision({ ...series, revisions }).title, status: "new", revisions, links }];
  });
}

function postedMailIds({ cover, messageId, patches, posted }: Revision): string[] {
  const ids = [messageId, cover?.messageId ?? null, ...patches.map((patch) => patch.messageId), ...(posted?.replaced ?? [])];
  return ids.filter((id) => id !== null);
}

/**
 * The changelog of a cover letter: sections headed `v3:` or `Changes since v1:`, and in them links to earlier postings.
 * Such a link is the strongest thing a person says about which revisions belong together.
 */

/** An earlier posting that a text names. */
export interface PostingLink {
  readonly version: number;
  readonly rfc: boolean;
  /** Without angle brackets. */
  readonly messageId: string;
  readonly url: string;
}

export interface ChangelogSection {
  /** What the heading says, as written: `v1 (RFC)`. */
  readonly heading: string;
  /** The version the section is about. */
  readonly version: number;
  readonly rfc: boolean;
  /** Where its heading begins and its text ends. */
  readonly start: number;
  readonly end: number;
}

/** `v3:`, `V2`, `v1 (RFC):`, `RFC v2:`, `Changes in v3:`, `Changes since v1:`, `v1 -> v2:`, `Changelog v2..v3:`, `* v2 changes:`. */
const heading =
  /^[ \t]*(?:[-*#]+[ \t]+)?((?:(?:changes?|changelog|history|diff|difference)s?(?:log)?[ \t]+)?(?:(since|from|in|for|compared to|between|of)[ \t]+)?\(?(rfc[ \t]*)?(?:patch[ \t]+)?v(\d+)(?:\.\d+)?\)?(?:[ \t]*(?:->|=>|→|\.\.|to|and)[ \t]*(?:rfc[ \t]*)?v(\d+))?(?:[ \t]*[([]?rfc[\])]?)?(?:[ \t]+(?:changes?|changelog))?(?:[ \t]*\([^)\n]*\))?)[ \t]*(:|$)/i;

/** A line that is nothing but a link, perhaps behind a bullet and a label (`Link to v2:`, `Previous version:`). */
const linkLine =
  /^[ \t]*(?:[-*+][ \t]+)?(?:\[\d+\][ \t]*)?((?:[\w()./ \t-]{0,60}?:)?)[ \t]*<?(https?:\/\/[^\s<>]+)>?[ \t]*(?:\((rfc|v\d+)\))?[ \t]*$/i;

const listHosts =
  /^https?:\/\/(?:lore\.kernel\.org|lkml\.kernel\.org|patch\.msgid\.link|msgid\.link|patchew\.org|marc\.info|www\.spinics\.net|patchwork\.kernel\.org|inbox\.[^/]+)\//i;

/** The Message-ID in a link to a list archive; null where there is none. Undoes the URL's escapes. */
export function messageIdOfUrl(url: string): string | null {
  if (!listHosts.test(url)) return null;
  for (const part of url.split(/[?#]/)[0]?.split("/").slice(3) ?? []) {
    const decoded = decodePart(part).replace(/[.,;)]+$/, "");
    if (/^[^\s@/]+@[^\s@/]+$/.test(decoded)) return decoded.replace(/^<|>$/g, "");
  }
  return null;
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The sections of a changelog, in text order; [] where there is none. A section ends where the next begins or two lines are blank. */
export function changelogSections(text: string): ChangelogSection[] {
  const found = linesWith(text, /v\d/gi).flatMap(({ line, start }) => {
    const match = heading.exec(line);
    return match ? [{ match, start }] : [];
  });
  return found.map(({ match, start }, at) => {
    const since = /since|from|compared/i.test(match[2] ?? "") && !match[5];
    const named = Number(match[5] ?? match[4]);
    const limit = found[at + 1]?.start ?? text.length;
    return {
      heading: (match[1] ?? "").trim(),
      version: since ? named + 1 : named,
      rfc: /rfc/i.test(match[1] ?? ""),
      start,
      end: limit,
    };
  });
}

/**
 * The earlier postings a cover letter names, newest first. A link names an EARLIER posting whatever heading it stands
 * under: people put the link to v2 under `v3:` as well as under `v2:`. A link inside a sentence is no posting.
 *
 * @param text the cover letter, or the message of a lone patch
 * @param version the version of the revision itself
 */
export function postingLinks(text: string, version: number): PostingLink[] {
  if (!text.includes("://")) return [];
  const sections = changelogSections(text);
  const found: Array<{ link: PostingLink; own: boolean }> = [];
  for (const { line, start } of linesWith(text, /:\/\//g)) {
    const [, label = "", url = "", remark = ""] = linkLine.exec(line) ?? [];
    const messageId = messageIdOfUrl(url);
    if (!messageId || found.some(({ link }) => link.messageId === messageId)) continue;
    const labelled = /(?:^|[^\w])(rfc[ \t]*)?v(\d+)\b/i.exec(`${label} ${remark}`);
    const inSection = sections.findLast((section) => section.start <= start && start < section.end);
    const rfc = /\brfc\b/i.test(`${label} ${remark}`) || (inSection?.rfc ?? false);
    if (labelled && Number(labelled[2]) < version) {
      found.push({ link: { version: Number(labelled[2]), rfc, messageId, url }, own: false });
    } else if (inSection && startsItem(text, start, inSection)) {
      const own = inSection.version >= version;
      const named = own ? Math.max(1, version - 1) : inSection.version;
      if (version > 1 || rfc) found.push({ link: { version: named, rfc, messageId, url }, own });
    } else if (/\b(?:previous|prior|earlier|last)\b|^[ \t]*rfc[ \t]*:/i.test(label)) {
      found.push({ link: { version: Math.max(1, version - 1), rfc, messageId, url }, own: false });
    }
  }
  return withoutClashes(found)
    .filter((link) => link.version < version || link.rfc)
    .sort((a, b) => b.version - a.version);
}

/** The lines of a text in which a pattern occurs: far fewer than all, which keeps the exact patterns off the rest. */
function linesWith(text: string, pattern: RegExp): Array<{ line: string; start: number }> {
  const lines: Array<{ line: string; start: number }> = [];
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    const start = text.lastIndexOf("\n", match.index) + 1;
    const end = text.indexOf("\n", match.index);
    lines.push({ line: text.slice(start, end < 0 ? text.length : end), start });
    if (end < 0) break;
    pattern.lastIndex = end;
  }
  return lines;
}

/** A link that goes on from the line above (`See` LF `https://...`) belongs to that sentence. */
function startsItem(text: string, at: number, section: ChangelogSection): boolean {
  const line = text.slice(at).split("\n", 1)[0] ?? "";
  if (/^[ \t]*[-*+][ \t]/.test(line) || /^[ \t]*v\d+/i.test(line)) return true;
  const above = text.slice(section.start, at).trimEnd();
  const blankBetween = /\n[ \t]*\n$/.test(text.slice(section.start, at));
  return blankBetween || !above.includes("\n");
}

/**
 * Two links for one version mean that this author puts each link under the heading of the version that came after it:
 * every section's link then names the version before, except where that would be none.
 */
function withoutClashes(found: Array<{ link: PostingLink; own: boolean }>): PostingLink[] {
  const own = found.find((entry) => entry.own);
  const clash = own && found.some((entry) => !entry.own && entry.link.version === own.link.version);
  if (!clash) return found.map(({ link }) => link);
  return found.map(({ link, own: isOwn }) => (isOwn ? link : { ...link, version: Math.max(1, link.version - 1) }));
}

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
  /** The version the section is about: 2 for `v2:` as well as for `Changes since v1:`. */
  readonly version: number;
  /** The version a link in it stands for, unless it is the letter's own: 2 for `v2:`, 1 for `Changes since v1:`. */
  readonly links: number;
  readonly rfc: boolean;
  /** Where its heading begins and its text ends. */
  readonly start: number;
  readonly end: number;
}

/**
 * `v3:`, `V2`, `v1 (RFC):`, `RFC v2:`, `Changes in v3:`, `Changes since v1:`, `v1 -> v2:`, `Changelog v2..v3:`, `* v2 changes:`.
 * The line is in lower case: to make such a pattern ready for any case takes as long as to read ten letters with it.
 */
const heading =
  /^[ \t]*(?:[-*#]+[ \t]+)?((?:(?:changes?|changelog|history|diff|difference)s?(?:log)?[ \t]+)?(?:(since|from|in|for|compared to|between|of)[ \t]+)?\(?(rfc[ \t]*)?(?:patch[ \t]+)?v(\d+)(?:\.\d+)?\)?[ \t]*(?:(?:->|=>|→|\.\.|to|and)[ \t]*(?:rfc[ \t]*)?v(\d+)[ \t]*)?(?:[([]?rfc[\])]?[ \t]*)?(?:(?<=[ \t])(?:changes?|changelog)[ \t]*)?(?:\([^)\n]*\)[ \t]*)?)(:|$)/;
/** How a heading may begin behind its bullet; most lines that name a version begin otherwise. */
const openings = ["v", "change", "history", "diff", "since", "from", "in", "for", "compared to", "between", "of", "rfc", "patch"];

/** A heading or a link is a short line; the patterns never see a longer one, whatever it is made of. */
const longestLine = 1000;
/** No letter cites more earlier postings than this. */
const mostLinks = 64;

/** A line that is nothing but a link, perhaps behind a bullet, the mark of a footnote and a label (`Link to v2:`, `Previous version:`). */
const linkLine =
  /^[ \t]*(?:[-*+][ \t]+)?(?:(\[\d+\]|[¹²³⁴-⁹]+)[ \t]*)?(?:((?:[\w()./-][\w()./ \t-]{0,59})?:)[ \t]*)?<?([Hh][Tt][Tt][Pp][Ss]?:\/\/[^\s<>]+)>?[ \t]*(?:\(([Rr][Ff][Cc]|[Vv]\d+)\)[ \t]*)?$/;

/** A label that says no more than that a link follows, so that the heading above says what it is; `Link to dependency:` says more. */
const plainLabel = /^(?:(?:link|url|lore|archive|thread|series|posting)(?:[ \t]+to)?|rfc)?[ \t]*:?$/;
/** A line that is nothing but the label of the link in the next one. */
const labelLine = /^[ \t]*(?:[-*+][ \t]+)?([\w()./ \t-]{1,60}:)[ \t]*$/;
/** A heading or label with the mark of a footnote behind it: `Changes since v1 [1]`. `On top of her v2 series [1]` is none. */
const versionBefore =
  /^(?:[-*+] )?(?:(?:changes?|changelog|history) (?:since|from|in) |since |link to |(?:my|our) )?((?:rfc )?v\d{1,4}|rfc)(?: \(?rfc\)?)?(?: (?:version|series|posting|patch(?:es|set)?))?:?$/;
/** What a sentence says of a footnote that is an earlier posting; `the previous thread[1]` and `the original patch[1]` are none. */
const earlierWork =
  /\b(?:(?:previous|prior|earlier|last)(?: \w+){0,2}? (?:version|series|posting|patchset|revision|submission|attempt|iteration|spin)|(?:my|our) (?:initial|original|first)(?: \w+){0,2}? (?:version|series|posting|patch(?:es|set)?|attempt|proof of concept))\b/;
/** For so many footnotes the text is searched, which each time takes as long as the text is. */
const mostFootnotes = 64;
/** So much of the text before the mark of a footnote tells what it stands for. */
const mentionLength = 80;

const listHosts = new Set(
  ("lore.kernel.org lkml.kernel.org patch.msgid.link msgid.link patchew.org marc.info www.spinics.net " + "patchwork.kernel.org").split(
    " ",
  ),
);

/** Whether a link leads to an archive of mail. */
function isListLink(url: string): boolean {
  const [scheme = "", nothing, host = "", ...path] = url.split("/", 4);
  const name = host.toLowerCase();
  if (nothing !== "" || path.length === 0 || !/^https?:$/i.test(scheme)) return false;
  return listHosts.has(name) || (name.startsWith("inbox.") && name.length > "inbox.".length);
}

/** The Message-ID in a link to a list archive; null where there is none. Undoes the URL's escapes. */
export function messageIdOfUrl(url: string): string | null {
  if (url.length > longestLine || !isListLink(url)) return null;
  const [path = "", query = ""] = url.split("#", 1)[0]?.split("?") ?? [];
  for (const part of [...path.split("/").slice(3), /^i=([^&]+)/.exec(query)?.[1] ?? ""]) {
    if (!part.includes("@") && !part.includes("%")) continue;
    const decoded = decodePart(part).replace(/(?<![.,;)])[.,;)]+$/, "");
    if (/^[^\s@]+@[^\s@]+$/.test(decoded)) return decoded.replace(/^<|>$/g, "");
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

/** What ends a changelog: two blank lines, `---`, a signature, or the shortlog. */
const changelogEnd = /\n[ \t]*\n[ \t]*\n|\n---?[ \t]*\n|\n\S[^\n]{0,200} \(\d+\):\n {2}/;

/**
 * The sections of a changelog, in text order; [] where there is none. A section ends where the next one begins, or where
 * the letter goes on with something else.
 */
export function changelogSections(text: string): ChangelogSection[] {
  const found = linesWith(text, /v\d/gi).flatMap(({ line, start }) => {
    const lower = line.toLowerCase();
    const match = mayHead(lower) ? heading.exec(lower) : null;
    return match ? [{ match, line, lower, start }] : [];
  });
  return found.map(({ match, line, lower, start }, at) => {
    const [, said = "", preposition = ""] = match;
    const since = (preposition === "since" || preposition === "from" || preposition === "compared to") && !match[5];
    const named = Number(match[5] ?? match[4]);
    const section = text.slice(start, found[at + 1]?.start ?? text.length);
    const from = lower.indexOf(said);
    return {
      heading: line.slice(from, from + said.length).trim(),
      version: since ? named + 1 : named,
      links: named,
      rfc: said.includes("rfc"),
      start,
      end: start + (changelogEnd.exec(section)?.index ?? section.length),
    };
  });
}

function mayHead(lower: string): boolean {
  let at = 0;
  while (at < lower.length && " \t-*#(".includes(lower[at] ?? "")) at++;
  return openings.some((word) => lower.startsWith(word, at));
}

interface FoundLink {
  readonly link: PostingLink;
  /** Stands under the heading of the letter's own version. */
  readonly own: boolean;
  /** The version is the one its heading names, and not said in words beside it. */
  readonly byHeading: boolean;
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
  const found: FoundLink[] = [];
  const seen = new Set<string>();
  let section: ChangelogSection | undefined;
  let next = 0;
  let footnotes = 0;
  for (const { line, start } of linesWith(text, /:\/\//g)) {
    for (let later = sections[next]; later && later.start <= start; later = sections[++next]) section = later;
    const inSection = section && start < section.end ? section : undefined;
    const match = linkLine.exec(line);
    const messageId = messageIdOfUrl(match?.[3] ?? "");
    if (!match || !messageId || seen.has(messageId)) continue;
    const [, mark, ahead = "", url = "", behind = ""] = match;
    const mention = mark === undefined || ++footnotes > mostFootnotes ? null : mentionOf(text, mark, start);
    const label = mention ?? `${ahead === "" ? labelAbove(text, start, inSection) : ahead} ${behind}`.toLowerCase();
    const isPlain = start === inSection?.start || plainLabel.test(label.trim());
    const isItem = mention === null && isPlain && inSection !== undefined && startsItem(text, line, start, inSection);
    const named = namedPosting(label, isItem ? inSection : null, version);
    if (!named) continue;
    seen.add(messageId);
    found.push({ link: { version: Math.max(1, named.version), rfc: named.rfc, messageId, url }, ...named });
    if (found.length === mostLinks) break;
  }
  return withoutClashes(found)
    .filter((link) => link.version < version || link.rfc)
    .sort((a, b) => b.version - a.version);
}

/** Which posting a link stands for: what its label, in lower case, says, else the heading it stands under; null where it is none. */
function namedPosting(
  label: string,
  section: ChangelogSection | null,
  version: number,
): { version: number; rfc: boolean; own: boolean; byHeading: boolean } | null {
  const rfc = (section?.rfc ?? false) || /\brfc\b/.test(label);
  const labelled = label.includes("v") ? /(?:^|[^\w])(?:rfc[ \t]*)?v(\d{1,4})\b/.exec(label)?.[1] : undefined;
  // RFCs may be counted on their own, so that a PATCH v1 goes back to an RFC v2.
  if (labelled !== undefined && (Number(labelled) < version || (rfc && Number(labelled) > version))) {
    return { version: Number(labelled), rfc, own: false, byHeading: /^[ \t]*v\d/.test(label) };
  }
  if (section) {
    if (version === 1 && !rfc) return null;
    const own = section.links === version || (section.links > version && !section.rfc);
    return { version: own ? version - 1 : section.links, rfc, own, byHeading: true };
  }
  const earlier = label.includes(":") && /\b(?:previous|prior|earlier|last)\b|^[ \t]*rfc[ \t]*:/.test(label);
  return earlier ? { version: version - 1, rfc, own: false, byHeading: false } : null;
}

/**
 * What the text says of a footnote (`[1] https://...`) where its mark stands, as a label: a version, that it is an RFC or
 * earlier work, or nothing; null where the text has no such mark.
 */
function mentionOf(text: string, mark: string, footnote: number): string | null {
  const at = text.indexOf(mark);
  if (at < 0 || at >= footnote) return null;
  const before = text.slice(Math.max(0, at - mentionLength), at).toLowerCase();
  const line = before.slice(before.lastIndexOf("\n") + 1).trim();
  const version = versionBefore.exec(line.replace(/\s+/g, " "))?.[1];
  if (version !== undefined) return `${version}:`;
  const sentence = before.split(/\n[ \t]*\n|[.;]\s/).at(-1) ?? "";
  return earlierWork.test(sentence.replace(/\s+/g, " ")) ? "previous:" : "";
}

/** The label in the line above a link that has none: `Link to v2:` LF `https://...`. A heading has been read as what it is. */
function labelAbove(text: string, at: number, section: ChangelogSection | undefined): string {
  const above = at > 1 ? text.lastIndexOf("\n", at - 2) + 1 : 0;
  if (above === section?.start || at - above > longestLine) return "";
  const label = labelLine.exec(text.slice(above, Math.max(above, at - 1)))?.[1] ?? "";
  return /\bv\d|\brfc\b|\b(?:previous|prior|earlier|last)\b/i.test(label) ? label : "";
}

/** The lines of a text in which a pattern occurs: far fewer than all, which keeps the exact patterns off the rest. */
function linesWith(text: string, pattern: RegExp): Array<{ line: string; start: number }> {
  const lines: Array<{ line: string; start: number }> = [];
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    const start = text.lastIndexOf("\n", match.index) + 1;
    const newline = text.indexOf("\n", match.index);
    const end = newline < 0 ? text.length : newline;
    if (end - start <= longestLine) lines.push({ line: text.slice(start, end), start });
    if (newline < 0) break;
    pattern.lastIndex = end;
  }
  return lines;
}

/** A link that goes on from the line above (`See` LF `https://...`) belongs to that sentence. */
function startsItem(text: string, line: string, at: number, section: ChangelogSection): boolean {
  if (/^[ \t]*[-*+][ \t]/.test(line) || /^[ \t]*v\d+/i.test(line) || at === section.start) return true;
  const above = at > 1 ? text.lastIndexOf("\n", at - 2) + 1 : 0;
  return above === section.start || text.slice(above, at).trim() === "";
}

/**
 * Two links for one version mean that this author puts each link under the heading of the version that came after it:
 * every section's link then names the version before, except where that would be none.
 */
function withoutClashes(found: readonly FoundLink[]): PostingLink[] {
  const own = found.find((entry) => entry.own);
  const clash = own && found.some((entry) => !entry.own && entry.link.version === own.link.version);
  return found.map(({ link, own: isOwn, byHeading }) =>
    !clash || isOwn || !byHeading ? link : { ...link, version: Math.max(1, link.version - 1) },
  );
}

/** Why two postings are held to be the same work: no link between revisions without its evidence. */
import { postingLinks, type PostingLink } from "../assembly/changelog";
import type { Posting } from "../assembly/posting";
import type { Revision, LinkEvidence } from "../series/series";
import { titleKey } from "../mail/subject";
import { compareTexts } from "../assembly/threads";

/** Strongest first. */
export const evidenceOrder: readonly LinkEvidence[] = [
  "by-hand",
  "change-id",
  "changelog-link",
  "in-reply-to",
  "same-patches",
  "same-title",
  "overlap",
];

/** A posting and what it is compared by. */
export interface Node {
  readonly posting: Posting;
  readonly citations: readonly PostingLink[];
  readonly title: string;
  readonly author: string;
  /** Of every patch the title folded; twice where two patches share it. */
  readonly titles: readonly string[];
  /** The same as a set, made when it is compared with another: most postings never are. */
  readonly patchTitles: ReadonlySet<string>;
  /** Without a cover letter the title of the posting is the title of a patch, and says as much. */
  readonly lone: boolean;
  readonly paths: ReadonlySet<string>;
}

/** How much two sets must share, of the smaller one, to be held the same work without a stronger sign. */
const overlapShare = 0.5;
/** One shared title may be chance ("Fix a typo"); two are not. */
const overlapTitles = 2;

export function toNode(posting: Posting): Node {
  const { revision } = posting;
  const text = revision.cover?.body ?? (revision.patches.length === 1 ? (revision.patches[0]?.message ?? "") : "");
  const titles = revision.patches.map(({ title }) => titleKey(title));
  let patchTitles: ReadonlySet<string> | null = null;
  let paths: ReadonlySet<string> | null = null;
  return {
    posting,
    citations: posting.signs?.citations ?? postingLinks(text, revision.version),
    title: titleKey(revision.title),
    author: (revision.author.email || revision.author.name).toLowerCase(),
    titles,
    get patchTitles() {
      return (patchTitles ??= new Set(titles));
    },
    lone: revision.cover === null,
    get paths() {
      return (paths ??= new Set(revision.files));
    },
  };
}

/** All evidence that two postings are the same work, strongest first; [] when there is none. */
export function evidenceBetween(a: Node, b: Node): LinkEvidence[] {
  const [older, newer] = comparePair(a.posting, b.posting) <= 0 ? [a, b] : [b, a];
  const evidence: LinkEvidence[] = [];
  if (a.posting.signs && b.posting.signs && a.posting.signs.tree !== b.posting.signs.tree) return evidence;
  const sameAuthor = a.author === b.author;
  const overlap = overlaps(a, b);
  const rerolled = isReroll(a.posting.revision, b.posting.revision);
  if (isSameChangeId(a, b)) evidence.push("change-id");
  if (cites(newer, older, { alike: overlap || isSameTitle(a, b), rerolled })) evidence.push("changelog-link");
  if (rerolled && sameAuthor && answers(newer, older)) evidence.push("in-reply-to");
  if (rerolled && sharesMostPatchIds(a, b)) evidence.push("same-patches");
  // The same title over the years ("KVM: x86: Fixes for 6.x") is the same work only where patches or files agree.
  if (isSameTitle(a, b) && (overlap ? sameAuthor || rerolled : sameAuthor && rerolled && !areComparable(a, b))) {
    evidence.push("same-title");
  }
  if (evidence.length === 0 && rerolled && sameAuthor && sharesMostPatches(a, b)) evidence.push("overlap");
  return evidence;
}

/** A change-id that stands in a copied cover letter names another series: then nothing else agrees. */
function isSameChangeId(a: Node, b: Node): boolean {
  const id = a.posting.signs?.changeId ?? null;
  return id !== null && id === b.posting.signs?.changeId && isAkin(a, b);
}

/** A reroll sent into the thread of what it replaces; another series may be sent there too, and has nothing in common. */
function answers(newer: Node, older: Node): boolean {
  const above = newer.posting.signs?.answers ?? null;
  const [{ version, expected }, before] = [newer.posting.revision, older.posting.revision];
  const grows = version > before.version || (version === before.version && expected === before.expected);
  return above !== null && grows && older.posting.signs?.messageIds.has(above) === true && isAkin(newer, older);
}

/** Whether anything at all agrees, or there is nothing that could. */
function isAkin(a: Node, b: Node): boolean {
  if (isSameTitle(a, b) || intersection(a.patchTitles, b.patchTitles) > 0 || intersection(a.paths, b.paths) > 0) return true;
  return a.paths.size === 0 || b.paths.size === 0;
}

function sharesMostPatchIds({ posting: { signs: a } }: Node, { posting: { signs: b } }: Node): boolean {
  if (!a || !b) return false;
  const [shared, most] = [intersection(a.patchIds, b.patchIds), Math.max(a.patchIds.size, b.patchIds.size)];
  // A lone patch that went into a larger series is not that series.
  return shared >= Math.min(most, overlapTitles) && shared / most >= overlapShare && shared > 0;
}

function isSameTitle(a: Node, b: Node): boolean {
  return a.title === b.title && a.title !== "";
}

/** Whether the brackets tell two postings apart: by version, RFC or RESEND. */
function isReroll(a: Revision, b: Revision): boolean {
  return a.version !== b.version || a.rfc !== b.rfc || a.resend !== b.resend || a.posted?.point !== b.posted?.point;
}

/**
 * Whether two postings under one title could have shown by their patches or files that they are different works. The title
 * of a lone patch is exact enough for its author to mean the same by it, in whatever file the next version does it.
 */
function areComparable(a: Node, b: Node): boolean {
  if (a.lone && b.lone) return false;
  return (a.patchTitles.size > 0 && b.patchTitles.size > 0) || (a.paths.size > 0 && b.paths.size > 0);
}

/** The newer posting's changelog names the older one: by Message-ID, or by version where the older one has none (a digest). */
function cites(newer: Node, older: Node, { alike, rerolled }: { alike: boolean; rerolled: boolean }): boolean {
  const { revision } = older.posting;
  const ids = new Set([revision.messageId, ...revision.patches.map(({ messageId }) => messageId)]);
  if (newer.citations.some(({ messageId }) => ids.has(messageId) || older.posting.signs?.messageIds.has(messageId) === true)) return true;
  // Both go back to one posting; two works of the same version that do so are the halves of what was split.
  const shared = rerolled && newer.citations.some(({ messageId }) => older.citations.some((other) => other.messageId === messageId));
  if (revision.messageId !== null) return shared;
  const named = newer.citations.some(({ version, rfc }) => version === revision.version && (!rfc || revision.rfc));
  return shared || (named && alike);
}

/** Alike enough to back a weaker sign: most patches of the smaller posting, or, under one title, most of its files. */
function overlaps(a: Node, b: Node): boolean {
  // That two lone patches have one title is what this is asked to back, so it cannot be the answer.
  if (!(a.lone && b.lone)) {
    const titles = intersection(a.patchTitles, b.patchTitles);
    const fewest = Math.min(a.patchTitles.size, b.patchTitles.size);
    if (titles > 0 && titles / fewest >= overlapShare && titles >= Math.min(overlapTitles, fewest)) return true;
  }
  if (a.title !== b.title) return false;
  const paths = intersection(a.paths, b.paths);
  return paths > 0 && paths / Math.min(a.paths.size, b.paths.size) >= overlapShare;
}

/** Alike enough to stand alone. A lone patch that went into a larger series later is not a revision of that series. */
function sharesMostPatches(a: Node, b: Node): boolean {
  const titles = intersection(a.patchTitles, b.patchTitles);
  return titles >= overlapTitles && titles / Math.max(a.patchTitles.size, b.patchTitles.size) >= overlapShare;
}

export function intersection(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const [small, large] = a.size < b.size ? [a, b] : [b, a];
  let shared = 0;
  for (const value of small) if (large.has(value)) shared++;
  return shared;
}

/** Older first, by date where both have one. */
export function comparePair(a: Posting, b: Posting): number {
  const [first, second] = [a.revision.date, b.revision.date];
  if (first !== null && second !== null && first !== second) return first < second ? -1 : 1;
  return compareUndated(a, b);
}

/** Older first: an RFC before the real thing, then by version, a RESEND after what it repeats, then by place. */
export function compareUndated(a: Posting, b: Posting): number {
  const [first, second] = [a.revision, b.revision];
  return (
    Number(second.rfc) - Number(first.rfc) ||
    first.version - second.version ||
    (first.posted?.point ?? 0) - (second.posted?.point ?? 0) ||
    Number(first.resend) - Number(second.resend) ||
    a.source - b.source ||
    b.position - a.position ||
    compareTexts(a.signs?.order ?? "", b.signs?.order ?? "")
  );
}

/** Why two postings are held to be the same work: no link between revisions without its evidence. */
import { postingLinks, type PostingLink } from "../assembly/postingLinks";
import type { Posting } from "../assembly/posting";
import type { Revision, LinkEvidence } from "../series/series";
import { titleWords } from "../mail/subject";
import { isTelling } from "../assembly/linkKeys";
import { nameKey } from "../assembly/samePerson";
import { compareTexts } from "../assembly/threads";

/** Strongest first. */
export const evidenceOrder: readonly LinkEvidence[] = [
  "by-hand",
  "change-id",
  "changelog-link",
  "in-reply-to",
  "former-title",
  "same-patches",
  "same-title",
  "overlap",
];

/** A posting and what it is compared by. */
export interface Node {
  readonly posting: Posting;
  readonly citations: readonly PostingLink[];
  /** The words of the title. */
  readonly title: string;
  readonly author: string;
  /** By which the author is known under another address; null where the name is not a full one. */
  readonly name: string | null;
  /** What the change-id says, where the branch of that name was not used for other work; see branches.ts. */
  work: string | null;
  /** Of every patch the words of the title; twice where two patches share them. */
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
  const titles = revision.patches.map(({ title }) => titleWords(title));
  let patchTitles: ReadonlySet<string> | null = null;
  let paths: ReadonlySet<string> | null = null;
  return {
    posting,
    citations: posting.signs?.citations ?? postingLinks(text, revision.version),
    title: titleWords(revision.title),
    author: (revision.author.email || revision.author.name).toLowerCase(),
    name: nameKey(revision.author.name),
    work: null,
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
  const [older, newer] = isOlder(a, b) ? [a, b] : [b, a];
  const evidence: LinkEvidence[] = [];
  if (a.posting.signs && b.posting.signs && a.posting.signs.tree !== b.posting.signs.tree) return evidence;
  const sameAuthor = a.author === b.author;
  const samePerson = sameAuthor || (a.name !== null && a.name === b.name);
  const overlap = overlaps(a, b);
  const rerolled = isReroll(a.posting.revision, b.posting.revision);
  if (a.work !== null && a.work === b.work && isAkin(a, b)) evidence.push("change-id");
  if (cites(newer, older, { alike: overlap || isSameTitle(a, b), rerolled })) evidence.push("changelog-link");
  if (rerolled && sameAuthor && answers(newer, older)) evidence.push("in-reply-to");
  if (samePerson && wasCalled(newer, older)) evidence.push("former-title");
  if ((rerolled || samePerson) && sharesMostPatchIds(a, b)) evidence.push("same-patches");
  // The same title over the years ("KVM: x86: Fixes for 6.x") is the same work only where patches or files agree.
  if (isSameTitle(a, b) && !tookTitle(newer) && (overlap ? samePerson || rerolled : sameAuthor && rerolled && !areComparable(a, b))) {
    evidence.push("same-title");
  }
  if (evidence.length > 0 || !rerolled || !samePerson) return evidence;
  if (sharesMostPatches(a, b) && (sameAuthor || comesBack(newer, older))) evidence.push("overlap");
  return evidence;
}

/** A partial reroll is called what the posting is called whose other patches it keeps: that is no sign of its own. */
function tookTitle({ posting: { revision } }: Node): boolean {
  const { cover, patches, title } = revision;
  if (cover !== null || !patches.some(({ carriedFrom }) => carriedFrom !== undefined)) return false;
  return patches.every((patch) => patch.carriedFrom !== undefined || patch.title !== title);
}

/** Of somebody of the same name with another address, who may be somebody else, all patches must come back or many. */
function comesBack(newer: Node, older: Node): boolean {
  if (newer.posting.revision.version <= older.posting.revision.version && !older.posting.revision.rfc) return false;
  const telling = [...older.patchTitles].filter(isTelling);
  const back = telling.filter((title) => newer.patchTitles.has(title)).length;
  return back >= overlapTitles && (back === telling.length || back > overlapTitles);
}

/** The newer posting says that it had the title of the older one, which is no later version. */
function wasCalled(newer: Node, older: Node): boolean {
  const titles = newer.posting.signs?.formerTitles ?? [];
  if (titles.length === 0 || newer.title === older.title || !titles.includes(older.title)) return false;
  const [after, before] = [newer.posting.revision, older.posting.revision];
  return after.version > before.version || (before.rfc && !after.rfc) || after.version === before.version;
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

function sharesMostPatchIds(a: Node, b: Node): boolean {
  const [first, second] = [a.posting.signs?.patchIds, b.posting.signs?.patchIds];
  if (!first || !second || actOf(a) !== actOf(b)) return false;
  const shared = intersection(first, second);
  if (shared === 0) return false;
  const most = Math.max(changeCount(a, first), changeCount(b, second));
  // A lone patch that went into a larger series is not that series.
  return shared >= Math.min(most, overlapTitles) && shared / most >= overlapShare;
}

/** What undoes a patch, does it again or is to be squashed into it makes the same change as another work. */
function actOf({ title }: Node): string {
  return /^(?:revert|reapply|fixup!|squash!|amend!)/.exec(title)?.[0] ?? "";
}

/** How many changes a posting has: a patch that was sent twice in its place has two patch ids. */
function changeCount({ posting: { revision } }: Node, patchIds: ReadonlySet<string>): number {
  const places = revision.patches.filter(({ messageId }) => messageId !== null).length;
  return Math.max(1, Math.min(places, patchIds.size));
}

/** A single patch may get a cover letter, or lose it: then its own title is what stays. */
function isSameTitle(a: Node, b: Node): boolean {
  if (a.title === b.title) return a.title !== "";
  return isSingle(a) && isSingle(b) && (a.lone || b.lone) && a.titles[0] === b.titles[0] && a.titles[0] !== "";
}

function isSingle({ posting, titles }: Node): boolean {
  return posting.revision.expected === 1 && titles.length === 1;
}

/** Whether the brackets tell two postings apart: by version, RFC or RESEND. */
function isReroll(a: Revision, b: Revision): boolean {
  return a.version !== b.version || a.rfc !== b.rfc || a.resend !== b.resend || a.point !== b.point;
}

/**
 * Whether two postings under one title could have shown by their patches or files that they are different works. The title
 * of a lone patch is exact enough for its author to mean the same by it, in whatever file the next version does it, unless
 * it is one that fits every other patch ("Fix a typo").
 */
function areComparable(a: Node, b: Node): boolean {
  if (a.lone && b.lone && isTelling(a.title)) return false;
  return (!(a.lone && b.lone) && a.patchTitles.size > 0 && b.patchTitles.size > 0) || (a.paths.size > 0 && b.paths.size > 0);
}

/**
 * The newer posting's changelog names the older one: by Message-ID, its own, that of an answer to it or that of a cover
 * letter which is not here though its patches are; or by version where the older one has none (a digest).
 */
function cites(newer: Node, older: Node, { alike, rerolled }: { alike: boolean; rerolled: boolean }): boolean {
  if (newer.citations.length === 0) return false;
  const { revision, signs } = older.posting;
  const ids = new Set([revision.messageId, ...revision.patches.map(({ messageId }) => messageId)]);
  const isNamed = newer.citations.some(
    ({ messageId, version }) =>
      ids.has(messageId) ||
      signs?.messageIds.has(messageId) === true ||
      (version === revision.version && (signs?.answerIds.has(messageId) === true || hasCover(older, messageId))),
  );
  if (isNamed) return true;
  // Both go back to one posting; two works of the same version that do so are the halves of what was split.
  const shared = rerolled && newer.citations.some(({ messageId }) => older.citations.some((other) => other.messageId === messageId));
  if (revision.messageId !== null) return shared;
  const named = newer.citations.some(({ version, rfc }) => version === revision.version && (!rfc || revision.rfc));
  return shared || (named && alike);
}

/** Whether a mail that is not here must be the cover letter of a posting, whose patches answer it. */
export function hasCover({ posting: { revision, signs } }: Node, messageId: string): boolean {
  return revision.cover === null && revision.expected > 1 && signs?.absent.includes(messageId) === true;
}

/** Alike enough to back a weaker sign: most patches of the smaller posting, or, under one title, most of its files. */
function overlaps(a: Node, b: Node): boolean {
  // That two lone patches have one title is what this is asked to back, so it cannot be the answer.
  if (!isSingle(a) || !isSingle(b)) {
    const titles = intersection(a.patchTitles, b.patchTitles);
    const fewest = Math.min(a.patchTitles.size, b.patchTitles.size);
    if (titles > 0 && titles / fewest >= overlapShare && titles >= Math.min(overlapTitles, fewest)) return true;
  }
  if (!isSameTitle(a, b)) return false;
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

/** Whether a posting is the older of two: what answers another or names it is newer whatever its clock says. */
function isOlder(a: Node, b: Node): boolean {
  const [first, second] = [namesPosting(a, b), namesPosting(b, a)];
  return first === second ? comparePair(a.posting, b.posting) <= 0 : second;
}

/** Whether a posting stands in the thread of another, or its changelog names it. */
export function namesPosting({ citations, posting }: Node, { posting: { signs } }: Node): boolean {
  if (!signs) return false;
  const answers = posting.signs?.answers ?? null;
  return (answers !== null && signs.messageIds.has(answers)) || citations.some(({ messageId }) => signs.messageIds.has(messageId));
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
    (first.point ?? 0) - (second.point ?? 0) ||
    Number(first.resend) - Number(second.resend) ||
    a.source - b.source ||
    b.position - a.position ||
    compareTexts(a.signs?.order ?? "", b.signs?.order ?? "")
  );
}

/** The evidence that two postings are the same work. Nothing else links revisions. */
import { fullNameKey, personKey } from "../mail/author";
import { titleWords } from "../mail/subject";
import type { LinkEvidence, Revision } from "../series/series";
import type { PostingLink } from "./earlierPostings";
import { isTellingTitle, longestPause } from "./linkKeys";
import { comparePostings, type Posting } from "./posting";

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

/** A posting with the properties that are compared. */
export interface PostingNode {
  readonly posting: Posting;
  readonly citations: readonly PostingLink[];
  /** The words of the title. */
  readonly title: string;
  readonly author: string;
  /** The author's full name, which stays when the address changes; null for an incomplete name. */
  readonly name: string | null;
  /** The name of the work that its change-id stands for; null without a change-id. See `nameBranchWorks`. */
  work: string | null;
  /** The words of every patch's title; a title that two patches share is in it twice. */
  readonly titles: readonly string[];
  /** The same as a set, made at the first comparison: most postings are never compared. */
  readonly patchTitles: ReadonlySet<string>;
  /** Without a cover letter the title of the posting is the title of a patch, and counts as one. */
  readonly lone: boolean;
  readonly paths: ReadonlySet<string>;
}

/** How much of the smaller set two sets must share to count as the same work without a stronger sign. */
const overlapShare = 0.5;
/** One shared title may be chance ("Fix a typo"); two are not. */
const overlapTitles = 2;

export function toPostingNode(posting: Posting): PostingNode {
  const { revision } = posting;
  const titles = revision.patches.map(({ title }) => titleWords(title));
  let patchTitles: ReadonlySet<string> | null = null;
  let paths: ReadonlySet<string> | null = null;
  return {
    posting,
    citations: posting.signs.citations,
    title: titleWords(revision.title),
    author: personKey(revision.author),
    name: fullNameKey(revision.author.name),
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
export function evidenceBetween(a: PostingNode, b: PostingNode): LinkEvidence[] {
  const [older, newer] = isOlder(a, b) ? [a, b] : [b, a];
  const evidence: LinkEvidence[] = [];
  if (areOfDifferentTrees(a.posting.signs.tree, b.posting.signs.tree)) return evidence;
  const sameAuthor = a.author === b.author;
  const samePerson = sameAuthor || (a.name !== null && a.name === b.name);
  const overlap = overlaps(a, b);
  const rerolled = isReroll(a.posting.revision, b.posting.revision);
  if (a.work !== null && a.work === b.work && isAkin(a, b)) evidence.push("change-id");
  if (citesPosting(newer, older, { alike: overlap || isSameTitle(a, b), rerolled })) evidence.push("changelog-link");
  if (rerolled && sameAuthor && answersPosting(newer, older)) evidence.push("in-reply-to");
  if (samePerson && wasCalled(newer, older)) evidence.push("former-title");
  if ((rerolled || samePerson) && sharesMostPatchIds(a, b)) evidence.push("same-patches");
  // One title may be used for years ("KVM: x86: Fixes for 6.x"). It is the same work only if patches or files agree.
  if (isSameTitle(a, b) && !tookTitle(newer) && (overlap ? samePerson || rerolled : sameAuthor && rerolled && !areComparable(a, b))) {
    evidence.push("same-title");
  }
  if (evidence.length > 0 || !rerolled || !samePerson) return evidence;
  if (sharesMostPatches(a, b) && (sameAuthor || comesBack(newer, older))) evidence.push("overlap");
  return evidence;
}

function areOfDifferentTrees(a: string | null, b: string | null): boolean {
  return a !== null && b !== null && a !== b;
}

/** Whether a posting has its title from the one whose other patches it keeps (a partial reroll): that is no evidence. */
function tookTitle({ posting: { revision } }: PostingNode): boolean {
  const { cover, patches, title } = revision;
  if (cover !== null || !patches.some(({ carriedFrom }) => carriedFrom !== undefined)) return false;
  return patches.every((patch) => patch.carriedFrom !== undefined || patch.title !== title);
}

/**
 * Whether all patches come back, or many. This is asked if the name is the same and the address is not, since it may be somebody
 * else.
 */
function comesBack(newer: PostingNode, older: PostingNode): boolean {
  if (newer.posting.revision.version <= older.posting.revision.version && !older.posting.revision.rfc) return false;
  const telling = [...older.patchTitles].filter(isTellingTitle);
  const back = telling.filter((title) => newer.patchTitles.has(title)).length;
  return back >= overlapTitles && (back === telling.length || back > overlapTitles);
}

/** Whether the newer posting says that it had the older one's title, and the older one is not a later version. */
function wasCalled(newer: PostingNode, older: PostingNode): boolean {
  const titles = newer.posting.signs.formerTitles;
  if (titles.length === 0 || newer.title === older.title || !titles.includes(older.title)) return false;
  const [after, before] = [newer.posting.revision, older.posting.revision];
  return after.version > before.version || (before.rfc && !after.rfc) || after.version === before.version;
}

/**
 * Whether a reroll was sent into the thread of the posting it replaces. Another series may be sent there too, so they must have
 * something in common.
 */
function answersPosting(newer: PostingNode, older: PostingNode): boolean {
  const above = newer.posting.signs.answers;
  const [{ version, expected }, before] = [newer.posting.revision, older.posting.revision];
  const grows = version > before.version || (version === before.version && expected === before.expected);
  return above !== null && grows && older.posting.signs.messageIds.has(above) && isAkin(newer, older);
}

/** Whether a title or file agrees, or nothing is known that could agree. */
function isAkin(a: PostingNode, b: PostingNode): boolean {
  if (isSameTitle(a, b) || sharedCount(a.patchTitles, b.patchTitles) > 0 || sharedCount(a.paths, b.paths) > 0) return true;
  return a.paths.size === 0 || b.paths.size === 0;
}

function sharesMostPatchIds(a: PostingNode, b: PostingNode): boolean {
  const [first, second] = [a.posting.signs.patchIds, b.posting.signs.patchIds];
  if (actOf(a) !== actOf(b)) return false;
  const shared = sharedCount(first, second);
  if (shared === 0) return false;
  const most = Math.max(changeCount(a, first), changeCount(b, second));
  // A lone patch that went into a larger series is not that series.
  return shared >= Math.min(most, overlapTitles) && shared / most >= overlapShare;
}

/** The word for what a patch does to another one: a revert or fixup may make the same change and is other work. */
function actOf({ title }: PostingNode): string {
  return /^(?:revert|reapply|fixup!|squash!|amend!)/.exec(title)?.[0] ?? "";
}

/** How many changes a posting has. A patch that was sent twice has two patch ids and is one change. */
function changeCount({ posting: { revision } }: PostingNode, patchIds: ReadonlySet<string>): number {
  const places = revision.patches.filter(({ messageId }) => messageId !== null).length;
  return Math.max(1, Math.min(places, patchIds.size));
}

/** Whether the titles agree. A single patch may get or lose a cover letter; then the title of the patch counts. */
function isSameTitle(a: PostingNode, b: PostingNode): boolean {
  if (a.title === b.title) return a.title !== "";
  return isSingle(a) && isSingle(b) && (a.lone || b.lone) && a.titles[0] === b.titles[0] && a.titles[0] !== "";
}

function isSingle({ posting, titles }: PostingNode): boolean {
  return posting.revision.expected === 1 && titles.length === 1;
}

/** Whether the brackets tell two postings apart: by version, RFC or RESEND. */
function isReroll(a: Revision, b: Revision): boolean {
  return a.version !== b.version || a.rfc !== b.rfc || a.resend !== b.resend || a.point !== b.point;
}

/**
 * Whether two postings under one title could have shown by their patches or files that they are different works. The title of a
 * lone patch is exact enough for its author to mean the same by it, whatever file the next version changes, unless it is one that
 * fits every other patch ("Fix a typo").
 */
function areComparable(a: PostingNode, b: PostingNode): boolean {
  if (a.lone && b.lone && isTellingTitle(a.title)) return false;
  return (!(a.lone && b.lone) && a.patchTitles.size > 0 && b.patchTitles.size > 0) || (a.paths.size > 0 && b.paths.size > 0);
}

/**
 * The newer posting's changelog names the older one: by Message-ID (its own, that of an answer to it, or that of a cover letter
 * which only its patches name), or by version if the older one has no Message-ID (a digest).
 */
function citesPosting(newer: PostingNode, older: PostingNode, { alike, rerolled }: { alike: boolean; rerolled: boolean }): boolean {
  if (newer.citations.length === 0) return false;
  const { revision, signs } = older.posting;
  const ids = new Set([revision.messageId, ...revision.patches.map(({ messageId }) => messageId)]);
  const isNamed = newer.citations.some(
    ({ messageId, version }) =>
      ids.has(messageId) ||
      signs.messageIds.has(messageId) ||
      (version === revision.version && (signs.answerIds.has(messageId) || hasCover(older, messageId))),
  );
  if (isNamed) return true;
  // Both cite one earlier posting. If two of the same version do so, they are the halves of a series that was split.
  const shared = rerolled && newer.citations.some(({ messageId }) => older.citations.some((other) => other.messageId === messageId));
  if (revision.messageId !== null) return shared;
  const named = newer.citations.some(({ version, rfc }) => version === revision.version && (!rfc || revision.rfc));
  return shared || (named && alike);
}

/** Whether a mail that is not here must be the cover letter of a posting, whose patches answer it. */
export function hasCover({ posting: { revision, signs } }: PostingNode, messageId: string): boolean {
  return revision.cover === null && revision.expected > 1 && signs.absent.includes(messageId);
}

/**
 * Whether two postings are similar enough to support weaker evidence: they share most patches of the smaller one, or, under one
 * title, most of its files.
 */
function overlaps(a: PostingNode, b: PostingNode): boolean {
  // Between two lone patches, the title is the weaker evidence itself and cannot support it.
  if (!isSingle(a) || !isSingle(b)) {
    const titles = sharedCount(a.patchTitles, b.patchTitles);
    const fewest = Math.min(a.patchTitles.size, b.patchTitles.size);
    if (titles > 0 && titles / fewest >= overlapShare && titles >= Math.min(overlapTitles, fewest)) return true;
  }
  if (!isSameTitle(a, b)) return false;
  const paths = sharedCount(a.paths, b.paths);
  return paths > 0 && paths / Math.min(a.paths.size, b.paths.size) >= overlapShare;
}

/**
 * Whether two postings share enough patches to be one work without other evidence. A lone patch that went into a larger series is
 * not a revision of it.
 */
function sharesMostPatches(a: PostingNode, b: PostingNode): boolean {
  const titles = sharedCount(a.patchTitles, b.patchTitles);
  return titles >= overlapTitles && titles / Math.max(a.patchTitles.size, b.patchTitles.size) >= overlapShare;
}

function sharedCount(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const [small, large] = a.size < b.size ? [a, b] : [b, a];
  let shared = 0;
  for (const value of small) if (large.has(value)) shared++;
  return shared;
}

/** Whether a posting is the older of two. A posting that answers or names another is newer, whatever its date says. */
function isOlder(a: PostingNode, b: PostingNode): boolean {
  const [first, second] = [namesPosting(a, b), namesPosting(b, a)];
  return first === second ? comparePostings(a.posting, b.posting) <= 0 : second;
}

/** Whether a posting stands in the thread of another, or its changelog names it. */
export function namesPosting({ citations, posting }: PostingNode, { posting: { signs } }: PostingNode): boolean {
  const { answers } = posting.signs;
  return (answers !== null && signs.messageIds.has(answers)) || citations.some(({ messageId }) => signs.messageIds.has(messageId));
}

// Postings that continue earlier work of their author, recognised only by the version and the patches.

/** How much of the smaller posting's files two postings under different titles share. */
const filesShare = 0.5;
/** One shared file is chance: most work on KVM passes through a few. */
const fewestFiles = 2;
/** How many of the words of the shorter title two lone patches share when one is the other under a new title. */
const wordsShare = 0.5;
/** Words that every other title has. */
const commonWords: ReadonlySet<string> = new Set(
  "add and clean cleanup don't drop fix fixes for from into make move not remove rename replace the use when with".split(" "),
);

/**
 * Whether the first posting of one series continues the last posting of another: it says v2 or later, or is what an RFC became,
 * and it contains what its author posted before under another title. Two postings may be similar and both be here by mistake, so
 * this is asked only of a first and a last one that nothing else joins.
 */
export function continuesSeries(newer: PostingNode, older: PostingNode): boolean {
  const [after, before] = [newer.posting.revision, older.posting.revision];
  const grows = after.version > before.version;
  const becomes = before.rfc && !after.rfc && after.version === 1;
  if ((!grows && !becomes) || newer.author !== older.author || !isForReview(newer) || !isForReview(older)) return false;
  if (comparePostings(older.posting, newer.posting) > 0 || pause(older, newer) > longestPause) return false;
  // It names another posting that it continues, and which is not here.
  if (newer.citations.some(({ version }) => version >= before.version)) return false;
  const shared = sharedCount(newer.patchTitles, older.patchTitles);
  if (shared === 0) return after.version === before.version + 1 && isRetitled(newer, older);
  if (shared === 1 && sharesOnlyBoring(newer, older)) return false;
  const holdsAll = shared === older.patchTitles.size;
  if (becomes && !grows) return holdsAll && shared * 2 >= newer.patchTitles.size;
  const isNext = after.version === before.version + 1;
  return (holdsAll && isNext) || (isNext && isWhatIsLeft(newer, older)) || sharesFiles(newer, older);
}

/** Whether a lone patch was one of several in the version before, in the same files: the others were applied or dropped. */
function isWhatIsLeft(newer: PostingNode, older: PostingNode): boolean {
  const isLone = newer.lone && newer.posting.revision.expected === 1 && isTellingTitle(newer.title) && older.patchTitles.has(newer.title);
  return isLone && newer.paths.size > 0 && sharedCount(newer.paths, older.paths) * 2 > newer.paths.size;
}

/**
 * Whether a posting consists of patches for review. Pull requests and backports have no next version, and a digest tells no
 * dates.
 */
function isForReview({ posting }: PostingNode): boolean {
  return posting.signs.tree === "" && posting.revision.date !== null;
}

function pause(older: PostingNode, newer: PostingNode): number {
  return Date.parse(newer.posting.revision.date ?? "") - Date.parse(older.posting.revision.date ?? "");
}

/** Whether two lone patches share most files and most words of the title; the prefix before a colon, which many patches share, does not count. */
function isRetitled(newer: PostingNode, older: PostingNode): boolean {
  if (newer.patchTitles.size !== 1 || older.patchTitles.size !== 1) return false;
  const files = sharedCount(newer.paths, older.paths);
  if (files === 0 || files < filesShare * Math.min(newer.paths.size, older.paths.size)) return false;
  const [first, second] = [titleSentenceWords(newer), titleSentenceWords(older)];
  const words = sharedCount(first, second);
  return words > 0 && words >= wordsShare * Math.min(first.size, second.size);
}

/** Whether two postings share only a title that fits every other patch, and change different files. */
function sharesOnlyBoring(newer: PostingNode, older: PostingNode): boolean {
  const title = newer.titles.find((one) => older.patchTitles.has(one)) ?? "";
  return !isTellingTitle(title) && sharedCount(newer.paths, older.paths) === 0;
}

function titleSentenceWords({ posting }: PostingNode): ReadonlySet<string> {
  const sentence = posting.revision.patches[0]?.title.toLowerCase().split(": ").at(-1) ?? "";
  return new Set(sentence.match(/[\p{L}\d_']{3,}/gu)?.filter((word) => !commonWords.has(word)));
}

function sharesFiles(newer: PostingNode, older: PostingNode): boolean {
  const shared = sharedCount(newer.paths, older.paths);
  return shared >= fewestFiles && shared >= filesShare * Math.min(newer.paths.size, older.paths.size);
}

// Postings with one change-id need not be one work. b4 keeps the change-id of a branch, and a branch may be used again for other
// work: then the version starts again, and titles and files are new.

/** One work in a branch, as far as its postings have been looked at. */
interface BranchWork {
  readonly name: string;
  readonly paths: Set<string>;
  version: number;
  onlyRfc: boolean;
}

/** Gives each node the name of the work that its change-id stands for; the order of the nodes does not matter. */
export function nameBranchWorks(nodes: readonly PostingNode[]): void {
  const branches = new Map<string, PostingNode[]>();
  for (const node of nodes) {
    const id = node.posting.signs.changeId;
    if (id === null) continue;
    const known = branches.get(id);
    if (known) known.push(node);
    else branches.set(id, [node]);
  }
  for (const [id, branch] of branches) nameWorksOfBranch(id, branch);
}

function nameWorksOfBranch(id: string, branch: readonly PostingNode[]): void {
  const titled = new Map<string, BranchWork>();
  let last: BranchWork | null = null;
  let count = 0;
  for (const node of [...branch].sort((a, b) => comparePostings(a.posting, b.posting))) {
    const titles = [node.title, ...node.titles].filter((title) => title !== "");
    // An author may return to work after other work was sent from the same branch.
    const same = titles.map((title) => titled.get(title)).find((work) => work !== undefined);
    const work: BranchWork =
      same ?? (last === null || startsAgain(node, last) ? { name: `${id} ${++count}`, paths: new Set(), version: 0, onlyRfc: true } : last);
    work.version = node.posting.revision.version;
    work.onlyRfc &&= node.posting.revision.rfc;
    for (const path of node.paths) work.paths.add(path);
    for (const title of titles) if (!titled.has(title)) titled.set(title, work);
    node.work = work.name;
    last = work;
  }
}

/** Whether the version and the files say that a posting with new titles is other work. */
function startsAgain({ posting: { revision }, paths }: PostingNode, work: BranchWork): boolean {
  if (revision.version > work.version || revision.resend || (work.onlyRfc && !revision.rfc)) return false;
  return paths.size > 0 && work.paths.size > 0 && sharedCount(paths, work.paths) * 2 <= Math.min(paths.size, work.paths.size);
}

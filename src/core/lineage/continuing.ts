/** Which postings go on with earlier work of their author though nothing says so but the version and the patches. */
import { comparePair, intersection, type Node } from "./evidence";
import { isTelling, longestPause } from "../assembly/linkKeys";

/** How much of the smaller posting's files two postings under different titles share. */
const filesShare = 0.5;
/** One shared file is chance: most work on KVM passes through a few. */
const fewestFiles = 2;
/** How many of the words of the shorter title two lone patches share when one is the other under a new title. */
const wordsShare = 0.5;
/** Words that every other title has. */
const commonWords = new Set(
  "add and clean cleanup don't drop fix fixes for from into make move not remove rename replace the use when with".split(" "),
);

/**
 * Whether a posting that stands at the beginning of its series goes on with one that stands at the end of another: it says
 * v2 or later, or is what an RFC became, and it holds what its author posted before under another title. Two postings may
 * be alike and both be here by mistake, so this is asked only of a first and a last one that nothing else joins.
 */
export function continues(newer: Node, older: Node): boolean {
  const [after, before] = [newer.posting.revision, older.posting.revision];
  const grows = after.version > before.version;
  const becomes = before.rfc && !after.rfc && after.version === 1;
  if ((!grows && !becomes) || newer.author !== older.author || !isForReview(newer) || !isForReview(older)) return false;
  if (comparePair(older.posting, newer.posting) > 0 || pause(older, newer) > longestPause) return false;
  // It names what it goes on from, and that is not here.
  if (newer.citations.some(({ version }) => version >= before.version)) return false;
  const shared = intersection(newer.patchTitles, older.patchTitles);
  if (shared === 0) return after.version === before.version + 1 && isRetitled(newer, older);
  if (shared === 1 && sharesOnlyBoring(newer, older)) return false;
  const holdsAll = shared === older.patchTitles.size;
  if (becomes && !grows) return holdsAll && shared * 2 >= newer.patchTitles.size;
  const isNext = after.version === before.version + 1;
  return (holdsAll && isNext) || (isNext && isWhatIsLeft(newer, older)) || sharesFiles(newer, older);
}

/** A lone patch that was one of several in the version before, in the same files: the others were taken or given up. */
function isWhatIsLeft(newer: Node, older: Node): boolean {
  const isLone = newer.lone && newer.posting.revision.expected === 1 && isTelling(newer.title) && older.patchTitles.has(newer.title);
  return isLone && newer.paths.size > 0 && intersection(newer.paths, older.paths) * 2 > newer.paths.size;
}

/** Patches for review, by mail: a pull request or a backport has no next version, and a digest tells no dates. */
function isForReview({ posting }: Node): boolean {
  return posting.signs?.tree === "" && posting.revision.date !== null;
}

function pause(older: Node, newer: Node): number {
  return Date.parse(newer.posting.revision.date ?? "") - Date.parse(older.posting.revision.date ?? "");
}

/** Two lone patches with most files and words in common, apart from what stands before a colon and is said of everything there. */
function isRetitled(newer: Node, older: Node): boolean {
  if (newer.patchTitles.size !== 1 || older.patchTitles.size !== 1) return false;
  const files = intersection(newer.paths, older.paths);
  if (files === 0 || files < filesShare * Math.min(newer.paths.size, older.paths.size)) return false;
  const [first, second] = [wordsOf(newer), wordsOf(older)];
  const words = intersection(first, second);
  return words > 0 && words >= wordsShare * Math.min(first.size, second.size);
}

/** Whether all that two postings share is a title that fits every other patch, for other files. */
function sharesOnlyBoring(newer: Node, older: Node): boolean {
  const title = newer.titles.find((one) => older.patchTitles.has(one)) ?? "";
  return !isTelling(title) && intersection(newer.paths, older.paths) === 0;
}

function wordsOf({ posting }: Node): ReadonlySet<string> {
  const sentence = posting.revision.patches[0]?.title.toLowerCase().split(": ").at(-1) ?? "";
  return new Set(sentence.match(/[\p{L}\d_']{3,}/gu)?.filter((word) => !commonWords.has(word)));
}

function sharesFiles(newer: Node, older: Node): boolean {
  const shared = intersection(newer.paths, older.paths);
  return shared >= fewestFiles && shared >= filesShare * Math.min(newer.paths.size, older.paths.size);
}

/** Compares two revisions of a series: which patch became which, and what changed in its diff, its message and the cover letter. */
import { longestAscending } from "../lines/lineDiff";
import { isSameAuthor } from "../mail/author";
import type { Mail } from "../mail/mail";
import { versionLabel } from "../mail/subject";
import { textsOfRevision } from "../series/revisionTexts";
import type { Patch, Revision } from "../series/series";
import { finished, type Steps } from "../steps";
import { type ComparedPatch, comparedPatches, differenceOf } from "./comparedPatch";
import { bareLetter } from "./coverLetter";
import type { FileInterdiff } from "./interdiff";
import { pairPatches, type PatchGroup } from "./pairPatches";
import { type TextChange, textChange, type TextChangeLine } from "./textChange";

/**
 * What became of a patch. `unchanged` and `moved` patches make the same change, at the same index and at another one; a patch
 * with another change is `changed`, wherever it is. `unknown` means that nobody can tell, since a diff or a patch is missing.
 */
export type PairState = "unchanged" | "moved" | "changed" | "new" | "dropped" | "split" | "squashed" | "unknown";

/** What became of the cover letter; `unknown` where the text of one is not known. */
export type LetterState = Extract<PairState, "unchanged" | "changed" | "new" | "dropped" | "unknown">;

export interface ComparedPair {
  readonly from: Patch | null;
  readonly to: Patch | null;
  readonly state: PairState;
  /**
   * The patch passed other patches that are in both revisions. A patch that moved without this was only pushed along by new or
   * dropped ones.
   */
  readonly reordered: boolean;
  /** The author is another one. */
  readonly authorChanged: boolean;
  readonly titleChanged: boolean;
  /** What changed in the commit message, without its trailers. */
  readonly message: TextChange;
  readonly trailers: readonly TextChangeLine[];
  /** What changed in the diff. The pairs of a patch that was split or squashed share the difference of all parts together. */
  readonly diff: readonly FileInterdiff[];
}

export interface Comparison {
  readonly from: Revision;
  readonly to: Revision;
  /** In the order of the newer revision; a dropped patch comes after those that preceded it in the older one. */
  readonly pairs: readonly ComparedPair[];
  /** What changed in the cover letter, without shortlog and diffstat. */
  readonly cover: TextChange;
  /** Null where neither revision has a cover letter. */
  readonly letter: LetterState | null;
  /** What could not be compared, one sentence each. */
  readonly problems: readonly string[];
}

/** How many lines are shown around a change in a cover letter, and in a message. */
const coverContext = 3;
const messageContext = 1;

/**
 * Compares two revisions.
 *
 * @param mails those of both revisions, see `mailIdsOf`
 */
export function compareRevisions(from: Revision, to: Revision, mails: ReadonlyMap<string, Mail>): Comparison {
  return finished(compareRead(finished(readRevision(from, mails)), finished(readRevision(to, mails))));
}

/**
 * Compares each revision with the one before it, in steps.
 *
 * @param revisions oldest first
 * @param mails those of all of them
 */
export function* compareEach(revisions: readonly Revision[], mails: ReadonlyMap<string, Mail>): Steps<Comparison[]> {
  const comparisons: Comparison[] = [];
  let before: ReadRevision | null = null;
  for (const revision of revisions) {
    const read: ReadRevision = yield* readRevision(revision, mails);
    if (before) comparisons.push(yield* compareRead(before, read));
    before = read;
  }
  return comparisons;
}

/** A revision with what is compared of it. */
interface ReadRevision {
  readonly revision: Revision;
  readonly patches: readonly ComparedPatch[];
  /** Its cover letter; null where the text is not known, and "" where there is none. */
  readonly letter: string | null;
}

function* readRevision(revision: Revision, mails: ReadonlyMap<string, Mail>): Steps<ReadRevision> {
  return { revision, patches: yield* comparedPatches(revision, mails), letter: letterOf(revision, mails) };
}

function letterOf(revision: Revision, mails: ReadonlyMap<string, Mail>): string | null {
  if (!revision.cover) return "";
  const { cover } = textsOfRevision(revision, mails);
  return cover === null ? null : bareLetter(cover);
}

function* compareRead(before: ReadRevision, after: ReadRevision): Steps<Comparison> {
  const pairs: PlacedPair[] = [];
  for (const group of yield* pairPatches(before.patches, after.patches)) {
    yield;
    pairs.push(...pairsOfGroup(group, before.patches, after.patches));
  }
  markReordered(pairs);
  markUnknown(pairs, before.revision, after.revision);
  yield;
  const cover = textChange(before.letter ?? "", after.letter ?? "", coverContext);
  return {
    from: before.revision,
    to: after.revision,
    pairs: inReadingOrder(pairs).map(withoutPlaces),
    cover,
    letter: letterState(before, after, cover),
    problems: [...problemsOf(before), ...problemsOf(after)],
  };
}

function letterState(before: ReadRevision, after: ReadRevision, cover: TextChange): LetterState | null {
  const [old, now] = [before.revision.cover, after.revision.cover];
  if (!old || !now) return now ? "new" : old ? "dropped" : null;
  if (before.letter === null || after.letter === null) return "unknown";
  return cover.length > 0 ? "changed" : "unchanged";
}

/** A sentence for what a revision lacks. */
function problemsOf({ revision, patches }: ReadRevision): string[] {
  const { missing, version, point = 0 } = revision;
  const label = versionLabel(version, point);
  const bare = patches.filter(({ files }) => files === null).map(({ patch, title }) => patch.index ?? `“${title}”`);
  return [
    ...(missing.length > 0 ? [`${patchesNamed(missing)} of ${label} ${missing.length === 1 ? "is" : "are"} missing in the sources.`] : []),
    ...(bare.length > 0 ? [`${patchesNamed(bare)} of ${label} ${bare.length === 1 ? "has" : "have"} no diff in the sources.`] : []),
  ];
}

/** How many patches a problem names at most. */
const mostNamed = 10;

function patchesNamed(names: ReadonlyArray<number | string>): string {
  if (names.length === 1) return `Patch ${names[0] ?? ""}`;
  if (names.length > mostNamed) return `${names.length} patches`;
  return `Patches ${names.slice(0, -1).join(", ")} and ${names.at(-1) ?? ""}`;
}

// The pairs of a group, and what changed in them.

/** A pair with the places of its patches in their revisions; -1 where there is none. */
type PlacedPair = { -readonly [Key in keyof ComparedPair]: ComparedPair[Key] } & { readonly fromAt: number; readonly toAt: number };

function withoutPlaces({ from, to, state, reordered, authorChanged, titleChanged, message, trailers, diff }: PlacedPair): ComparedPair {
  return { from, to, state, reordered, authorChanged, titleChanged, message, trailers, diff };
}

const nothingChanged = { reordered: false, authorChanged: false, titleChanged: false, message: [], trailers: [], diff: [] };

function pairsOfGroup({ from, to, pairs }: PatchGroup, before: readonly ComparedPatch[], after: readonly ComparedPatch[]): PlacedPair[] {
  const lone = (at: number, patches: readonly ComparedPatch[]): Patch | null => patches[at]?.patch ?? null;
  if (pairs.length === 0)
    return [
      ...from.map((at): PlacedPair => ({ ...nothingChanged, from: lone(at, before), to: null, state: "dropped", fromAt: at, toAt: -1 })),
      ...to.map((at): PlacedPair => ({ ...nothingChanged, from: null, to: lone(at, after), state: "new", fromAt: -1, toAt: at })),
    ];
  const diff = differenceOf(
    from.map((at) => before[at]),
    to.map((at) => after[at]),
  );
  return pairs.flatMap(([fromAt, toAt]): PlacedPair[] => {
    const [old, now] = [before[fromAt], after[toAt]];
    if (!old || !now) return [];
    const isPart = pairs.length > 1;
    const isSquashed = pairs.filter(([, place]) => place === toAt).length > 1;
    return [
      {
        from: old.patch,
        to: now.patch,
        state: isPart ? (isSquashed ? "squashed" : "split") : stateOf(old, now, { fromAt, toAt, diff }),
        reordered: false,
        // A part has a title of its own, so its text is not compared with that of the whole.
        ...(isPart && old.title !== now.title ? { ...nothingChanged } : changesOfText(old, now)),
        diff: diff ?? [],
        fromAt,
        toAt,
      },
    ];
  });
}

function changesOfText(
  old: ComparedPatch,
  now: ComparedPatch,
): Pick<ComparedPair, "authorChanged" | "titleChanged" | "message" | "trailers"> {
  return {
    authorChanged: !isSameAuthor(old.author, now.author),
    titleChanged: old.title !== now.title,
    message: textChange(old.message, now.message, messageContext),
    trailers: [
      ...old.trailers.filter((one) => !now.trailers.includes(one)).map((text) => ({ side: "-", text }) as const),
      ...now.trailers.filter((one) => !old.trailers.includes(one)).map((text) => ({ side: "+", text }) as const),
    ],
  };
}

interface PairPlace {
  readonly fromAt: number;
  readonly toAt: number;
  readonly diff: readonly FileInterdiff[] | null;
}

function stateOf(old: ComparedPatch, now: ComparedPatch, { fromAt, toAt, diff }: PairPlace): PairState {
  if (diff === null && (old.mail === null || old.mail !== now.mail)) return "unknown";
  if (diff !== null && diff.length > 0) return "changed";
  return (old.patch.index ?? fromAt + 1) === (now.patch.index ?? toAt + 1) ? "unchanged" : "moved";
}

/** Marks the patches that are in both revisions and not in the order of the others. */
function markReordered(pairs: readonly PlacedPair[]): void {
  const paired = pairs.filter(({ state }) => state === "unchanged" || state === "moved" || state === "changed");
  const places = paired.map(({ fromAt, toAt }) => [fromAt, toAt] as const).sort(([a], [b]) => a - b);
  const inOrder = new Set(longestAscending(places).map(([from]) => from));
  for (const pair of paired) pair.reordered = !inOrder.has(pair.fromAt);
}

/** A patch that is missing in one revision, or that has no diff to be paired by, may be the one that seems new or dropped in the other. */
function markUnknown(pairs: readonly PlacedPair[], from: Revision, to: Revision): void {
  const isBare = (patch: Patch | null): boolean => patch !== null && patch.files.length === 0;
  const lacksFrom = from.missing.length > 0 || pairs.some((pair) => pair.to === null && isBare(pair.from));
  const lacksTo = to.missing.length > 0 || pairs.some((pair) => pair.from === null && isBare(pair.to));
  for (const pair of pairs) if ((pair.from === null && lacksFrom) || (pair.to === null && lacksTo)) pair.state = "unknown";
}

/** In the order of the newer revision; a dropped patch comes after those that preceded it in the older one. */
function inReadingOrder(pairs: readonly PlacedPair[]): PlacedPair[] {
  const gone = new Map(pairs.filter(({ toAt }) => toAt < 0).map((pair) => [pair.fromAt, pair]));
  const seen = new Set<number>();
  const ordered: PlacedPair[] = [];
  let first = 0;
  const addGone = (): void => {
    for (let pair = gone.get(first); pair || seen.has(first); pair = gone.get(first)) {
      if (pair) ordered.push(pair);
      first++;
    }
  };
  addGone();
  for (const pair of pairs.filter(({ toAt }) => toAt >= 0).sort((a, b) => a.toAt - b.toAt || a.fromAt - b.fromAt)) {
    ordered.push(pair);
    if (pair.fromAt >= 0) seen.add(pair.fromAt);
    addGone();
  }
  return ordered;
}

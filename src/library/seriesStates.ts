/** The status of series with its evidence: what a tree has of them, and what people wrote. */
import { checkApplies } from "../checkout/applies";
import { findLanded, type LandedCache, type LandedResult } from "../checkout/landed";
import { HumanError } from "../core/humanError";
import type { PatchLanding, TreeRef } from "../core/series/landed";
import { type MovedNames, movedIn } from "../core/series/movedFiles";
import { isPending, isStableMail, newestDate, newestRevision, type Problem, type Series } from "../core/series/series";
import { seriesStatus, type StatusWithEvidence } from "../core/series/status";
import type { GitOptions } from "../git/git";
import type { Library } from "./library";

export interface SeriesState extends StatusWithEvidence {
  readonly series: Series;
  /** The patches of the newest revision. */
  readonly patches: readonly PatchLanding[];
}

interface SeriesStates {
  readonly states: readonly SeriesState[];
  /** The refs that were looked at, those first on which something has landed. */
  readonly refs: readonly TreeRef[];
  /** Older commits were not read: ISO 8601, UTC, seconds, `Z`; null if all were. */
  readonly since: string | null;
  readonly problems: readonly Problem[];
}

export interface StatesOptions extends GitOptions {
  readonly cache?: LandedCache;
  /** Finds the files of series that the tree calls otherwise; asked only where what the tree contains is compared. */
  readonly moved?: () => Promise<MovedNames>;
}

/** A commit may be older than the mail it was sent in, and clocks are wrong. */
const slackDays = 30;
const dayMilliseconds = 24 * 60 * 60 * 1000;

/**
 * Works out the status of series.
 *
 * @param tree the checkout
 * @param asked one of the sources, or all: of those no longer pending only commits are found that are as young as the pending ones
 */
export async function readSeriesStates(
  library: Pick<Library, "series" | "mailBytes">,
  asked: readonly Series[],
  tree: string,
  options: StatesOptions = {},
): Promise<SeriesStates> {
  const now = newestDate(library.series);
  const mails = (ids: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>> => library.mailBytes(ids);
  let found: LandedResult | null = null;
  const problems: Problem[] = [];
  try {
    found = await findLanded(tree, asked, { ...options, since: oldestPosting(asked, now), mails });
  } catch (error) {
    if (!(error instanceof HumanError)) throw error;
    problems.push({ source: tree, message: error.message });
  }
  const contained = found ? await inTree(tree, asked, found, { ...options, mails }) : new Map<string, ReadonlySet<number>>();
  const refs = found?.refs ?? [];
  const states = asked.map((series): SeriesState => {
    const there = contained.get(series.id);
    const known = found?.patches.get(series.id) ?? unknownPatches(series);
    const patches = known.map((patch): PatchLanding => (there?.has(patch.index) && isOpen(patch) ? { ...patch, state: "in-tree" } : patch));
    return { series, patches, ...seriesStatus(series, found ? { patches, refs } : null, now) };
  });
  const since = found ? `${new Date(found.since).toISOString().slice(0, 19)}Z` : null;
  return { states, refs: [...refs].sort((a, b) => Number(b.main) - Number(a.main)), since, problems };
}

/** When the oldest of the pending series was posted, and some days before; of series that are not pending the oldest. Null without dates. */
function oldestPosting(asked: readonly Series[], now: number | null): number | null {
  const pending = asked.filter((one) => isPending(one, now));
  let oldest: number | null = null;
  for (const one of pending.length > 0 ? pending : asked) {
    const sent = postedAt(one);
    if (sent !== null) oldest = Math.min(oldest ?? sent, sent);
  }
  return oldest === null ? null : oldest - slackDays * dayMilliseconds;
}

function postedAt(series: Series): number | null {
  const { posted, date } = newestRevision(series);
  const sent = posted?.firstSent ?? date;
  return sent === null ? null : Date.parse(sent);
}

function unknownPatches(series: Series): PatchLanding[] {
  const { patches, missing } = newestRevision(series);
  const all = [
    ...patches.map(({ index, title }, at) => ({ index: index ?? at + 1, title })),
    ...missing.map((index) => ({ index, title: null })),
  ];
  return all.sort((a, b) => a.index - b.index).map((one) => ({ ...one, state: "unknown", commits: [] }));
}

/** Whether the history said nothing of a patch. */
function isOpen({ state, title }: PatchLanding): boolean {
  return title !== null && (state === "not-found" || state === "older");
}

/**
 * The patches whose changes the tree has, for series that were posted before its history begins, as in an unpacked release or a shallow
 * clone. Where the history reaches back it has the commit or it does not, and the same lines are somebody else's.
 */
async function inTree(
  tree: string,
  asked: readonly Series[],
  { beginning, patches }: LandedResult,
  { mails, moved, binary, signal }: StatesOptions & Pick<Parameters<typeof checkApplies>[3], "mails">,
): Promise<Map<string, ReadonlySet<number>>> {
  if (beginning === null) return new Map();
  const wanted = asked.filter((one) => {
    const sent = postedAt(one);
    return sent !== null && sent < beginning && !isStableMail(one) && patches.get(one.id)?.some(isOpen);
  });
  if (wanted.length === 0) return new Map();
  const names = await moved?.();
  const { answers } = await checkApplies(tree, { base: "HEAD" }, wanted, {
    binary,
    signal,
    mails,
    known: [],
    ...(names ? { moved: (one: Series) => movedIn(newestRevision(one), names) } : {}),
  });
  return new Map([...answers].map(([id, { alreadyIn }]) => [id, new Set(alreadyIn)]));
}

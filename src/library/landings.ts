/** What a checkout has of series, whatever people wrote. */
import { checkApplies } from "../checkout/applies";
import { findLanded, type LandedCache, type LandedResult } from "../checkout/landed";
import { readRemotes } from "../checkout/remotes";
import { HumanError } from "../core/humanError";
import type { PatchLanding, RemoteBranches, TreeRef } from "../core/series/landed";
import { type MovedNames, movedIn } from "../core/series/movedFiles";
import { isPending, isStableMail, newestRevision, pendingDays, type Problem, type Series } from "../core/series/series";
import type { GitOptions } from "../git/git";

export interface Landings {
  /** The patches of the newest revision of each series, by the id of the series. */
  readonly patches: ReadonlyMap<string, readonly PatchLanding[]>;
  /** The refs that were looked at, those first on which something has landed; [] where there is no history to look at. */
  readonly refs: readonly TreeRef[];
  readonly remotes: readonly RemoteBranches[];
  /** Commits that are older were not read: ISO 8601, UTC, seconds, `Z`; null where none were. */
  readonly since: string | null;
  readonly problems: readonly Problem[];
}

export interface LandingsOptions extends GitOptions {
  /** When the newest series was posted, in milliseconds; null where no source tells dates. */
  readonly now: number | null;
  /** Mails as they lie in the archives, by Message-ID. */
  readonly mails: (messageIds: readonly string[]) => Promise<ReadonlyMap<string, Uint8Array>>;
  readonly cache?: LandedCache;
  /** Keeps what a tree without history contains. */
  readonly contained?: Parameters<typeof checkApplies>[3]["cache"];
  /** Finds the files of series that the tree calls otherwise; asked only where what the tree contains is compared. */
  readonly moved?: () => Promise<MovedNames>;
}

/** A commit may be older than the mail it was sent in, and clocks are wrong. */
const slackDays = 30;
const dayMilliseconds = 24 * 60 * 60 * 1000;

/**
 * Looks for series in a checkout. A folder without history is a problem, and nothing is known of any patch then.
 *
 * @param asked of those no longer pending only commits are found that are as young as pending ones may be; of a single one all are
 */
export async function readLandings(asked: readonly Series[], tree: string, options: LandingsOptions): Promise<Landings> {
  let found: LandedResult;
  try {
    found = await findLanded(tree, asked, { ...options, since: oldestPosting(asked, options.now) });
  } catch (error) {
    if (!(error instanceof HumanError)) throw error;
    const patches = new Map(asked.map((series) => [series.id, unknownPatches(series)]));
    return { patches, refs: [], remotes: [], since: null, problems: [{ source: tree, message: error.message }] };
  }
  const contained = await inTree(tree, asked, found, options);
  const patches = new Map(
    asked.map((series) => {
      const there = contained.get(series.id);
      const known = found.patches.get(series.id) ?? unknownPatches(series);
      return [
        series.id,
        known.map((patch): PatchLanding => (there?.has(patch.index) && isOpen(patch) ? { ...patch, state: "in-tree" } : patch)),
      ];
    }),
  );
  const refs = [...found.refs].sort((a, b) => Number(b.main) - Number(a.main));
  const remotes = await readRemotes(found.top, found.refs, options);
  return { patches, refs, remotes, since: `${new Date(found.since).toISOString().slice(0, 19)}Z`, problems: [] };
}

/**
 * As far back as a pending series may have been posted, and some days before: the same for all of them, so that what was read once is
 * enough. Of series that are not pending the oldest. Null without dates.
 */
function oldestPosting(asked: readonly Series[], now: number | null): number | null {
  const slack = slackDays * dayMilliseconds;
  if (now !== null && asked.some((one) => isPending(one, now))) return now - pendingDays * dayMilliseconds - slack;
  const dates = asked.map(postedAt).filter((date) => date !== null);
  return dates.length === 0 ? null : dates.reduce((oldest, date) => Math.min(oldest, date)) - slack;
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
  { mails, moved, contained, binary, signal }: LandingsOptions,
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
    ...(contained ? { cache: contained } : {}),
    ...(names ? { moved: (one: Series) => movedIn(newestRevision(one), names) } : {}),
  });
  await contained?.save().catch(() => undefined);
  return new Map([...answers].map(([id, { alreadyIn }]) => [id, new Set(alreadyIn)]));
}

/** How far back an archive is fetched, and in which steps. */

/** Months of mail that are fetched first, so that there is something to look at and a break loses little. */
const firstMonths = [1, 6, 24];

/** More months than mail is old. */
const allMonths = 12 * 50;

/** The moment some months before another, both in seconds; null for all time. */
export function monthsBefore(seconds: number, months: number | null): number | null {
  if (months === null || !(months <= allMonths)) return null;
  const date = new Date(seconds * 1000);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() - Math.max(1, Math.round(months)));
  const lastDay = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, lastDay));
  return date.getTime() > 0 ? Math.floor(date.getTime() / 1000) : null;
}

export interface WindowSteps {
  /** When the archive's newest mail came, in seconds. */
  readonly newest: number;
  /** When the newest mail of the epoch came, where that is known. */
  readonly modified: number | null;
  /** How far back it is fetched already: since then, all (null), or not at all. */
  readonly reached: number | null | undefined;
  readonly wanted: number | null;
}

/** The moments to fetch back to, one after the other; the last is the one that is wanted. */
export function windowSteps({ newest, modified, reached, wanted }: WindowSteps): ReadonlyArray<number | null> {
  const before = firstMonths
    .map((months) => monthsBefore(newest, months))
    .filter((since): since is number => since !== null && since <= (modified ?? newest))
    .filter((since) => (wanted === null || since > wanted) && (reached === undefined || reached === null || since < reached));
  return [...before, wanted];
}

/** Which series are pending by their age: the newest mail of the sources is "now", never the clock. */
import { lastSent, newestRevision, type Series } from "./series";

/** Days after which a series that nothing was sent for is taken for stale. */
export const pendingDays = 180;

const dayMilliseconds = 24 * 60 * 60 * 1000;

/** The date of the newest revision of all, in milliseconds; null where no source tells dates. */
export function newestDate(series: readonly Series[]): number | null {
  let newest: number | null = null;
  for (const one of series) {
    const date = lastSent(one);
    if (date !== null) newest = Math.max(newest ?? 0, Date.parse(date));
  }
  return newest;
}

/** The date of the newest mail in any of them, answers too, in milliseconds; null where no source tells dates. */
export function newestMailDate(series: readonly Series[]): number | null {
  let newest = newestDate(series);
  for (const { revisions } of series) {
    for (const { posted } of revisions) {
      for (const { date } of posted?.replies ?? []) newest = Math.max(newest ?? 0, Date.parse(date));
    }
  }
  return newest;
}

/**
 * Whether a series waits for its maintainer still. One without a date comes out of a digest, which lists nothing old; mail for
 * the stable trees repeats what was decided elsewhere.
 */
export function isPending(series: Series, now: number | null): boolean {
  if (series.status === "landed" || series.status === "stale" || isStableMail(series)) return false;
  const date = lastSent(series);
  return date === null || now === null || now - Date.parse(date) <= pendingDays * dayMilliseconds;
}

/** Whether a series is mail of the stable trees, a class of its own that is hidden unless asked for. */
export function isStableMail(series: Series): boolean {
  return newestRevision(series).posted?.kind === "stable";
}

/** From a path to the series of an index that touch it, with all that is known of them. */
import { isStableMail, pendingDays } from "../core/pending";
import type { Touch } from "../core/touches";
import type { IndexReader } from "./reader";

/** The series that touch a path, newest first; pending ones unless `all` is set. */
export function touchesOf(reader: IndexReader, path: string, all = false): Touch[] {
  return reader.touching(path, undefined, all ? Infinity : pendingDays).flatMap(({ id, patches, lines }) => {
    const series = reader.series(id);
    return series && (all || !isStableMail(series)) ? [{ series, patches, lines }] : [];
  });
}

/** As `touchesOf`, for all paths below a folder (which ends with `/`) or with the same last components. One answer a series. */
export function touchesBelow(reader: IndexReader, match: { readonly folder: string } | { readonly tail: string }, all = false): Touch[] {
  const bySeries = new Map<string, Touch>();
  for (const path of reader.touchedPaths(match, all ? Infinity : pendingDays)) {
    for (const touch of touchesOf(reader, path, all)) {
      const known = bySeries.get(touch.series.id);
      // Lines of two files say nothing together.
      const patches = known && [...new Set([...known.patches, ...touch.patches])].sort((a, b) => a - b);
      bySeries.set(touch.series.id, patches ? { series: touch.series, patches, lines: [] } : touch);
    }
  }
  return [...bySeries.values()].sort((a, b) => compareDates(b, a));
}

function compareDates(a: Touch, b: Touch): number {
  const [first, second] = [a, b].map(({ series }) => series.revisions.at(-1)?.date ?? "");
  return (first ?? "") < (second ?? "") ? -1 : (first ?? "") > (second ?? "") ? 1 : 0;
}

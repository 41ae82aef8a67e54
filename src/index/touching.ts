/** From a path to the series of an index that touch it, with all that is known of them. */
import { isStableMail, pendingDays } from "../core/series/pending";
import { newestFirst } from "../core/series/series";
import { joinTouches, type Touch } from "../core/paths/touches";
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
  const paths = reader.touchedPaths(match, all ? Infinity : pendingDays);
  return joinTouches(paths.flatMap((path) => touchesOf(reader, path, all))).sort((a, b) => newestFirst(a.series, b.series));
}

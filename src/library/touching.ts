/** Which series touch a file, lines of it, or a folder, under all the names that mail has for it; for memory and indexes alike. */
import { type MovedNames, nothingMoved, touchesByNames, touchesByTail } from "../core/series/movedFiles";
import { isStableMail, newestFirst, pendingDays } from "../core/series/series";
import { joinTouches, type Touch, touchesOfLines } from "../core/series/touches";
import type { Project } from "../core/subsystem/project";
import type { IndexReader } from "../index/reader";

export interface TouchQuestion extends PathQuestion {
  /** Relative to the top of the tree; with a final `/`, a folder and everything below it. */
  readonly path: string;
  /** Only series for this project; null or absent for all projects. */
  readonly project?: Project | null;
  /** First and last line of the file before the series; null or absent for the whole file. */
  readonly lines?: readonly [number, number] | null;
  /** The names that mail uses for files of the tree; absent when each path means only itself. */
  readonly moved?: MovedNames;
}

/** The meaning of a path. */
export interface PathQuestion {
  /** Whether it is the end of paths. */
  readonly suffix?: boolean;
  /** Whether series that are no longer pending count too. */
  readonly all?: boolean;
}

/**
 * Answers a question by asking about each name of the file.
 *
 * @param ask finds the series that touch a path by exactly this name; with `suffix`, the name is the end of paths
 */
export function touchesOfQuestion(
  { path, suffix = false, lines = null, moved = nothingMoved }: TouchQuestion,
  ask: (name: string, suffix: boolean) => readonly Touch[],
): readonly Touch[] {
  const byName = (name: string): readonly Touch[] => ask(name, false);
  const touches = suffix
    ? touchesByTail(path.replace(/^\/+/, ""), moved, { tail: (tail) => ask(tail, true), path: byName })
    : touchesByNames(path, moved, byName);
  return lines === null ? touches : touchesOfLines(touches, lines);
}

/** The names by which `touchesOfQuestion` asks for a file. */
export function namesOfFile({ path, moved = nothingMoved }: TouchQuestion): string[] {
  const file = moved.ofName(path)?.path ?? path;
  return [file, ...moved.ofFile(file).map(({ name }) => name)];
}

/** The series of an index that touch a path by exactly this name, newest first, each once. */
export function touchesInIndex(reader: IndexReader, path: string, { suffix = false, all = false }: PathQuestion = {}): readonly Touch[] {
  if (!suffix && !path.endsWith("/")) return touchesOfFile(reader, path, all);
  const paths = reader.touchedPaths(suffix ? { tail: path } : { folder: path }, all ? Infinity : pendingDays);
  return joinTouches(paths.flatMap((one) => touchesOfFile(reader, one, all))).sort((a, b) => newestFirst(a.series, b.series));
}

function touchesOfFile(reader: IndexReader, path: string, all: boolean): Touch[] {
  return reader.touching(path, undefined, all ? Infinity : pendingDays).flatMap(({ id, patches, lines }) => {
    const series = reader.series(id);
    return series && (all || !isStableMail(series)) ? [{ series, patches, lines }] : [];
  });
}

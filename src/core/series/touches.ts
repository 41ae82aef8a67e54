/** Finds the pending series that touch a path, in memory. */
import { namesOfTouched } from "../diff/diffstat";
import type { Project } from "../subsystem/project";
import { newestRevision, type Revision, type Series } from "./series";
import { isShortened, mayEndWith, mayLieBelow, tailOf } from "./treePaths";

export interface Touch {
  readonly series: Series;
  /** The indexes of the patches that touch the path; [] where only the diffstat of the cover letter names it. */
  readonly patches: readonly number[];
  /** Ranges of lines, first and last, in the file before the newest revision; [] where the source does not tell. */
  readonly lines: ReadonlyArray<readonly [number, number]>;
  /** The names of the file, where the series has another one than the tree. */
  readonly moved?: MovedName;
}

export interface TouchIndex {
  /**
   * The series whose newest revision touches a path, newest first.
   * @param path relative to the tree; with a final `/`, a folder and all below it
   * @param project only series of this project; null for all series
   */
  touching(path: string, project: Project | null): readonly Touch[];
  /** As `touching`, for every path that ends with these components. */
  touchingSuffix(tail: string, project: Project | null): readonly Touch[];
}

interface Entry {
  readonly path: string;
  readonly touch: Touch;
}

/** Answers for one set of series. A `TouchIndex` has one for each project, so that no answer has to be filtered. */
interface ProjectIndex {
  touching(path: string): readonly Touch[];
  touchingSuffix(tail: string): readonly Touch[];
}

/**
 * @param series in the order of the answers
 * @param projectOf the project a series is for, so that a QEMU patch never shows on a kernel's MAINTAINERS
 */
export function makeTouchIndex(series: readonly Series[], projectOf: (series: Series) => Project): TouchIndex {
  const indexes = new Map<Project | null, ProjectIndex>();
  const indexOf = (project: Project | null): ProjectIndex => {
    const known = indexes.get(project);
    if (known) return known;
    const made = indexSeries(project === null ? series : series.filter((one) => projectOf(one) === project));
    indexes.set(project, made);
    return made;
  };
  return {
    touching: (path, project) => indexOf(project).touching(path),
    touchingSuffix: (tail, project) => indexOf(project).touchingSuffix(tail),
  };
}

function indexSeries(series: readonly Series[]): ProjectIndex {
  const byPath = new Map<string, Touch[]>();
  const shortenedByName = new Map<string, Entry[]>();
  const pathsByName = new Map<string, string[]>();
  const places = new Map(series.map((one, place) => [one, place]));
  for (const one of series) {
    const revision = newestRevision(one);
    const known = pathTouches(revision);
    const somewhere = { series: one, ...nowhereKnown };
    for (const path of revision.files) {
      const places = known.get(path);
      const touch = places ? { series: one, ...places } : somewhere;
      const touches = byPath.get(path);
      if (touches) touches.push(touch);
      else if (isShortened(path)) pushTo(shortenedByName, baseName(path), { path, touch });
      else {
        byPath.set(path, [touch]);
        pushTo(pathsByName, baseName(path), path);
      }
    }
  }
  const inOrder = (touches: readonly Touch[]): readonly Touch[] => mergeBySeries(touches, places);
  return {
    touching(path) {
      if (path.endsWith("/")) {
        const below: Touch[] = [];
        for (const [name, touches] of byPath) if (name.startsWith(path)) for (const touch of touches) below.push(touch);
        for (const entry of [...shortenedByName.values()].flat()) if (mayLieBelow(entry.path, path)) below.push(entry.touch);
        return inOrder(below);
      }
      const exact = byPath.get(path) ?? nothing;
      const shortened = (shortenedByName.get(baseName(path)) ?? []).filter((entry) => `/${path}`.endsWith(tailOf(entry.path)));
      return shortened.length > 0 ? inOrder([...exact, ...shortened.map(({ touch }) => touch)]) : exact;
    },
    touchingSuffix(tail) {
      const full = (pathsByName.get(baseName(tail)) ?? []).filter((path) => `/${path}`.endsWith(`/${tail}`));
      const shortened = (shortenedByName.get(baseName(tail)) ?? []).filter(({ path }) => mayEndWith(path, tail));
      return inOrder([...full.flatMap((path) => byPath.get(path) ?? []), ...shortened.map(({ touch }) => touch)]);
    },
  };
}

const nothing: readonly Touch[] = [];

/** One answer for each series, in the order of the series. */
function mergeBySeries(touches: readonly Touch[], places: ReadonlyMap<Series, number>): readonly Touch[] {
  return joinTouches(touches).sort((a, b) => (places.get(a.series) ?? 0) - (places.get(b.series) ?? 0));
}

/** One answer for each series, with its patches joined. */
export function joinTouches(touches: Iterable<Touch>): Touch[] {
  const bySeries = new Map<Series, Touch>();
  for (const touch of touches) {
    const known = bySeries.get(touch.series);
    // Lines of two files cannot be joined.
    const joined = known && { patches: [...new Set([...known.patches, ...touch.patches])].sort((a, b) => a - b), lines: [] };
    bySeries.set(touch.series, { ...touch, ...joined });
  }
  return [...bySeries.values()];
}

/** Where a revision touches one path. */
export type PathTouch = Pick<Touch, "patches" | "lines">;

const nowhereKnown: PathTouch = { patches: [], lines: [] };

/** The paths that a revision touches. For those that only its cover letter names, neither patches nor lines are known. */
export function revisionTouches(revision: Revision): Map<string, PathTouch> {
  const touches = new Map<string, PathTouch>(pathTouches(revision));
  for (const path of revision.files) if (!touches.has(path)) touches.set(path, nowhereKnown);
  return touches;
}

/** The paths that the patches of a revision touch, old names too, each with patches and lines in ascending order. */
export function pathTouches(revision: Revision): Map<string, PathTouch> {
  const found = new Map<string, { patches: number[]; lines: Array<readonly [number, number]> }>();
  for (const { index, files } of revision.patches) {
    for (const file of files) {
      for (const name of namesOfTouched(file)) {
        let touch = found.get(name);
        if (!touch) found.set(name, (touch = { patches: [], lines: [] }));
        if (index !== null && touch.patches.at(-1) !== index) touch.patches.push(index);
        for (const [oldStart, oldLines] of file.hunks ?? []) touch.lines.push([oldStart, oldStart + Math.max(1, oldLines) - 1]);
      }
    }
  }
  for (const touch of found.values()) if (touch.lines.length > 1) touch.lines = joinRanges(touch.lines);
  return found;
}

/** Sorted ranges, with overlapping ones joined. */
function joinRanges(ranges: ReadonlyArray<readonly [number, number]>): Array<readonly [number, number]> {
  const joined: Array<readonly [number, number]> = [];
  for (const [start, end] of [...ranges].sort((a, b) => a[0] - b[0] || a[1] - b[1])) {
    const last = joined.at(-1);
    if (last && start <= last[1]) joined[joined.length - 1] = [last[0], Math.max(last[1], end)];
    else joined.push([start, end]);
  }
  return joined;
}

/** The touches on some lines, and those whose lines are unknown. */
export function touchesOfLines<T extends PathTouch>(touches: readonly T[], [first, last]: readonly [number, number]): readonly T[] {
  return touches.filter(({ lines }) => lines.length === 0 || lines.some(([start, end]) => start <= last && first <= end));
}

function pushTo<T>(map: Map<string, T[]>, key: string, value: T): void {
  const known = map.get(key);
  if (known) known.push(value);
  else map.set(key, [value]);
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** A file with another name in mail than in the tree. */
export interface MovedName {
  /** Its name in mail. */
  readonly name: string;
  /** Its name in the tree. */
  readonly path: string;
  /** `before`: the tree has moved it since; `ahead`: the tree has not moved it yet. */
  readonly when: "before" | "ahead";
  /** The commit that moves it, or the id of a series that does. */
  readonly by: { readonly commit: string } | { readonly series: string };
}

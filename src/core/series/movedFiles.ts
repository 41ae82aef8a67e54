/**
 * Files that have other names in mail than in the open tree: the tree has moved them since, or a series is made on top of a move that
 * the tree does not have yet. A path that the tree has never means another file.
 */
import type { TouchedFile } from "../diff/diffstat";
import { newestFirst, newestRevision, type Revision, type Series } from "./series";
import { joinTouches, type MovedName, type Touch } from "./touches";

/** The present file of a name, as the history tells it. */
export type HistoryMove = Pick<MovedName, "path" | "when" | "by">;

export interface MovedNames {
  readonly count: number;
  /** The moved file, by its name in mail. */
  ofName(name: string): MovedName | null;
  /** The other names of a file, or of all files below a folder (which ends with `/`), sorted. */
  ofFile(path: string): readonly MovedName[];
  /** The same for all files whose paths end with these components. */
  ofTail(tail: string): readonly MovedName[];
}

export function movedNames(moves: readonly MovedName[]): MovedNames {
  const byName = new Map(moves.map((move) => [move.name, move]));
  const byFile = new Map<string, MovedName[]>();
  for (const move of [...moves].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const known = byFile.get(move.path);
    if (known) known.push(move);
    else byFile.set(move.path, [move]);
  }
  const where = (wanted: (path: string) => boolean): MovedName[] =>
    [...byFile].flatMap(([path, names]) => (wanted(path) ? names : [])).sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    count: moves.length,
    ofName: (name) => byName.get(name) ?? null,
    ofFile: (path) => (path.endsWith("/") ? where((one) => one.startsWith(path)) : (byFile.get(path) ?? nothing)),
    ofTail: (tail) => where((one) => `/${one}`.endsWith(`/${tail}`)),
  };
}

const nothing: readonly MovedName[] = [];

/** For a tree in which nothing has moved, or nobody has looked. */
export const nothingMoved: MovedNames = movedNames([]);

/** A file that a series renames. */
interface FileMove {
  /** Its name before the series. */
  readonly from: string;
  /** Its name after the last patch. */
  readonly to: string;
}

/** How the patches of a revision change the names of files. */
interface RevisionFiles {
  /** The files that its patches need in the tree they are made on, since they change, move or delete them. */
  readonly needed: ReadonlySet<string>;
  /** The files that it adds. */
  readonly made: ReadonlySet<string>;
  readonly moves: readonly FileMove[];
}

function revisionFiles({ patches, diffstat, files }: Revision): RevisionFiles {
  const needed = new Set<string>();
  const made = new Set<string>();
  /** For files that have another name so far, the name before the series; null for files that it added. */
  const origins = new Map<string, string | null>();
  const originOf = (name: string): string | null => {
    const origin = origins.get(name);
    return origin === undefined ? name : origin;
  };
  for (const patch of patches) {
    const before = new Map(patch.files.map((file) => [file, originOf(file.oldPath ?? file.path)] as const));
    for (const file of patch.files) {
      const origin = before.get(file) ?? null;
      const isMoved = file.oldPath !== undefined && file.oldPath !== file.path;
      if (!isMoved && isNew(file) && !needed.has(file.path)) {
        made.add(file.path);
        origins.set(file.path, null);
        continue;
      }
      if (origin !== null) needed.add(origin);
      if (isMoved) origins.set(file.path, file.copied ? null : origin);
    }
    const names = new Set(patch.files.map(({ path }) => path));
    // A name between the first and the last one is not a file after the series.
    for (const { oldPath, copied } of patch.files) if (oldPath !== undefined && !copied && !names.has(oldPath)) origins.delete(oldPath);
  }
  // A digest has no diffs.
  if (patches.every((patch) => patch.files.length === 0)) for (const path of diffstat.length > 0 ? files : []) needed.add(path);
  const moves = [...origins].flatMap(([to, from]) => (from !== null && from !== to ? [{ from, to }] : []));
  return { needed, made, moves };
}

/** Whether a diff adds the file. */
function isNew({ hunks }: TouchedFile): boolean {
  return hunks?.length === 1 && hunks[0]?.[0] === 0 && hunks[0][1] === 0;
}

/** The names that the patches of a revision need in the tree they are made on. */
export function neededNames(revision: Revision): ReadonlySet<string> {
  return revisionFiles(revision).needed;
}

/** The files that a revision renames; copies do not count. */
export function movesOf(revision: Revision): readonly FileMove[] {
  return revisionFiles(revision).moves;
}

/** A move, and the id of the series that makes it. */
type SeriesMove = FileMove & { readonly series: string };

/** The questions about pending series of one project. */
export interface MoveQuestion {
  /** The names to look up in the history, sorted: a series needs the file, or moves one there, and the tree has none. */
  readonly names: readonly string[];
  /** The moves that pending series make. */
  readonly claims: readonly SeriesMove[];
}

/**
 * Finds out which names are unknown.
 *
 * @param has whether the tree has a file
 */
export function moveQuestion(series: readonly Series[], has: (path: string) => boolean): MoveQuestion {
  const names = new Set<string>();
  const claims: SeriesMove[] = [];
  for (const one of series) {
    const course = revisionFiles(newestRevision(one));
    for (const name of course.needed) names.add(name);
    for (const move of course.moves) {
      claims.push({ ...move, series: one.id });
      names.add(move.to);
    }
  }
  return { names: [...names].filter((name) => !has(name)).sort(), claims };
}

/** Moves in a row that are followed; people do not make more within a season. */
const longestChain = 16;
/** Moves that are followed for a name: crafted mail could otherwise make the number of ways explode. */
const mostMovesSeen = 256;

/**
 * Finds the file of the tree for each unknown name: by the history, else by the moves of pending series. Where these disagree, the
 * name stays unknown.
 */
export function resolveMoves(
  { names, claims }: MoveQuestion,
  has: (path: string) => boolean,
  history: ReadonlyMap<string, HistoryMove>,
): MovedName[] {
  const [forward, back] = [new Map<string, SeriesMove[]>(), new Map<string, SeriesMove[]>()];
  for (const claim of claims) {
    pushMove(forward, claim.from, claim);
    pushMove(back, claim.to, claim);
  }
  let left = 0;
  const find = (name: string, seen: readonly string[]): HistoryMove | null => {
    if (seen.length > longestChain || seen.includes(name)) return null;
    const known = history.get(name);
    if (known) return has(known.path) ? known : null;
    const step = (when: HistoryMove["when"]): HistoryMove | null => {
      const all = (when === "before" ? forward : back).get(name) ?? [];
      const ends = new Map<string, HistoryMove>();
      for (const { from, to, series } of all) {
        const next = when === "before" ? to : from;
        if (left-- <= 0) return null;
        // A series that says both names would only lead back.
        if (seen.includes(next)) continue;
        const end = has(next) ? { path: next, when, by: { series } } : find(next, [...seen, name]);
        if (end) ends.set(end.path, { ...end, when, by: { series } });
      }
      const [only] = ends.values();
      return ends.size === 1 && only ? only : null;
    };
    return step("before") ?? step("ahead");
  };
  return names.flatMap((name) => {
    left = mostMovesSeen;
    const found = find(name, []);
    // Moves that were not followed might contradict it.
    return found && left >= 0 ? [{ name, ...found }] : [];
  });
}

function pushMove(map: Map<string, SeriesMove[]>, name: string, claim: SeriesMove): void {
  const known = map.get(name);
  if (known) known.push(claim);
  else map.set(name, [claim]);
}

/**
 * The touches of a file of the tree under all its names. A name in mail that means a file counts for that file only.
 *
 * @param touching the pending series that touch a path by exactly this name
 */
export function touchesByNames(path: string, moved: MovedNames, touching: (path: string) => readonly Touch[]): readonly Touch[] {
  const file = moved.ofName(path)?.path ?? path;
  return withMoved(touching(file), moved.ofFile(file), touching);
}

/** The same for all files that end with some components. */
export function touchesByTail(
  tail: string,
  moved: MovedNames,
  asked: { readonly tail: (tail: string) => readonly Touch[]; readonly path: (path: string) => readonly Touch[] },
): readonly Touch[] {
  return withMoved(asked.tail(tail), moved.ofTail(tail), asked.path);
}

function withMoved(own: readonly Touch[], names: readonly MovedName[], touching: (path: string) => readonly Touch[]): readonly Touch[] {
  if (names.length === 0) return own;
  const direct = new Set(own.map(({ series }) => series.id));
  const others = names.flatMap((moved) =>
    touching(moved.name)
      // A series that adds a file of that name means that file, and one that moves the file touches it by its name here.
      .filter(({ series }) => !direct.has(series.id) && usesName(series, moved.name))
      .map((touch) => ({ ...touch, moved })),
  );
  return others.length === 0 ? own : joinTouches([...own, ...others]).sort((a, b) => newestFirst(a.series, b.series));
}

function usesName(series: Series, name: string): boolean {
  const { needed, made } = revisionFiles(newestRevision(series));
  return needed.has(name) || !made.has(name);
}

/** The name that a revision has for a file of the tree. */
export function nameIn(revision: Revision, path: string, moved: MovedNames): string {
  const file = moved.ofName(path)?.path ?? path;
  const names = [path, file, ...moved.ofFile(file).map(({ name }) => name)];
  return names.find((name) => revision.files.includes(name)) ?? path;
}

/** The files of a revision that have other names in the tree, sorted by name. */
export function movedIn(revision: Revision, moved: MovedNames): readonly MovedName[] {
  return [...neededNames(revision)].sort().flatMap((name) => moved.ofName(name) ?? []);
}

/** Other pending series that change the same lines as a series: found quickly by the numbers in their hunks, then by what both make of the lines. */
import { type DependencyIndex, seriesBelow } from "../series/dependencies";
import { movesOf } from "../series/movedFiles";
import type { IndexedPatch } from "../series/revisionTexts";
import { newestRevision, type Series } from "../series/series";
import { pathTouches, type Touch, touchesOfLines } from "../series/touches";
import { baseText, identityLine, type LineMapping, overlapsOf, textOfLines, type TheirFile, theirFile } from "./collisions";
import { composeChanges } from "./fileChange";
import type { TextLines } from "./textLines";

/**
 * - `conflicts`: both change the same lines to different texts.
 * - `same-change`: both make the same of them.
 * - `same-lines`: their hunks name the same lines; more is not known.
 * - `depends-on`, `needed-by`: one says that it is made on top of the other.
 * - `moves`, `moved-by`: one renames a file that the other changes.
 */
export type RelationKind = "conflicts" | "depends-on" | "needed-by" | "same-change" | "same-lines" | "moves" | "moved-by";

export interface Relation {
  readonly series: Series;
  readonly kind: RelationKind;
  /** The files they have in common in this way, sorted. */
  readonly paths: readonly string[];
}

/** Related series that are listed; nobody would read more. */
const mostRelated = 40;

/**
 * The series whose hunks name the same lines, where lines are known, and those that change a file which the other one moves.
 *
 * @param touching the pending series that touch a path, under whatever name they have for the file, newest first
 */
export function relatedByLines(series: Series, touching: (path: string) => readonly Touch[]): Relation[] {
  const found = new Map<
    string,
    { readonly series: Series; readonly lines: string[]; readonly moves: string[]; readonly moved: string[] }
  >();
  const movedBy = new Map<string, ReadonlySet<string>>();
  const movesName = (one: Series, name: string): boolean => {
    const names = movedBy.get(one.id) ?? namesMovedBy(one);
    movedBy.set(one.id, names);
    return names.has(name);
  };
  for (const [path, { lines }] of pathTouches(newestRevision(series))) {
    const known = touching(path).filter((touch) => touch.series.id !== series.id);
    const withLines = known.filter((touch) => touch.lines.length > 0);
    const meeting = new Set(lines.flatMap((range) => touchesOfLines(withLines, range)));
    for (const touch of known) {
      const how = meeting.has(touch)
        ? "lines"
        : movesName(series, path)
          ? "moves"
          : movesName(touch.series, touch.moved?.name ?? path)
            ? "moved"
            : null;
      if (how === null) continue;
      let one = found.get(touch.series.id);
      if (!one && found.size >= mostRelated) continue;
      if (!one) found.set(touch.series.id, (one = { series: touch.series, lines: [], moves: [], moved: [] }));
      one[how].push(path);
    }
  }
  return [...found.values()].map(({ series: other, lines, moves, moved }): Relation => {
    if (lines.length > 0) return { series: other, kind: "same-lines", paths: lines.sort() };
    return moves.length > 0
      ? { series: other, kind: "moves", paths: moves.sort() }
      : { series: other, kind: "moved-by", paths: moved.sort() };
  });
}

/** Old and new names of the files that a series moves. */
function namesMovedBy(series: Series): ReadonlySet<string> {
  return new Set(movesOf(newestRevision(series)).flatMap(({ from, to }) => [from, to]));
}

/** Marks the related series that this one depends on, or that depend on it: there the same lines are on purpose. */
export function withDependencies(series: Series, relations: readonly Relation[], index: DependencyIndex): Relation[] {
  const below = new Set(seriesBelow(series, index).map(({ id }) => id));
  return relations.map((relation) => {
    if (below.has(relation.series.id)) return { ...relation, kind: "depends-on" };
    return seriesBelow(relation.series, index).some(({ id }) => id === series.id) ? { ...relation, kind: "needed-by" } : relation;
  });
}

/** What a series makes of one of its files, prepared once for all series that it is compared with. */
export interface OwnFile {
  readonly path: string;
  readonly patches: readonly IndexedPatch[];
  /** Whether the file was taken from a tree; else all that is known of it are the hunks of the series. */
  readonly hasBase: boolean;
  readonly text: TextLines | null;
  /** Where in the text a line of the file is. */
  readonly lineOf: LineMapping;
  readonly placed: TheirFile;
}

/**
 * Prepares a file of a series.
 *
 * @param base the file in the tree; null where the tree has no such file, undefined where there is no tree
 */
export function ownFile(path: string, base: string | null | undefined, patches: readonly IndexedPatch[]): OwnFile {
  const known = base === undefined ? knownFile(patches, path) : { text: baseText(base), lineOf: identityLine };
  return { path, patches, hasBase: base !== undefined, ...known, placed: theirFile(known.text, patches, path, known.lineOf) };
}

/**
 * How another series relates to this one in a file; null where they change no lines in common after all.
 *
 * @param otherPath the name that the other series has for the file
 */
export function relationOf(own: OwnFile, otherPatches: readonly IndexedPatch[], otherPath = own.path): RelationKind | null {
  const kind = kindOn(own, otherPatches, otherPath);
  if (own.hasBase || kind !== "same-lines") return kind;
  // Without a tree, the hunks of this series may be found among those of the other one, which may tell more.
  return kindOn(ownFile(otherPath, undefined, otherPatches), own.patches, own.path);
}

function kindOn({ text, lineOf, placed }: OwnFile, otherPatches: readonly IndexedPatch[], otherPath: string): RelationKind | null {
  const other = theirFile(text, otherPatches, otherPath, lineOf);
  const overlaps = overlapsOf(placed.edits, other.edits);
  if (overlaps.some(({ same }) => !same)) return "conflicts";
  if (overlaps.length > 0) return "same-change";
  // If every change has a place and none overlaps, the hunks are only close to each other.
  return placed.unplaced > 0 || other.unplaced > 0 ? "same-lines" : null;
}

/** A relation, refined by what was found in each file; null where nothing was found. */
export function refinedRelation(relation: Relation, kinds: ReadonlyMap<string, RelationKind | null>): Relation | null {
  const kind = (["conflicts", "same-change", "same-lines"] as const).find((one) => [...kinds.values()].includes(one));
  return kind ? { ...relation, kind, paths: relation.paths.filter((path) => kinds.get(path) === kind) } : null;
}

/** A file as far as the hunks of a series show it. */
interface KnownFile {
  readonly text: TextLines | null;
  readonly lineOf: LineMapping;
}

/**
 * Joins the stretches that hunks show, with one line for each gap: a line number in a mail is no reason to make so many lines. A
 * file that the series adds has no text.
 */
function knownFile(patches: readonly IndexedPatch[], path: string): KnownFile {
  const changes = composeChanges(patches, path);
  const lines: string[] = [];
  /** The first lines of the stretches, in the file and in the text. */
  const stretches: Array<{ readonly start: number; readonly at: number; readonly count: number }> = [];
  let end = 0;
  const blocks = changes.flatMap((change) => change.blocks).filter(({ separate }) => !separate);
  for (const { start, before } of blocks.sort((a, b) => a.start - b.start)) {
    if (start < end) continue;
    // An unknown line is equal to no other.
    if (start > end) lines.push(`\0${end}`);
    stretches.push({ start, at: lines.length, count: before.length });
    for (const line of before) lines.push(line);
    end = start + before.length;
  }
  const isAdded = changes.length > 0 && changes.every((change) => change.path === null);
  const lineOf: LineMapping = (line) => {
    let [low, high] = [0, stretches.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((stretches[middle]?.start ?? 0) <= line) low = middle + 1;
      else high = middle;
    }
    const stretch = stretches[low - 1];
    return stretch ? stretch.at + Math.min(line - stretch.start, stretch.count) : 0;
  };
  return { text: isAdded ? null : textOfLines(lines), lineOf };
}

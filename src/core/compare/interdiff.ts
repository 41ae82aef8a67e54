/**
 * The interdiff of two changes: which lines of the older diff the newer one no longer has, and which lines it has for the first
 * time. Nothing is applied. Context and line numbers drift with the tree that a revision is made on, so they never count as a
 * difference.
 */
import type { PatchHunk, PatchLine } from "../diff/patchFiles";
import { followLines, LineNumbers, sharedEnds } from "../lines/lineDiff";
import { isDistinctiveLine, namesFunction } from "../lines/textLines";
import type { ChangedFile } from "./patchChange";
import { type ComparedSide, nearDifferences } from "./textChange";

export interface InterdiffLine extends PatchLine {
  /** Which of the two diffs it is in. */
  readonly side: ComparedSide;
}

export interface InterdiffHunk {
  /** The function it is in, as the newer diff has it where both have the hunk. */
  readonly heading: string;
  readonly lines: readonly InterdiffLine[];
}

export interface FileInterdiff {
  readonly path: string;
  /** The older revision's name for the file, if it differs. */
  readonly fromPath?: string;
  /** Which revision changes the file: only the older one, only the newer one, or both. */
  readonly side: ComparedSide;
  /** Lines about the file itself, such as `new file mode 100644`. */
  readonly header: ReadonlyArray<{ readonly side: ComparedSide; readonly text: string }>;
  readonly hunks: readonly InterdiffHunk[];
}

/** How many lines are shown around a difference, as in diffs. */
const contextLines = 3;

/** Compares two changes; [] if they differ only in context and line numbers. */
export function interdiff(from: readonly ChangedFile[], to: readonly ChangedFile[]): FileInterdiff[] {
  return alignedChange(from, to).flatMap((file) => {
    if (file.side !== " ") return [file];
    const header = file.header.filter(({ side }) => side !== " ");
    const hunks = file.hunks.flatMap(({ heading, lines }) =>
      nearDifferences(lines, contextLines).map((near) => ({ heading, lines: near })),
    );
    return file.fromPath === undefined && header.length === 0 && hunks.length === 0 ? [] : [{ ...file, header, hunks }];
  });
}

/** Writes two changes as one, whole: all files and lines of both, where they are the same too. */
export function alignedChange(from: readonly ChangedFile[], to: readonly ChangedFile[]): FileInterdiff[] {
  return pairedFiles(from, to).flatMap(([before, after]): FileInterdiff[] => {
    if (before && after) {
      const header = alignedHeader(before.header, after.header);
      const renamed = before.path === after.path ? {} : { fromPath: before.path };
      return [{ path: after.path, ...renamed, side: " ", header, hunks: alignedHunks(before.hunks, after.hunks) }];
    }
    const side = after ? "+" : "-";
    const file = after ?? before;
    return file ? [{ path: file.path, side, header: file.header.map((text) => ({ side, text })), hunks: oneSided(file.hunks, side) }] : [];
  });
}

function alignedHeader(before: readonly string[], after: readonly string[]): FileInterdiff["header"] {
  return [
    ...before.filter((line) => !after.includes(line)).map((text) => ({ side: "-", text }) as const),
    ...after.map((text) => ({ side: before.includes(text) ? " " : "+", text }) as const),
  ];
}

// Which file of one change is which of the other.

type FilePair = readonly [before: ChangedFile | null, after: ChangedFile | null];

/** In the order of the newer change; files that only the older one has are last. */
function pairedFiles(from: readonly ChangedFile[], to: readonly ChangedFile[]): FilePair[] {
  const left = new Map(from.map((file) => [file.path, file]));
  const pairs = to.map((after): FilePair => {
    const before = left.get(after.path) ?? null;
    left.delete(after.path);
    return [before, after];
  });
  const renamed = renamedFiles(
    [...left.values()],
    pairs.flatMap(([before, after]) => (before || !after ? [] : [after])),
  );
  const taken = new Set(renamed.values());
  return [
    ...pairs.map(([before, after]): FilePair => [before ?? (after && renamed.get(after)) ?? null, after]),
    ...[...left.values()].filter((file) => !taken.has(file)).map((file): FilePair => [file, null]),
  ];
}

/** Pairs files with different names if most of their changed lines agree: authors rename new files. */
function renamedFiles(from: readonly ChangedFile[], to: readonly ChangedFile[]): Map<ChangedFile, ChangedFile> {
  const holders = new Map<string, ChangedFile>();
  for (const file of from) for (const line of changedTexts(file)) holders.set(line, file);
  const found = new Map<ChangedFile, ChangedFile>();
  const taken = new Set<ChangedFile>();
  for (const after of to) {
    const lines = changedTexts(after);
    const shared = new Map<ChangedFile, number>();
    for (const line of lines) {
      const before = holders.get(line);
      if (before && !taken.has(before)) shared.set(before, (shared.get(before) ?? 0) + 1);
    }
    const [best] = [...shared].sort(([, a], [, b]) => b - a);
    if (!best || best[1] * 2 < Math.max(lines.size, changedTexts(best[0]).size)) continue;
    found.set(after, best[0]);
    taken.add(best[0]);
  }
  return found;
}

function changedTexts({ hunks }: ChangedFile): Set<string> {
  const lines = hunks.flatMap((hunk) => hunk.lines.filter(({ kind, text }) => kind !== " " && isDistinctiveLine(text)));
  return new Set(lines.map(lineKey));
}

function lineKey({ kind, text }: PatchLine): string {
  return kind + text;
}

/** The hunks of a file that only one revision changes. */
function oneSided(hunks: readonly PatchHunk[], side: "-" | "+"): InterdiffHunk[] {
  return hunks.map(({ heading, lines }) => ({
    heading,
    lines: lines.map((line) => ({ ...line, side: sideOf(line, side) })),
  }));
}

/** The side of a line that only one diff has: context is in the file whatever a revision does. */
function sideOf({ kind }: PatchLine, side: "-" | "+"): ComparedSide {
  return kind === " " ? " " : side;
}

// Aligns the hunks of one file: which ones belong together, and what differs in them.

/** Hunks of both sides that change the same place; one side may have none. */
interface HunkGroup {
  readonly before: PatchHunk[];
  readonly after: PatchHunk[];
}

function alignedHunks(before: readonly PatchHunk[], after: readonly PatchHunk[]): InterdiffHunk[] {
  const groups = groupedHunks(before, after);
  groups.sort((a, b) => startOf(a) - startOf(b));
  return groups.flatMap((group) => hunksOf(alignedLines(group)));
}

function startOf({ before, after }: HunkGroup): number {
  return (after[0] ?? before[0])?.start ?? 0;
}

/**
 * Puts the hunks together that hold the same changed lines. A hunk that shares none goes to the hunk whose context it has, or
 * that is the only one in the same function.
 */
function groupedHunks(before: readonly PatchHunk[], after: readonly PatchHunk[]): HunkGroup[] {
  const all = [...before, ...after];
  const leaders = all.map((_, at) => at);
  const leader = (at: number): number => {
    let top = at;
    for (let above = leaders[top] ?? top; above !== top; above = leaders[top] ?? top) {
      leaders[top] = leaders[above] ?? above;
      top = above;
    }
    return top;
  };
  const joined = new Set<number>();
  const join = (a: number, b: number): void => {
    leaders[leader(a)] = leader(b);
    joined.add(a).add(b);
  };
  for (const [a, b] of hunksWithSameLines(before, after)) join(a, before.length + b);
  const places = hunksByContext(after);
  for (const [at, hunk] of before.entries()) {
    const place = joined.has(at) ? null : placeByContext(hunk, places);
    if (place !== null && !isElsewhere(hunk, after[place])) join(at, before.length + place);
  }
  const groups = new Map<number, HunkGroup>();
  for (const [at, hunk] of all.entries()) {
    const group = groups.get(leader(at)) ?? { before: [], after: [] };
    groups.set(leader(at), group);
    (at < before.length ? group.before : group.after).push(hunk);
  }
  return [...groups.values()];
}

/** Pairs of hunks, by number, that share changed lines in the same order. Lines that are everywhere, such as braces, join only hunks that have nothing else. */
function hunksWithSameLines(before: readonly PatchHunk[], after: readonly PatchHunk[]): Array<readonly [number, number]> {
  const [olds, news] = [changedLines(before), changedLines(after)];
  const places = followedPlaces(
    olds.map(({ key }) => key),
    news.map(({ key }) => key),
  );
  const isPlain = (hunk: PatchHunk | undefined): boolean =>
    hunk?.lines.every(({ kind, text }) => kind === " " || !isDistinctiveLine(text)) ?? true;
  const plain = { before: before.map(isPlain), after: after.map(isPlain) };
  const pairs = new Map<string, readonly [number, number] | null>();
  for (const [at, place] of places.entries()) {
    const [old, now] = [olds[at], news[place]];
    if (place < 0 || !old || !now) continue;
    const key = `${old.hunk} ${now.hunk}`;
    if (pairs.has(key) || !(isDistinctiveLine(old.key) || plain.before[old.hunk] || plain.after[now.hunk])) continue;
    pairs.set(key, isElsewhere(before[old.hunk], after[now.hunk]) ? null : [old.hunk, now.hunk]);
  }
  return [...pairs.values()].filter((pair) => pair !== null);
}

function changedLines(hunks: readonly PatchHunk[]): Array<{ readonly hunk: number; readonly key: string }> {
  return hunks.flatMap(({ lines }, hunk) => lines.filter(({ kind }) => kind !== " ").map((line) => ({ hunk, key: lineKey(line) })));
}

/** As `followLines`, for lines that are not numbered yet. */
function followedPlaces(before: readonly string[], after: readonly string[]): Int32Array {
  const numbers = new LineNumbers();
  const [old, now] = [numbers.of(before), numbers.of(after)];
  return followLines(old, now, numbers.size);
}

/** Whether the same lines are changed in another function: both hunks name one, and no line around them is the same. */
function isElsewhere(before: PatchHunk | undefined, after: PatchHunk | undefined): boolean {
  if (!before || !after || before.heading === after.heading || !namesFunction(before.heading) || !namesFunction(after.heading))
    return false;
  const around = contextOf(before);
  const others = contextOf(after);
  return around.length > 1 && others.length > 1 && !others.some((line) => around.includes(line));
}

/** The distinctive lines nearest to a change that tell where it is: as many as a hunk of git has around one. */
function contextOf({ lines }: PatchHunk): string[] {
  const context = lines.filter(({ kind, text }) => kind === " " && isDistinctiveLine(text)).map(({ text }) => text);
  return context.length <= 4 * contextLines ? context : [...context.slice(0, 2 * contextLines), ...context.slice(-2 * contextLines)];
}

/** For each line of context, and for each heading, the number of the hunk that has it; -1 if several have it. */
function hunksByContext(hunks: readonly PatchHunk[]): ReadonlyMap<string, number> {
  const places = new Map<string, number>();
  for (const [at, hunk] of hunks.entries()) for (const key of placeKeys(hunk)) places.set(key, (places.get(key) ?? at) === at ? at : -1);
  return places;
}

/** Removed lines were in the file too, so they tell a place as well as context does. */
function placeKeys({ heading, lines }: PatchHunk): string[] {
  const around = lines.filter(({ kind, text }) => kind !== "+" && isDistinctiveLine(text)).map(({ text }) => ` ${text}`);
  return namesFunction(heading) ? [...around, `@@${heading}`] : around;
}

/** The hunk that has most of another one's context; null if none has any. */
function placeByContext(hunk: PatchHunk, places: ReadonlyMap<string, number>): number | null {
  const votes = new Map<number, number>();
  for (const key of placeKeys(hunk)) {
    const place = places.get(key) ?? -1;
    if (place >= 0) votes.set(place, (votes.get(place) ?? 0) + 1);
  }
  return [...votes].sort(([a, first], [b, second]) => second - first || a - b)[0]?.[0] ?? null;
}

// The lines of hunks that belong together.

/** A line of the aligned hunks, with the hunk whose heading applies to it. */
interface AlignedLine {
  readonly hunk: PatchHunk;
  readonly side: ComparedSide;
  readonly line: PatchLine;
}

interface PlacedLine {
  readonly hunk: PatchHunk;
  readonly line: PatchLine;
  readonly key: string;
}

/** Writes the lines of both sides in one row. Context is that of the newer side; the older one's is shown where there is no other. */
function alignedLines({ before, after }: HunkGroup): AlignedLine[] {
  if (before.length === 0 || after.length === 0) {
    const side = after.length > 0 ? "+" : "-";
    return [...after, ...before].flatMap((hunk) => hunk.lines.map((line) => ({ hunk, side: sideOf(line, side), line })));
  }
  const olds = placedLines(before);
  const news = placedLines(after);
  const aligned: AlignedLine[] = [];
  let next = 0;
  const writeNews = (end: number): void => {
    for (; next < end; next++) {
      const now = news[next];
      if (now) aligned.push({ hunk: now.hunk, side: sideOf(now.line, "+"), line: now.line });
    }
  };
  for (const [at, place] of alignedPlaces(olds, news).entries()) {
    const old = olds[at];
    if (place >= 0) {
      writeNews(place);
      const now = news[next++];
      if (now) aligned.push({ hunk: now.hunk, side: " ", line: now.line });
    } else if (old && old.line.kind !== " ") {
      const hunk = aligned.at(-1)?.hunk ?? news[next]?.hunk ?? old.hunk;
      aligned.push({ hunk, side: "-", line: old.line });
    }
  }
  writeNews(news.length);
  return aligned;
}

function placedLines(hunks: readonly PatchHunk[]): PlacedLine[] {
  return hunks.flatMap((hunk) => hunk.lines.map((line) => ({ hunk, line, key: lineKey(line) })));
}

/**
 * For each older line, its place among the newer ones, or -1. Changed lines come first; between those that are in both, all lines
 * count.
 */
function alignedPlaces(olds: readonly PlacedLine[], news: readonly PlacedLine[]): Int32Array {
  const places = new Int32Array(olds.length).fill(-1);
  const [changedOlds, changedNews] = [changedPlaces(olds), changedPlaces(news)];
  const keys = (lines: readonly PlacedLine[], at: readonly number[]): string[] => at.map((one) => lines[one]?.key ?? "");
  const followed = followedPlaces(keys(olds, changedOlds), keys(news, changedNews));
  let [from, to] = [0, 0];
  const fill = (old: number, now: number): void => {
    const [above, below] = [olds.slice(from, old), news.slice(to, now)].map((lines) => lines.map(({ key }) => key)) as [string[], string[]];
    for (const [at, place] of stretchPlaces(above, below).entries()) if (place >= 0) places[from + at] = to + place;
  };
  for (const [at, place] of followed.entries()) {
    if (place < 0) continue;
    const [old, now] = [changedOlds[at] ?? 0, changedNews[place] ?? 0];
    fill(old, now);
    places[old] = now;
    [from, to] = [old + 1, now + 1];
  }
  fill(olds.length, news.length);
  return places;
}

function changedPlaces(lines: readonly PlacedLine[]): number[] {
  return [...lines.keys()].filter((at) => lines[at]?.line.kind !== " ");
}

/** Most stretches are equal, or one of them is empty. */
function stretchPlaces(before: readonly string[], after: readonly string[]): Int32Array {
  const { head, tail } = sharedEnds(before, after);
  if (head + tail < Math.min(before.length, after.length)) return followedPlaces(before, after);
  return Int32Array.from(before, (_, at) => (at < head ? at : at >= before.length - tail ? at - before.length + after.length : -1));
}

/** Cuts a row of aligned lines where another hunk begins. */
function hunksOf(aligned: readonly AlignedLine[]): InterdiffHunk[] {
  const hunks: Array<{ readonly heading: string; readonly lines: InterdiffLine[] }> = [];
  let last: PatchHunk | null = null;
  for (const { hunk, side, line } of aligned) {
    if (hunk !== last) hunks.push({ heading: hunk.heading, lines: [] });
    last = hunk;
    hunks.at(-1)?.lines.push({ ...line, side });
  }
  return hunks;
}

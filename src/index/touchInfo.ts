/** Which paths the newest revision of a series touches, where: the rows that answer for a path and a line. */
import { newestRevision, type Series } from "../core/series";

/** The hunks of one path in one series, as they are stored: patch index and line ranges, flat. */
export interface TouchRow {
  readonly path: string;
  /** Of the series' newest revision, in seconds. */
  readonly date: number;
  readonly series: number;
  readonly info: Uint8Array;
}

/** What a row says. */
export interface TouchInfo {
  /** Indexes of the patches that touch the path, ascending. */
  readonly patches: number[];
  /** First and last lines of the file before the patches, ascending; [] where hunks are not known. */
  readonly lines: Array<readonly [number, number]>;
}

/** Twelve hex digits as a number, which SQLite stores in six bytes. */
export function seriesNumber(id: string): number {
  return parseInt(id.slice(0, 12), 16);
}

/** The date of a series' newest revision in seconds; 0 where it has none. */
export function seriesDate(series: Series): number {
  const { date } = newestRevision(series);
  return date === null ? 0 : Math.floor(Date.parse(date) / 1000);
}

/** The rows of a series. */
export function touchRows(series: Series): TouchRow[] {
  const byPath = new Map<string, { patches: Set<number>; lines: Array<readonly [number, number]> }>();
  for (const { index, files } of newestRevision(series).patches) {
    for (const { path, oldPath, hunks } of files) {
      for (const name of oldPath === undefined ? [path] : [path, oldPath]) {
        let info = byPath.get(name);
        if (!info) byPath.set(name, (info = { patches: new Set(), lines: [] }));
        if (index !== null) info.patches.add(index);
        for (const [oldStart, oldLines] of hunks ?? []) info.lines.push([oldStart, oldStart + Math.max(1, oldLines) - 1]);
      }
    }
  }
  const [date, number] = [seriesDate(series), seriesNumber(series.id)];
  return [...byPath].map(([path, { patches, lines }]) => ({ path, date, series: number, info: packInfo([...patches], lines) }));
}

function packInfo(patches: number[], lines: Array<readonly [number, number]>): Uint8Array {
  patches.sort((a, b) => a - b);
  lines.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const bytes: number[] = [];
  const push = (number: number): void => {
    for (let rest = number; ; rest = Math.floor(rest / 128)) {
      if (rest < 128) return void bytes.push(rest);
      bytes.push((rest % 128) | 0x80);
    }
  };
  push(patches.length);
  let before = 0;
  for (const patch of patches) {
    push(patch - before);
    before = patch;
  }
  before = 0;
  let last = -1;
  for (const [start, end] of lines) {
    if (start === before && end === last) continue;
    push(start - before);
    push(end - start);
    [before, last] = [start, end];
  }
  return Uint8Array.from(bytes);
}

/** Reads a row's info. */
export function readInfo(info: Uint8Array): TouchInfo {
  let at = 0;
  const next = (): number => {
    let number = 0;
    for (let scale = 1; at < info.length; scale *= 128) {
      const byte = info[at++] ?? 0;
      number += (byte & 0x7f) * scale;
      if (byte < 0x80) break;
    }
    return number;
  };
  const patches: number[] = [];
  for (let left = next(), before = 0; left > 0; left--) patches.push((before += next()));
  const lines: Array<readonly [number, number]> = [];
  for (let start = 0; at < info.length;) {
    start += next();
    lines.push([start, start + next()]);
  }
  return { patches, lines };
}

/** Which paths the newest revision of a series touches, where: the rows that answer for a path and a line. */
import { lastSent, newestRevision, type Series } from "../core/series/series";
import { revisionTouches, type PathTouch } from "../core/paths/touches";

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
  const date = lastSent(series);
  return date === null ? 0 : Math.floor(Date.parse(date) / 1000);
}

/** The rows of a series. */
export function touchRows(series: Series): TouchRow[] {
  const [date, number] = [seriesDate(series), seriesNumber(series.id)];
  return [...revisionTouches(newestRevision(series))].map(([path, touch]) => ({ path, date, series: number, info: packInfo(touch) }));
}

function packInfo({ patches, lines }: PathTouch): Uint8Array {
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
  for (const [start, end] of lines) {
    push(start - before);
    push(end - start);
    before = start;
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

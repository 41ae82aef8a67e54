/** The range of archives for an exported digest: its start, and how far earlier exports went. */
import { type RangeEnds, rangeInWords, type ReadRange } from "../core/digest/digestOfMails";
import { HumanError } from "../core/humanError";
import type { Archives } from "./archives";
import type { Log, Storage } from "./ports";
import { StoredValue } from "./storedValue";

const day = 24 * 60 * 60 * 1000;
/** An archive that was never exported, among others that were, begins this many days back. */
const daysOfFirst = 7;

/** How far archives were exported: by folder, the last commit or, without commits, the day after the last one. */
type Exported = Readonly<Record<string, string>>;

/** Where a range begins and ends in each archive, by its folder. */
export type EndsOf = (folder: string) => RangeEnds;

export interface RangeExportParts {
  readonly archives: Pick<Archives, "folders" | "range" | "series">;
  readonly storage: Storage;
  readonly log: Log;
}

export class RangeExport {
  readonly #parts: RangeExportParts;
  readonly #exported: StoredValue<Exported>;

  constructor(parts: RangeExportParts) {
    this.#parts = parts;
    this.#exported = new StoredValue(parts.storage, "exported", parseExported);
  }

  /** The archives that can be exported. */
  get folders(): readonly string[] {
    return this.#parts.archives.folders;
  }

  /** The days before the newest mail, not before today, so that an archive that was not fetched for long has some mail. */
  daysBack(days: number): EndsOf {
    const newest = this.#newest();
    return () => ({ from: `${new Date(newest * 1000 - days * day).toISOString().slice(0, 19)}Z`, to: null });
  }

  /** From the end of the last export of each archive; null when none was exported. */
  sinceLast(folders: readonly string[]): { readonly ends: EndsOf; readonly from: readonly string[] } | null {
    const exported = this.#exported.value;
    if (!folders.some((folder) => exported[folder] !== undefined)) return null;
    const first = this.daysBack(daysOfFirst);
    return {
      ends: (folder) => (exported[folder] === undefined ? first(folder) : { from: exported[folder], to: null }),
      from: folders.map((folder) => exported[folder] ?? ""),
    };
  }

  /** What a person typed: dates or commits; "" for the beginning and the newest mail. */
  typed(from: string, to: string): EndsOf {
    const newest = this.#newest();
    const now = newest > 0 ? { now: newest * 1000 } : {};
    return () => ({ from: from || null, to: to || null, ...now });
  }

  /**
   * Reads the ranges of some archives, in their order; problems are in the log.
   *
   * @throws HumanError if nothing was posted in any of them
   */
  async read(folders: readonly string[], endsOf: EndsOf): Promise<readonly ReadRange[]> {
    const ranges = await Promise.all(folders.map((folder) => this.#parts.archives.range(folder, endsOf(folder))));
    for (const [at, { problems }] of ranges.entries())
      for (const message of problems) this.#parts.log.warn(`${folders[at] ?? ""}: ${message}`);
    if (ranges.every(({ mails }) => mails.length === 0)) throw new HumanError(nothingPosted(ranges));
    return ranges;
  }

  /** Stores how far archives were exported, for the next export. */
  async reached(folders: readonly string[], ranges: readonly ReadRange[]): Promise<void> {
    const ends = folders.map((folder, at) => [folder, ranges[at]?.end ?? dayBehind(ranges[at]?.to)] as const);
    await this.#exported.change((exported) => ({ ...exported, ...Object.fromEntries(ends) }));
  }

  /** When the newest mail came in, in seconds; 0 without mail. */
  #newest(): number {
    return this.#parts.archives.series?.arrived ?? 0;
  }
}

function parseExported(stored: unknown): Exported {
  const entries = typeof stored === "object" && stored !== null ? Object.entries(stored) : [];
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"));
}

/** A range may have no mail at all, or only discussion. */
function nothingPosted(ranges: readonly ReadRange[]): string {
  const [first] = ranges;
  const what = ranges.every(({ count }) => count === 0) ? "no mail" : "no patch";
  return `There is ${what} ${rangeInWords(first ?? { from: "", to: "" })}; choose other ends.`;
}

/** The next export of mail files begins with the day after the last one; "" when that is not a day. */
function dayBehind(date: string | undefined): string {
  const time = Date.parse(date ?? "");
  return Number.isNaN(time) ? "" : new Date(time + day).toISOString().slice(0, 10);
}

/** A library of series that a test makes, as if an archive held them. */
import type { Series } from "../../src/core/series/series";
import { makeTouchIndex } from "../../src/core/series/touches";
import { type ArchivedSeries, Library, projectOfSeries } from "../../src/library/library";

/** An archive without a mail, to be filled by a test as far as it needs. */
export const emptyArchive: ArchivedSeries = {
  newest: null,
  series: [],
  problems: [],
  touching: () => [],
  touchingSteps: () => [],
  find: () => undefined,
  search: () => [],
  searchSoon: () => Promise.resolve([]),
  idsBeginning: () => [],
  touchedPaths: () => [],
  untaken: () => [],
  untakenCount: 0,
  mailBytes: () => Promise.resolve(new Map<string, Uint8Array>()),
};

/** What an archive holds; a test may put other things in at any time. */
export class MadeLibrary {
  readonly library = new Library();
  mails: (messageIds: readonly string[]) => Promise<ReadonlyMap<string, Uint8Array>> = () => Promise.resolve(new Map());

  constructor(series: readonly Series[] = []) {
    this.hold(series);
  }

  /** From now on these are the series; whoever listens is told. */
  hold(series: readonly Series[]): void {
    const touches = makeTouchIndex(series, projectOfSeries);
    this.library.archivesChanged({
      ...emptyArchive,
      series,
      touching: (path) => touches.touching(path, null),
      find: (id) => series.find((one) => one.id === id),
      mailBytes: (ids) => this.mails(ids),
    });
  }
}

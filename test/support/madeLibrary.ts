/** A library of series that a test makes, as if an archive held them. */
import type { Series } from "../../src/core/series/series";
import { makeTouchIndex } from "../../src/core/series/touches";
import { Library, projectOfSeries } from "../../src/library/library";

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
      series,
      problems: [],
      touching: (path) => touches.touching(path, null),
      find: (id) => series.find((one) => one.id === id),
      search: () => [],
      searchSoon: () => Promise.resolve([]),
      mailBytes: (ids) => this.mails(ids),
    });
  }
}

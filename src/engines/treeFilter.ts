/** The filter of the view Series: what the person typed, and the series it finds. */
import { splitFilter } from "../core/series/findSeries";
import type { Series } from "../core/series/series";
import type { Library } from "../library/library";
import { type Clock, type Disposable, disposeAll, Emitter, inBackground, type Log, Quiet } from "./ports";

/** While a person types, searches are at least this far apart. */
const typingMilliseconds = 60;

export interface TreeFilterParts {
  readonly library: Pick<Library, "series" | "onDidChange">;
  /** Finds the series that match the words, in slices; results after an abort are dropped. */
  readonly search: (words: string, signal: AbortSignal) => Promise<readonly Series[]>;
  /** Whether a series that has landed is shown all the same. */
  readonly keeps: (series: Series) => boolean;
  readonly clock: Clock;
  readonly log: Log;
}

export class TreeFilter {
  readonly #parts: TreeFilterParts;
  readonly #changed = new Emitter<void>();
  /** Fires when the found series or the words change. */
  readonly onDidChange = this.#changed.event;
  readonly #typed: Quiet;
  readonly #subscription: Disposable;
  #words = "";
  /** The words of the running search; `words` are those of the last finished one. */
  #wanted = "";
  #typedWords = "";
  /** What the words find, also what has landed. */
  #all: readonly Series[];
  #found: readonly Series[] = [];
  #showsLanded = false;
  #searching: AbortController | null = null;

  constructor(parts: TreeFilterParts) {
    this.#parts = parts;
    this.#all = parts.library.series;
    this.#narrowLanded();
    this.#typed = new Quiet(parts.clock, typingMilliseconds, () => this.narrow(this.#typedWords));
    this.#subscription = parts.library.onDidChange(() => this.#search(this.#wanted));
  }

  /** The words that led to `found`; "" when all series are shown. */
  get words(): string {
    return this.#words;
  }

  /** The series that match the words, or all; what has landed only where it is asked for. */
  get found(): readonly Series[] {
    return this.#found;
  }

  /** How many series match the words and are left out because they have landed. */
  get hidden(): number {
    return this.#all.length - this.#found.length;
  }

  get showsLanded(): boolean {
    return this.#showsLanded;
  }

  /** Sets whether what has landed is shown. */
  showLanded(isShown: boolean): void {
    this.#showsLanded = isShown;
    this.#show(this.#words, this.#all);
  }

  #narrowLanded(): void {
    const isHidden = (series: Series): boolean => series.status === "landed" && !this.#parts.keeps(series);
    const isAskedFor = this.#showsLanded || splitFilter(this.#words).statuses.length > 0;
    this.#found = isAskedFor || !this.#all.some(isHidden) ? this.#all : this.#all.filter((series) => !isHidden(series));
  }

  /** Called while the person types; the last words are searched once they pause. */
  type(words: string): void {
    this.#typedWords = words;
    this.#typed.later();
  }

  /** Searches for other words at once. The earlier series are shown until they are found. */
  narrow(words: string): void {
    this.#typed.dispose();
    this.#search(words);
  }

  #search(words: string): void {
    this.#wanted = words;
    this.#searching?.abort();
    this.#searching = null;
    if (words === "") {
      this.#show("", this.#parts.library.series);
      return;
    }
    const searching = new AbortController();
    this.#searching = searching;
    const search = async (): Promise<void> => {
      // The index may be closed during a search that is no longer wanted.
      const found = await this.#parts.search(words, searching.signal).catch((error: unknown) => {
        if (searching.signal.aborted) return [];
        throw error;
      });
      if (searching.signal.aborted) return;
      this.#searching = null;
      this.#show(words, found);
    };
    inBackground(this.#parts.log, search, () => {
      this.#searching = null;
      // The earlier results stay. The view also shows problems, such as why it could not be searched.
      this.#show(this.#words, this.#all);
    });
  }

  #show(words: string, found: readonly Series[]): void {
    this.#words = words;
    this.#all = found;
    this.#narrowLanded();
    this.#changed.fire();
  }

  dispose(): void {
    this.#searching?.abort();
    disposeAll([this.#typed, this.#subscription, this.#changed]);
  }
}

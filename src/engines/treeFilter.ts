/** The filter of the view Series: what the person typed, and the series it finds. */
import type { Series } from "../core/series/series";
import type { Library } from "../library/library";
import { type Clock, type Disposable, disposeAll, Emitter, inBackground, type Log, Quiet } from "./ports";

/** While a person types, searches are at least this far apart. */
const typingMilliseconds = 60;

export interface TreeFilterParts {
  readonly library: Pick<Library, "series" | "onDidChange">;
  /** Finds the series that match the words, in slices; results after an abort are dropped. */
  readonly search: (words: string, signal: AbortSignal) => Promise<readonly Series[]>;
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
  #found: readonly Series[];
  #searching: AbortController | null = null;

  constructor(parts: TreeFilterParts) {
    this.#parts = parts;
    this.#found = parts.library.series;
    this.#typed = new Quiet(parts.clock, typingMilliseconds, () => this.narrow(this.#typedWords));
    this.#subscription = parts.library.onDidChange(() => this.#search(this.#wanted));
  }

  /** The words that led to `found`; "" when all series are shown. */
  get words(): string {
    return this.#words;
  }

  /** The series that match the words; all series without words. */
  get found(): readonly Series[] {
    return this.#found;
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
      this.#show(this.#words, this.#found);
    });
  }

  #show(words: string, found: readonly Series[]): void {
    this.#words = words;
    this.#found = found;
    this.#changed.fire();
  }

  dispose(): void {
    this.#searching?.abort();
    disposeAll([this.#typed, this.#subscription, this.#changed]);
  }
}

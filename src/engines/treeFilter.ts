/** The filter of the view Series: what the person typed, and the series that were found by it. */
import type { Series } from "../core/series/series";
import type { Library } from "../library/library";
import { type Clock, type Disposable, disposeAll, Emitter, inBackground, type Log, Quiet } from "./ports";

/** While a person types, it is searched only so often. */
const typingMilliseconds = 60;

export interface TreeFilterParts {
  readonly library: Pick<Library, "series" | "onDidChange">;
  /** Finds the series that fit what was typed, in slices; what it finds behind an abort is dropped. */
  readonly search: (words: string, signal: AbortSignal) => Promise<readonly Series[]>;
  readonly clock: Clock;
  readonly log: Log;
}

export class TreeFilter {
  readonly #parts: TreeFilterParts;
  readonly #changed = new Emitter<void>();
  /** Fires when other series are found, or were looked for by other words. */
  readonly onDidChange = this.#changed.event;
  readonly #typed: Quiet;
  readonly #subscription: Disposable;
  #words = "";
  /** What is searched for; `words` are what was. */
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

  /** What `found` was found by; "" where all series are shown. */
  get words(): string {
    return this.#words;
  }

  /** The series that fit the words; all of them where there are none. */
  get found(): readonly Series[] {
    return this.#found;
  }

  /** The person types: what they have typed last is searched for once they pause. */
  type(words: string): void {
    this.#typedWords = words;
    this.#typed.later();
  }

  /** Searches for other words at once. Until they are found the series of before are shown. */
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
      // The index may be closed under a search that is no longer wanted.
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
      // What was found before stays. The view shows problems too, such as why it could not be searched.
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

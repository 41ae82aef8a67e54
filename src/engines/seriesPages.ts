/** The series whose page is in front: what a command is about that is called without a row, from the palette or by a key. */
import { newestRevision, type Revision, type Series } from "../core/series/series";
import type { Library } from "../library/library";

interface FrontPage {
  /** The id it was opened with. */
  readonly id: string;
  /** The place of the revision that is looked at; null until the page has said it. */
  readonly revision: number | null;
}

export class PageInFront {
  #page: FrontPage | null = null;

  constructor(private readonly library: Library) {}

  /** The page of a series came to the front, or shows another revision there. */
  show(page: FrontPage): void {
    this.#page = page;
  }

  /** The page of a series is no longer in front. */
  leave(id: string): void {
    if (this.#page?.id === id) this.#page = null;
  }

  /** Null where no page is in front, or its series is in no source any more. */
  get series(): Series | null {
    return this.#page ? (this.library.find(this.#page.id) ?? null) : null;
  }

  /** The revision that is looked at, of `series`. */
  get revision(): Revision | null {
    const { series } = this;
    return series && (series.revisions[this.#page?.revision ?? -1] ?? newestRevision(series));
  }
}

/** The pages of series: which one is in front, what each one gets, and when its contents count as read. */
import type { Clash } from "../core/clashes/clashes";
import type { Relation } from "../core/lines/relations";
import { newestRevision, newestRevisionKey, type Revision, type Series } from "../core/series/series";
import type { Library } from "../library/library";
import { errorText, inBackground, type Log } from "./ports";

interface FrontPage {
  /** The id it was opened with. */
  readonly id: string;
  /** The place of the visible revision; null until the page has reported it. */
  readonly revision: number | null;
}

/** The series whose page is in front: the subject of a command that is called from the palette or by a key. */
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

  /** Null when no page is in front, or its series is no longer in any source. */
  get series(): Series | null {
    return this.#page ? (this.library.find(this.#page.id) ?? null) : null;
  }

  /** The visible revision of `series`. */
  get revision(): Revision | null {
    const { series } = this;
    return series && (series.revisions[this.#page?.revision ?? -1] ?? newestRevision(series));
  }

  /** The visible revision if a command was called on nothing, by a key or from the palette; null if it was called on something. */
  revisionFor(argument: unknown): Revision | null {
    return argument === undefined ? this.revision : null;
  }
}

/** The series a page shows, in the state in which it was sent. */
export interface SentSeries {
  readonly state: number;
  readonly series: Series;
}

/** The place a page should go to, by indexes; null to stay. */
export interface PageTarget {
  readonly revision: number | null;
  readonly patch: number | null;
}

/** A page as the editor shows it. */
export interface PageView<Message> {
  /** Whether it is visible: a page behind another one of its group is not. */
  readonly isVisible: boolean;
  /** Whether it has the focus. */
  readonly isActive: boolean;
  showTitle(series: Series): void;
  post(message: Message): void;
}

/** The messages for pages. */
export interface PageMessages<Message, Base> {
  /** The contents of a page as a text: when it differs, the page gets a new state. */
  contentsOf(series: Series): string;
  series(sent: SentSeries, target: PageTarget): readonly Message[];
  /** The series is no longer in any source. */
  gone(): Message;
  applies(series: Series, bases: readonly Base[]): Message;
  related(sent: SentSeries, relations: readonly Relation[]): Message;
  clashes(series: Series, clashes: readonly Clash[]): Message;
}

export interface SeriesPagesParts<Message, Base> {
  readonly library: Pick<Library, "find" | "series" | "synced">;
  readonly front: PageInFront;
  /** The parts that mark a series as read once it was shown. */
  readonly unread: ReadonlyArray<{ markRead(series: readonly Series[]): Promise<void> }>;
  readonly messages: PageMessages<Message, Base>;
  /** Asks git for the bases that a series names. */
  readonly basesOf: (series: Series) => Promise<readonly Base[]>;
  /** The other series on the same lines, more exact each time. */
  readonly relationsOf: (series: Series) => AsyncIterable<readonly Relation[]>;
  /** The numbers and names that it claims and others too, as far as they are known now. */
  readonly clashesOf: (series: Series) => readonly Clash[];
  readonly log: Log;
}

/** One page. It gets messages only while it is visible: VS Code drops messages to a hidden page. */
export class SeriesPage<Message, Base> {
  /** The id it was opened with; the series may have another one by now. */
  readonly id: string;
  readonly #view: PageView<Message>;
  readonly #parts: SeriesPagesParts<Message, Base>;
  readonly #nextState: () => number;
  #target: PageTarget = { revision: null, patch: null };
  #isReady = false;
  /** Whether something changed that the page does not know. */
  #isStale = false;
  /** The place of the revision the person looks at. */
  #shown: number | null = null;
  #sent: SentSeries | null = null;
  /** The contents that were sent, to notice changes. */
  #contents = "";
  #saidApplies = "";
  #saidClashes = "";
  #bases: readonly Base[] = [];

  constructor(id: string, view: PageView<Message>, parts: SeriesPagesParts<Message, Base>, nextState: () => number) {
    this.id = id;
    this.#view = view;
    this.#parts = parts;
    this.#nextState = nextState;
    this.#noteActive();
  }

  get isActive(): boolean {
    return this.#view.isActive;
  }

  /** Sets where the page goes when it gets its series next. */
  goTo(target: PageTarget): void {
    this.#target = target;
  }

  /** Called when the page's script listens: at the start, and each time the page comes back from behind another one. */
  ready(): void {
    this.#isReady = true;
    this.show();
  }

  /** Called when the person selects a revision, by its index. */
  select(revision: number): void {
    this.#shown = revision;
    this.#noteActive();
  }

  /** Called when the page comes to the front or goes behind another one. */
  viewChanged(): void {
    this.#noteActive();
    if (this.#isStale && this.#view.isVisible) this.show();
  }

  /** The series of a message from the page, when the page still has that state; null when its indexes may no longer be valid. */
  sentIn(state: number | null): SentSeries | null {
    return this.#sent?.state === state ? this.#sent : null;
  }

  /** Sends the page its current series, which then counts as read. */
  show(): void {
    const { library, messages, unread, log } = this.#parts;
    if (!this.#isReady || (!library.synced && library.series.length === 0)) return;
    const series = library.find(this.id);
    if (series) this.#view.showTitle(series);
    this.#isStale = !this.#view.isVisible;
    if (this.#isStale) return;
    if (!series) {
      this.#sent = null;
      this.#view.post(messages.gone());
      return;
    }
    const contents = messages.contentsOf(series);
    const before = this.#sent;
    const sent = { state: before && contents === this.#contents ? before.state : this.#nextState(), series };
    // The base of another revision is not said of this one; git is asked again below.
    if (!before || newestRevisionKey(before.series) !== newestRevisionKey(series)) this.#bases = [];
    this.#sent = sent;
    this.#contents = contents;
    for (const message of messages.series(sent, this.#target)) this.#view.post(message);
    this.#target = { revision: null, patch: null };
    this.#saidApplies = "";
    this.#saidClashes = "";
    this.showApplies();
    this.showClashes();
    inBackground(log, () => this.#tellBases(sent));
    inBackground(log, () => this.#tellRelated(sent));
    for (const one of unread) inBackground(log, () => one.markRead([series]));
  }

  /** Sends the page whether its series applies, when that has changed. */
  showApplies(): void {
    if (!this.#sent) return;
    if (!this.#view.isVisible) {
      this.#isStale = true;
      return;
    }
    const message = this.#parts.messages.applies(this.#sent.series, this.#bases);
    const text = JSON.stringify(message);
    if (text === this.#saidApplies) return;
    this.#saidApplies = text;
    this.#view.post(message);
  }

  /** Sends the page the numbers and names that others claim too, when they have changed. */
  showClashes(): void {
    if (!this.#sent) return;
    if (!this.#view.isVisible) {
      this.#isStale = true;
      return;
    }
    const { messages, clashesOf } = this.#parts;
    const clashes = clashesOf(this.#sent.series);
    // A page that was sent its series knows of none.
    if (clashes.length === 0 && this.#saidClashes === "") return;
    const message = messages.clashes(this.#sent.series, clashes);
    const text = JSON.stringify(message);
    if (text === this.#saidClashes) return;
    this.#saidClashes = text;
    this.#view.post(message);
  }

  /** Sends the page the bases of its series once git has looked them up. */
  async #tellBases({ state, series }: SentSeries): Promise<void> {
    try {
      const bases = await this.#parts.basesOf(series);
      if (!this.sentIn(state)) return;
      this.#bases = bases;
      this.showApplies();
    } catch (error) {
      this.#parts.log.warn(errorText(error));
    }
  }

  /** Sends the page the other series on the same lines; results for an older state are dropped. */
  async #tellRelated(sent: SentSeries): Promise<void> {
    try {
      for await (const relations of this.#parts.relationsOf(sent.series)) {
        if (!this.sentIn(sent.state)) return;
        this.#view.post(this.#parts.messages.related(sent, relations));
      }
    } catch (error) {
      this.#parts.log.warn(errorText(error));
    }
  }

  #noteActive(): void {
    const { front } = this.#parts;
    if (this.#view.isActive) front.show({ id: this.id, revision: this.#shown });
    else front.leave(this.id);
  }
}

/** The pages that are open. */
export class SeriesPages<Message, Base> {
  readonly #pages = new Set<SeriesPage<Message, Base>>();
  readonly #parts: SeriesPagesParts<Message, Base>;
  /** States are numbered over all pages. */
  #lastState = 0;

  constructor(parts: SeriesPagesParts<Message, Base>) {
    this.#parts = parts;
  }

  /** @param id of the series when the page was opened */
  add(id: string, view: PageView<Message>): SeriesPage<Message, Base> {
    const page = new SeriesPage(id, view, this.#parts, () => ++this.#lastState);
    this.#pages.add(page);
    return page;
  }

  remove(page: SeriesPage<Message, Base>): void {
    this.#pages.delete(page);
    this.#parts.front.leave(page.id);
  }

  /** The page with the focus; null if none has it. */
  get active(): SeriesPage<Message, Base> | null {
    return [...this.#pages].find(({ isActive }) => isActive) ?? null;
  }

  /** The page of a series, even if the series had another id when it was opened. */
  pageOf({ id }: Series): SeriesPage<Message, Base> | null {
    return [...this.#pages].find((page) => this.#parts.library.find(page.id)?.id === id) ?? null;
  }

  /** Updates all pages after changes of sources or trees. */
  showAll(): void {
    for (const page of this.#pages) page.show();
  }

  /** Updates all pages after new answers about whether series apply. */
  showApplies(): void {
    for (const page of this.#pages) page.showApplies();
  }

  /** Updates all pages after other clashes were found. */
  showClashes(): void {
    for (const page of this.#pages) page.showClashes();
  }
}

/** What the person has not read yet: series in which something came in, and followed series with a new revision. */
import * as vscode from "vscode";
import { newestRevision, type Revision, type Series } from "../core/series/series";
import type { Library } from "../library/library";

const arrivalsKey = "arrivals";

/** A list that nobody reads for months; what is beyond is the oldest. */
const mostUnread = 5000;

interface StoredArrivals {
  /** Ids of series. */
  readonly unread: readonly string[];
  /** By index: when the newest mail came in that was taken note of, in seconds. */
  readonly noted: Readonly<Record<string, number>>;
}

export class Arrivals {
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.#changed.event;

  /** Asked for every row drawn, so it is kept as a set. */
  #unread: ReadonlySet<string> | null = null;

  constructor(private readonly state: vscode.Memento) {}

  has({ id, aliases }: Series): boolean {
    this.#unread ??= new Set(this.#stored().unread);
    const unread = this.#unread;
    return unread.size > 0 && (unread.has(id) || aliases.some((alias) => unread.has(alias)));
  }

  get count(): number {
    return this.#stored().unread.length;
  }

  /**
   * Takes note of what came in. The first time an archive is read everything is new, and so nothing is.
   * @param name of the index
   * @param arrived when its newest mail came in, in seconds
   * @param changedSince the ids of the series in which something came in after a moment
   */
  async note(name: string, arrived: number, changedSince: (moment: number) => readonly string[]): Promise<void> {
    const { unread, noted } = this.#stored();
    const before = noted[name];
    // Without an index nothing came in yet.
    if (before === arrived || arrived === 0) return;
    const fresh = before === undefined ? [] : changedSince(before);
    await this.#store({ unread: [...new Set([...fresh, ...unread])].slice(0, mostUnread), noted: { ...noted, [name]: arrived } });
  }

  async markRead(series: readonly Series[]): Promise<void> {
    const read = new Set(series.flatMap(({ id, aliases }) => [id, ...aliases]));
    const { unread, noted } = this.#stored();
    const kept = unread.filter((id) => !read.has(id));
    if (kept.length < unread.length) await this.#store({ unread: kept, noted });
  }

  async markAllRead(): Promise<void> {
    if (this.count > 0) await this.#store({ ...this.#stored(), unread: [] });
  }

  dispose(): void {
    this.#changed.dispose();
  }

  #stored(): StoredArrivals {
    return this.state.get<StoredArrivals>(arrivalsKey) ?? { unread: [], noted: {} };
  }

  async #store(stored: StoredArrivals): Promise<void> {
    await this.state.update(arrivalsKey, stored);
    this.#unread = null;
    this.#changed.fire();
  }
}

// Which series a person follows and which of their revisions they have seen; kept over windows and syncs.

const followedKey = "followed";

/** The revision last seen, by any id of the series. */
type StoredFollowed = Record<string, string>;

export class Followed {
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.#changed.event;

  constructor(
    private readonly state: vscode.Memento,
    private readonly library: Library,
  ) {}

  isFollowed(series: Series): boolean {
    return this.#keyOf(series) !== undefined;
  }

  /** Followed, and with a newest revision that was not looked at yet. */
  isUnread(series: Series): boolean {
    const key = this.#keyOf(series);
    return key !== undefined && this.#stored()[key] !== seenRevision(newestRevision(series));
  }

  /** The followed series with something unread. */
  unread(): readonly Series[] {
    return Object.keys(this.#stored()).length === 0 ? [] : this.library.series.filter((series) => this.isUnread(series));
  }

  async follow(series: Series): Promise<void> {
    await this.#store({ ...this.#without(series), [series.id]: seenRevision(newestRevision(series)) });
  }

  async unfollow(series: Series): Promise<void> {
    await this.#store(this.#without(series));
  }

  async markRead(series: readonly Series[]): Promise<void> {
    const unread = series.filter((one) => this.isUnread(one));
    if (unread.length === 0) return;
    const stored = { ...this.#stored() };
    for (const one of unread) stored[this.#keyOf(one) ?? one.id] = seenRevision(newestRevision(one));
    await this.#store(stored);
  }

  dispose(): void {
    this.#changed.dispose();
  }

  #stored(): StoredFollowed {
    return this.state.get<StoredFollowed>(followedKey) ?? {};
  }

  async #store(stored: StoredFollowed): Promise<void> {
    await this.state.update(followedKey, stored);
    this.#changed.fire();
  }

  /** The key it is stored under: its id, or one it had before an older revision became known. */
  #keyOf(series: Series): string | undefined {
    const stored = this.#stored();
    return [series.id, ...series.aliases].find((id) => Object.hasOwn(stored, id));
  }

  #without(series: Series): StoredFollowed {
    const ids = new Set([series.id, ...series.aliases]);
    return Object.fromEntries(Object.entries(this.#stored()).filter(([id]) => !ids.has(id)));
  }
}

function seenRevision({ version, rfc, resend, messageId, title }: Revision): string {
  return messageId ?? `v${version}${rfc ? " RFC" : ""}${resend ? " resend" : ""} ${title}`;
}

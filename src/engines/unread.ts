/** What the person has not read yet: series with new mail, and followed series with a new revision. */
import { newestRevision, type Revision, type Series } from "../core/series/series";
import type { Library } from "../library/library";
import { Emitter, type Storage } from "./ports";
import { StoredValue } from "./storedValue";

/** Enough for a list that nobody reads for months; beyond it the oldest are dropped. */
const mostUnread = 5000;

interface StoredArrivals {
  /** Ids of series. */
  readonly unread: readonly string[];
  /** By index: when the newest mail noted so far arrived, in seconds. */
  readonly noted: Readonly<Record<string, number>>;
}

/** The series with new mail since the person looked at them; kept across windows and syncs. */
export class Arrivals {
  readonly #changed = new Emitter<void>();
  readonly onDidChange = this.#changed.event;
  readonly #stored: StoredValue<StoredArrivals>;
  /** The ids of `of` as a set, because it is needed for every row drawn. */
  #unread: { readonly of: readonly string[]; readonly ids: ReadonlySet<string> } = { of: [], ids: new Set() };

  constructor(storage: Storage) {
    this.#stored = new StoredValue(storage, "arrivals", parseArrivals);
  }

  has({ id, aliases }: Series): boolean {
    const { unread } = this.#stored.value;
    if (unread !== this.#unread.of) this.#unread = { of: unread, ids: new Set(unread) };
    const { ids } = this.#unread;
    return ids.size > 0 && (ids.has(id) || aliases.some((alias) => ids.has(alias)));
  }

  /**
   * Notes new mail. When an archive is read for the first time everything is new, so nothing is marked.
   *
   * @param name of the index
   * @param arrived when its newest mail came in, in seconds
   * @param changedSince the ids of the series in which something came in after a moment
   */
  async note(name: string, arrived: number, changedSince: (moment: number) => readonly string[]): Promise<void> {
    await this.#change((stored) => {
      const before = stored.noted[name];
      // An empty index reports that nothing came in.
      if (before === arrived || arrived === 0) return stored;
      const fresh = before === undefined ? [] : changedSince(before);
      return { unread: [...new Set([...fresh, ...stored.unread])].slice(0, mostUnread), noted: { ...stored.noted, [name]: arrived } };
    });
  }

  async markRead(series: readonly Series[]): Promise<void> {
    const read = new Set(series.flatMap(({ id, aliases }) => [id, ...aliases]));
    await this.#change((stored) => {
      const unread = stored.unread.filter((id) => !read.has(id));
      return unread.length < stored.unread.length ? { ...stored, unread } : stored;
    });
  }

  async markAllRead(): Promise<void> {
    await this.#change((stored) => (stored.unread.length > 0 ? { ...stored, unread: [] } : stored));
  }

  async #change(edit: (stored: StoredArrivals) => StoredArrivals): Promise<void> {
    if (await this.#stored.change(edit)) this.#changed.fire();
  }

  dispose(): void {
    this.#changed.dispose();
  }
}

function parseArrivals(stored: unknown): StoredArrivals {
  const { unread, noted } = recordOf(stored);
  return {
    unread: Array.isArray(unread) ? unread.filter((id): id is string => typeof id === "string") : [],
    noted: Object.fromEntries(Object.entries(recordOf(noted)).filter((entry): entry is [string, number] => typeof entry[1] === "number")),
  };
}

/** The revision last seen, by any id of the series. */
type StoredFollowed = Readonly<Record<string, string>>;

/** Which series the person follows and which of their revisions they have seen; kept across windows and syncs. */
export class Followed {
  readonly #changed = new Emitter<void>();
  readonly onDidChange = this.#changed.event;
  readonly #stored: StoredValue<StoredFollowed>;
  readonly #library: Pick<Library, "series">;

  constructor(storage: Storage, library: Pick<Library, "series">) {
    this.#stored = new StoredValue(storage, "followed", parseFollowed);
    this.#library = library;
  }

  isFollowed(series: Series): boolean {
    return keyOf(series, this.#stored.value) !== undefined;
  }

  /** Whether the series is followed and its newest revision is unread. */
  isUnread(series: Series): boolean {
    return isUnreadIn(series, this.#stored.value);
  }

  /** The followed series with an unread revision. */
  unread(): readonly Series[] {
    const stored = this.#stored.value;
    return Object.keys(stored).length === 0 ? [] : this.#library.series.filter((series) => isUnreadIn(series, stored));
  }

  async follow(series: Series): Promise<void> {
    await this.#change((stored) => ({ ...without(series, stored), [series.id]: seenRevision(newestRevision(series)) }));
  }

  async unfollow(series: Series): Promise<void> {
    await this.#change((stored) => (keyOf(series, stored) === undefined ? stored : without(series, stored)));
  }

  async markRead(series: readonly Series[]): Promise<void> {
    await this.#change((stored) => {
      const seen = series.filter((one) => isUnreadIn(one, stored)).map((one) => [keyOf(one, stored), seenRevision(newestRevision(one))]);
      return seen.length > 0 ? { ...stored, ...(Object.fromEntries(seen) as StoredFollowed) } : stored;
    });
  }

  async #change(edit: (stored: StoredFollowed) => StoredFollowed): Promise<void> {
    if (await this.#stored.change(edit)) this.#changed.fire();
  }

  dispose(): void {
    this.#changed.dispose();
  }
}

function parseFollowed(stored: unknown): StoredFollowed {
  return Object.fromEntries(Object.entries(recordOf(stored)).filter((entry): entry is [string, string] => typeof entry[1] === "string"));
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

/** The key a series is stored under: its id, or one it had before an older revision became known. */
function keyOf(series: Series, stored: StoredFollowed): string | undefined {
  return [series.id, ...series.aliases].find((id) => Object.hasOwn(stored, id));
}

function isUnreadIn(series: Series, stored: StoredFollowed): boolean {
  const key = keyOf(series, stored);
  return key !== undefined && stored[key] !== seenRevision(newestRevision(series));
}

function without(series: Series, stored: StoredFollowed): StoredFollowed {
  const ids = new Set([series.id, ...series.aliases]);
  return Object.fromEntries(Object.entries(stored).filter(([id]) => !ids.has(id)));
}

function seenRevision({ version, rfc, resend, messageId, title }: Revision): string {
  return messageId ?? `v${version}${rfc ? " RFC" : ""}${resend ? " resend" : ""} ${title}`;
}

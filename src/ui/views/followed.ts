/** Which series a person follows and which of their revisions they have seen; kept over windows and syncs. */
import * as vscode from "vscode";
import type { Library } from "../../index/library";
import { newestRevision, type Revision, type Series } from "../../core/series/series";

const storageKey = "followed";

/** The revision last seen, by any id of the series. */
type Stored = Record<string, string>;

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
    return key !== undefined && this.#stored()[key] !== revisionKey(newestRevision(series));
  }

  /** The followed series with something unread. */
  unread(): readonly Series[] {
    return Object.keys(this.#stored()).length === 0 ? [] : this.library.series.filter((series) => this.isUnread(series));
  }

  async follow(series: Series): Promise<void> {
    await this.#store({ ...this.#without(series), [series.id]: revisionKey(newestRevision(series)) });
  }

  async unfollow(series: Series): Promise<void> {
    await this.#store(this.#without(series));
  }

  async markRead(series: readonly Series[]): Promise<void> {
    const unread = series.filter((one) => this.isUnread(one));
    if (unread.length === 0) return;
    const stored = { ...this.#stored() };
    for (const one of unread) stored[this.#keyOf(one) ?? one.id] = revisionKey(newestRevision(one));
    await this.#store(stored);
  }

  dispose(): void {
    this.#changed.dispose();
  }

  #stored(): Stored {
    return this.state.get<Stored>(storageKey) ?? {};
  }

  async #store(stored: Stored): Promise<void> {
    await this.state.update(storageKey, stored);
    this.#changed.fire();
  }

  /** The key it is stored under: its id, or one it had before an older revision became known. */
  #keyOf(series: Series): string | undefined {
    const stored = this.#stored();
    return [series.id, ...series.aliases].find((id) => Object.hasOwn(stored, id));
  }

  #without(series: Series): Stored {
    const ids = new Set([series.id, ...series.aliases]);
    return Object.fromEntries(Object.entries(this.#stored()).filter(([id]) => !ids.has(id)));
  }
}

function revisionKey({ version, rfc, resend, messageId, title }: Revision): string {
  return messageId ?? `v${version}${rfc ? " RFC" : ""}${resend ? " resend" : ""} ${title}`;
}

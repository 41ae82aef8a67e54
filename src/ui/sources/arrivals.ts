/** In which series something came in since the person last looked: what a sync brought, kept until it is read. */
import * as vscode from "vscode";
import type { Series } from "../../core/series/series";

const storageKey = "arrivals";

/** A list that nobody reads for months; what is beyond is the oldest. */
const mostUnread = 5000;

interface Stored {
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

  #stored(): Stored {
    return this.state.get<Stored>(storageKey) ?? { unread: [], noted: {} };
  }

  async #store(stored: Stored): Promise<void> {
    await this.state.update(storageKey, stored);
    this.#unread = null;
    this.#changed.fire();
  }
}

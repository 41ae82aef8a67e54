/** What was made of a key lately: a memory of bounded size for what comes again and again in the mails of a list. */
export class RecentValues<K, V> {
  #young = new Map<K, V>();
  #old = new Map<K, V>();
  readonly #most: number;

  /** @param most values kept; up to twice as many for a while */
  constructor(most: number) {
    this.#most = most;
  }

  get(key: K): V | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    // What is asked for stays; what is not asked for goes when the younger half is full.
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key: K, value: V): void {
    if (this.#young.size >= this.#most) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
  }
}

/** What was worked out for keys lately. Holds between `most` and twice as many values, those that were asked for last. */
export class RecentValues<K, V> {
  #young = new Map<K, V>();
  #old = new Map<K, V>();
  readonly #most: number;

  /** @param most values of each of two halves */
  constructor(most: number) {
    this.#most = most;
  }

  get(key: K): V | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    // A value that is asked for moves to the younger half; the others are forgotten when that is full.
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

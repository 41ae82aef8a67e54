/**
 * A map with a bound. Beyond it, the least recently used entries go. A package would do more, and would add 19 kB to what every
 * window reads when it starts.
 */
export class RecentMap<Value> {
  /** The one used last is last. */
  readonly #kept = new Map<string, Value>();
  readonly #most: number;
  readonly #sizeOf: (value: Value) => number;
  #size = 0;

  /**
   * @param most the largest sum of sizes; the newest entry stays whatever its size
   * @param sizeOf the size of an entry, which never changes; without it each counts as one
   */
  constructor(most: number, sizeOf: (value: Value) => number = () => 1) {
    this.#most = most;
    this.#sizeOf = sizeOf;
  }

  has(key: string): boolean {
    return this.#kept.has(key);
  }

  /** The value of a key, which then counts as used. */
  get(key: string): Value | undefined {
    const value = this.#kept.get(key);
    if (value === undefined) return undefined;
    this.#kept.delete(key);
    this.#kept.set(key, value);
    return value;
  }

  set(key: string, value: Value): void {
    this.delete(key);
    this.#kept.set(key, value);
    this.#size += this.#sizeOf(value);
    for (const oldest of this.#kept.keys()) {
      if (this.#size <= this.#most || oldest === key) break;
      this.delete(oldest);
    }
  }

  delete(key: string): void {
    const value = this.#kept.get(key);
    if (value === undefined) return;
    this.#kept.delete(key);
    this.#size -= this.#sizeOf(value);
  }

  /** The entries, with the last used one at the end. */
  entries(): IterableIterator<[string, Value]> {
    return this.#kept.entries();
  }
}

/** One value that the editor stores across windows and restarts. */
import type { Storage } from "./ports";

export class StoredValue<T> {
  readonly #storage: Storage;
  readonly #key: string;
  readonly #parse: (stored: unknown) => T;
  /** The stored object from which `#value` was parsed; the storage returns the same object until some window writes it. */
  #stored: unknown = null;
  #value: T;
  #writing: Promise<unknown> = Promise.resolve();

  /** @param parse makes a value of what is stored under the key, possibly by an older version; `undefined` when nothing is stored */
  constructor(storage: Storage, key: string, parse: (stored: unknown) => T) {
    this.#storage = storage;
    this.#key = key;
    this.#parse = parse;
    this.#value = parse(undefined);
  }

  get value(): T {
    const stored = this.#storage.get(this.#key) ?? null;
    if (stored !== this.#stored) {
      this.#stored = stored;
      this.#value = this.#parse(stored ?? undefined);
    }
    return this.#value;
  }

  /**
   * Changes the value. Changes are written one after the other, each based on the stored value at its turn, so none of them is
   * lost to a concurrent one, of this window or another one.
   *
   * @param edit returns the new value, or its argument when nothing changes
   * @returns whether anything was written
   * @throws what the storage throws
   */
  async change(edit: (value: T) => T): Promise<boolean> {
    const turn = this.#writing.then(async () => {
      const before = this.value;
      const after = edit(before);
      if (after === before) return false;
      await this.#storage.update(this.#key, after);
      return true;
    });
    this.#writing = turn.catch(() => undefined);
    return turn;
  }
}

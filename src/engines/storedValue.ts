/** One value that the editor keeps for us over windows and restarts. */
import type { Storage } from "./ports";

export class StoredValue<T> {
  readonly #storage: Storage;
  readonly #key: string;
  readonly #parse: (stored: unknown) => T;
  /** What `#value` was parsed of; the storage gives the same object until it is written, by this window or another one. */
  #stored: unknown = null;
  #value: T;
  #writing: Promise<unknown> = Promise.resolve();

  /** @param parse makes a value of whatever is stored under the key, which an older version may have written; `undefined` where nothing is */
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
   * Changes the value. Changes are written one after the other, each made of what is stored when its turn comes: so none of them is
   * lost to one that was under way, be it of this window or of another one.
   *
   * @param edit gives the new value, or the one it was given where nothing changes
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

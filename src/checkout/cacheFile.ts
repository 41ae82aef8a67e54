/** A small file of results that can be found again at any time. */
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { RecentMap } from "../core/recentMap";

export interface CacheForm<Value> {
  /** Version of the form; a file of another version is not read. */
  readonly version: number;
  /** The name of the list of entries in the file. */
  readonly name: string;
  /** The most entries that are kept; those unused for the longest time go first. */
  readonly most: number;
  /** Reads an entry; null for anything else. */
  readonly read: (entry: readonly unknown[]) => readonly [key: string, value: Value] | null;
  readonly write: (key: string, value: Value) => readonly unknown[];
}

/** Entries in memory and in a file. A missing or damaged file, or one of another form, counts as empty. */
export class CacheFile<Value> {
  readonly #kept: RecentMap<Value>;
  #isChanged = false;

  constructor(
    private readonly file: string,
    private readonly form: CacheForm<Value>,
    kept: Iterable<readonly [string, Value]>,
  ) {
    this.#kept = new RecentMap(form.most);
    for (const [key, value] of kept) this.#kept.set(key, value);
  }

  static async open<Value>(file: string, form: CacheForm<Value>): Promise<CacheFile<Value>> {
    const { version, name, read } = form;
    let stored: Readonly<Record<string, unknown>> = {};
    try {
      const value: unknown = JSON.parse(await readFile(file, "utf8"));
      if (typeof value === "object" && value !== null && "version" in value && value.version === version) stored = { ...value };
    } catch {
      // The results can be found again.
    }
    const entries = listOf(stored[name]);
    return new CacheFile(
      file,
      form,
      entries.map((entry) => read(listOf(entry))).filter((entry) => entry !== null),
    );
  }

  get(key: string): Value | undefined {
    return this.#kept.get(key);
  }

  /** @param isNew whether the file must be written because of it */
  set(key: string, value: Value, isNew = true): void {
    this.#kept.set(key, value);
    this.#isChanged ||= isNew;
  }

  /** Writes the file, if anything changed. */
  async save(): Promise<void> {
    if (!this.#isChanged) return;
    this.#isChanged = false;
    const { version, name, write } = this.form;
    await mkdir(dirname(this.file), { recursive: true });
    // A window that reads it meanwhile sees the old file or the new one, and two that write do not mix theirs.
    const draft = `${this.file}.${process.pid}`;
    await writeFile(draft, JSON.stringify({ version, [name]: Array.from(this.#kept.entries(), ([key, value]) => write(key, value)) }));
    await rename(draft, this.file);
  }
}

/** A list as it was read from a file, whose elements are still to be checked; [] for anything else. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}

/** Whether a text is the full id of an object. */
export function isId(text: string): boolean {
  return /^[0-9a-f]{40,64}$/.test(text);
}

/** What is known of a mirror besides its repositories: how far back each was fetched, and what the server had then. */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface MirroredEpoch {
  /** As the server's manifest had it when all was fetched; null where it has none. */
  readonly fingerprint: string | null;
  /** Mails since then are there, in seconds; null: all of them. */
  readonly since: number | null;
  /** There was no mail in that time, so there is no repository either. */
  readonly empty: boolean;
}

/** By the number of the epoch. */
export type MirrorState = ReadonlyMap<number, MirroredEpoch>;

const fileName = "mirror.json";
const format = 1;

/** Never throws: what cannot be read is as good as nothing known, and is fetched again. */
export function readMirrorState(folder: string): MirrorState {
  const state = new Map<number, MirroredEpoch>();
  try {
    const stored = JSON.parse(readFileSync(join(folder, fileName), "utf8")) as Record<string, unknown> | null;
    if (stored?.["format"] !== format || !Array.isArray(stored["epochs"])) return state;
    for (const one of stored["epochs"] as unknown[]) {
      const { number, fingerprint, since, empty } = (one ?? {}) as Record<string, unknown>;
      if (typeof number !== "number" || !(typeof since === "number" || since === null)) continue;
      state.set(number, { fingerprint: typeof fingerprint === "string" ? fingerprint : null, since, empty: empty === true });
    }
  } catch {
    // A folder of an earlier time, or a file cut short by a crash.
  }
  return state;
}

/** Keeps what is known; the file is either the one before or the new one, however this ends. */
export function storeMirrorState(folder: string, state: MirrorState): void {
  const file = join(folder, fileName);
  const epochs = [...state].sort(([a], [b]) => a - b).map(([number, epoch]) => ({ number, ...epoch }));
  writeFileSync(`${file}.new`, `${JSON.stringify({ format, epochs }, null, 2)}\n`);
  renameSync(`${file}.new`, file);
}

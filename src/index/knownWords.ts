/** The words of the index written last, kept in memory: reading them again would take longer than all else of a small refresh. */
import { statSync } from "node:fs";
import { resolve } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { readWords } from "./schema";
import { Words } from "./words";

/** Which file they are of, and they themselves. */
let kept: { readonly identity: string; readonly words: Words } | null = null;

/** The words of an index. They are the caller's until it keeps them again, so that those of a run that failed are forgotten. */
export function takeWords(db: DatabaseSync, file: string): Words {
  const known = kept;
  kept = null;
  if (known?.identity !== identityOf(file)) return readWords(db);
  const { words } = known;
  const last = words.size - 1;
  // Words are only ever added to a file, by whatever process; the last one known tells whether they are those.
  const stored = db.prepare("SELECT text FROM word WHERE id >= ? ORDER BY id").all(Math.max(0, last));
  if (last < 0 || stored[0]?.["text"] !== words.textOf(last)) return readWords(db);
  for (const { text } of stored.slice(1)) words.add(String(text));
  return words;
}

/** Keeps words that are all stored. */
export function keepWords(file: string, words: Words): void {
  kept = { identity: identityOf(file), words };
}

/** Changes when a file is put in the place of another. */
function identityOf(file: string): string {
  const { dev, ino, birthtimeNs } = statSync(file, { bigint: true });
  return [resolve(file), dev, ino, birthtimeNs].join(" ");
}

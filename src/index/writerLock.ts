/** One writer at a time, over all windows and the command line. */
import { DatabaseSync } from "node:sqlite";

export interface WriterLock {
  release(): void;
}

/**
 * Takes the right to write an index; null where another process has it. It is an exclusive transaction on a small database
 * beside the index: the operating system ends it with the process that holds it, however that ends, so none is ever left behind.
 */
export function takeWriterLock(file: string): WriterLock | null {
  const db = new DatabaseSync(`${file}.lock`);
  try {
    db.exec("PRAGMA busy_timeout = 0; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
  } catch (error) {
    db.close();
    if (error instanceof Error && /locked|busy/i.test(error.message)) return null;
    throw error;
  }
  return {
    release() {
      db.exec("ROLLBACK");
      db.close();
    },
  };
}

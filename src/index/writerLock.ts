/** One writer at a time, over all windows and the command line. */
import { rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";

export interface WriterLock {
  release(): void;
}

/**
 * Takes the right to write an index; null where another process has it. It is an exclusive transaction on a small database
 * beside the index: the operating system ends it with the process that holds it, however that ends, so none is ever left behind.
 */
export function takeWriterLock(file: string): WriterLock | null {
  try {
    return lock(`${file}.lock`);
  } catch (error) {
    if (!(error instanceof Error && /not a database|malformed/i.test(error.message))) throw error;
    // What a failing disk left of it can be locked by nobody, so nobody has it.
    rmSync(`${file}.lock`, { force: true });
    return lock(`${file}.lock`);
  }
}

function lock(file: string): WriterLock | null {
  const db = new DatabaseSync(file);
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

/**
 * The thread that asks the full text: bundled as dist/searchWorker.js. One letter that half of all words begin with keeps SQLite busy for
 * tenths of a second in one statement, in which nothing can be done in between.
 */
import { DatabaseSync } from "node:sqlite";
import { parentPort } from "node:worker_threads";
import { type FoundDocument, searchDocuments } from "./searchQuery";

/** What the thread is asked. */
export interface SearchRequest {
  /** The index. */
  readonly file: string;
  readonly query: string;
}

/** What it answers; null where the index cannot be read. */
export type SearchAnswer = readonly FoundDocument[] | null;

function search({ file, query }: SearchRequest): SearchAnswer {
  let db: DatabaseSync | null = null;
  try {
    // Whoever asks has looked whether the index is sound. It is opened for each question, since another file may stand in its place.
    db = new DatabaseSync(file, { readOnly: true });
    db.exec("PRAGMA busy_timeout = 2000");
    return searchDocuments(db, query);
  } catch {
    return null;
  } finally {
    db?.close();
  }
}

const port = parentPort;
port?.on("message", (request: SearchRequest) => port.postMessage(search(request)));

/**
 * The thread that searches the full text: bundled as dist/searchWorker.js. A single letter that half of all words begin with
 * keeps SQLite busy for tenths of a second in one statement, which would block its thread.
 */
import { DatabaseSync } from "node:sqlite";
import { parentPort } from "node:worker_threads";
import { type FoundDocument, searchDocuments } from "./searchQuery";

/** A question to the thread. */
export interface SearchRequest {
  /** The file of the index. */
  readonly file: string;
  readonly query: string;
}

/** Its answer; null if the index cannot be read. */
export type SearchAnswer = readonly FoundDocument[] | null;

function search({ file, query }: SearchRequest): SearchAnswer {
  let db: DatabaseSync | null = null;
  try {
    // The caller has checked that the index is sound. It is opened for each question, since another file may stand in its place.
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

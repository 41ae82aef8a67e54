/** Builds an index of archives, or brings one up to date. It runs where nothing waits for it: in a worker, or in the command line. */
import { mkdirSync, realpathSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { HumanError } from "../core/humanError";
import type { Problem } from "../core/series/series";
import { type IndexCounts, noCounts, readCounts } from "./assembling";
import { forgetFile, storeSum } from "./checksum";
import type { SourceOf } from "./componentFormat";
import { refreshComponents, writeComponents } from "./components";
import { isDamage, isDiskFull, isNotWritable } from "./damage";
import { openForWriting, readSourceNames, schemaVersion, takeWriterLock, type WriterLock } from "./database";
import { EntryStore } from "./entryStore";
import { type EpochRead, type EpochToRead, findChanges, type KnownEpoch, readEpochs, type ReadProgress } from "./sourceChanges";

interface BuildOptions {
  /** The git binary of the user's setting; without it, `git` on PATH. */
  readonly git?: string | undefined;
  /** Called now and then with the progress. */
  readonly progress?: ReadProgress;
  /** Asked between mails; true ends the run. What was read is kept for the next run. */
  readonly stopped?: () => boolean;
  /** How many mails are kept in memory, for tests; see entryStore.ts. */
  readonly held?: number;
}

export interface BuildResult extends IndexCounts {
  readonly seconds: number;
  readonly problems: readonly Problem[];
  /** Mails that this run added and removed. */
  readonly added: number;
  readonly removed: number;
  /** Another process is writing the index, so nothing was done. */
  readonly busy: boolean;
  /** The index was damaged, so everything was read again. */
  readonly repaired: boolean;
}

/** Ends a run that was stopped on purpose. */
export class Stopped extends Error {}

/**
 * Makes `file` the index of these sources: archives and mail files, by their paths. Mails of other sources are removed from the
 * file. Throws a `HumanError` where the index itself cannot be written.
 */
export async function buildIndex(sources: readonly string[], file: string, options: BuildOptions = {}): Promise<BuildResult> {
  const started = performance.now();
  const paths = [...new Set(sources.map(canonicalPath))];
  let lock: WriterLock | null = null;
  try {
    mkdirSync(dirname(resolve(file)), { recursive: true });
    lock = takeWriterLock(file);
    if (!lock) return { ...noCounts, seconds: 0, problems: [], added: 0, removed: 0, busy: true, repaired: false };
    const before = await refreshExisting(paths, file, options);
    const run = before === null || before === "damaged" ? await buildFresh(paths, file, options) : before;
    return { ...run, seconds: (performance.now() - started) / 1000, busy: false, repaired: before === "damaged" };
  } catch (error) {
    throw diskError(error, file);
  } finally {
    lock?.release();
  }
}

type Run = Omit<BuildResult, "seconds" | "busy" | "repaired">;

/** Null if there is none of our version. A damaged index is built again, because the archives hold everything. */
async function refreshExisting(paths: readonly string[], file: string, options: BuildOptions): Promise<Run | "damaged" | null> {
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) === 0) return null;
  try {
    const db = openForWriting(file, { fresh: false });
    return db && (await refresh(db, paths, file, options));
  } catch (error) {
    if (isDamage(error)) return "damaged";
    throw error;
  }
}

function canonicalPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}

/** A full disk and a read-only folder are reported to the person in a sentence. */
function diskError(error: unknown, file: string): unknown {
  if (isDiskFull(error)) {
    const sentence = `The index ${file} could not be written because the disk is full or failing; free some space and sync again.`;
    return new HumanError(sentence, { cause: error });
  }
  if (isNotWritable(error)) {
    return new HumanError(`The index ${file} could not be written; check that its folder is writable.`, { cause: error });
  }
  return error;
}

/** Whether only the writing of the index failed, so that it still has what it held before. */
export function isNotWritten(error: unknown): error is HumanError {
  return error instanceof HumanError && (isDiskFull(error.cause) || isNotWritable(error.cause));
}

/** The least number of mails to expect; for files nobody knows it before they are read. */
function mailsIn(epochs: readonly EpochToRead[]): number {
  return epochs.reduce((sum, { change }) => sum + (change.count ?? 0), 0);
}

/** Files that SQLite leaves beside a database: a journal, and for earlier versions a log. */
const besideIndex = ["-journal", "-wal", "-shm"];

async function buildFresh(paths: readonly string[], file: string, options: BuildOptions): Promise<Run> {
  const plan = await findChanges(paths, [], options, null);
  const making = `${file}.new`;
  forgetFile(making);
  for (const suffix of ["", ...besideIndex]) rmSync(making + suffix, { force: true });
  const sourceOf = sourceNames(new Map(), plan.epochs);
  const purpose = JSON.stringify([schemaVersion, plan.epochs.map(({ archive, source }) => [archive.path, source.name])]);
  const store = new EntryStore(`${file}.reading`, purpose, { sourceOf, held: options.held, expected: mailsIn(plan.epochs) });
  let db: DatabaseSync | null = null;
  try {
    const read = await readEpochs(plan.epochs, store, options);
    endWhereStopped(store, options);
    db = openForWriting(making, { fresh: true });
    if (!db) throw new Error("an empty index has our version");
    for (const epoch of read.epochs) storeEpoch(db, epoch);
    writeComponents(db, store, sourceOf);
    db.exec("COMMIT");
    storeSum(db, making);
    const counts = readCounts(db);
    db.close();
    forgetFile(making);
    for (const suffix of besideIndex) rmSync(file + suffix, { force: true });
    renameSync(making, file);
    store.close(true);
    return { ...counts, problems: [...plan.problems, ...read.problems], added: store.length, removed: 0 };
  } catch (error) {
    if (db?.isOpen) db.close();
    store.close(false);
    throw error;
  }
}

async function refresh(db: DatabaseSync, paths: readonly string[], file: string, options: BuildOptions): Promise<Run> {
  try {
    const known = db
      .prepare(
        "SELECT epoch.id, archive.path, archive.kind, epoch.name, epoch.cursor FROM epoch JOIN archive ON archive.id = epoch.archive",
      )
      .all() as unknown as KnownEpoch[];
    const plan = await findChanges(paths, known, options, db);
    const { epochs, gone } = plan;
    if (epochs.length === 0 && gone.length === 0) return { ...readCounts(db), problems: plan.problems, added: 0, removed: 0 };
    const sourceOf = sourceNames(readSourceNames(db), epochs);
    const purpose = JSON.stringify([
      schemaVersion,
      epochs.map(({ archive, source, change }) => [archive.path, source.name, change.cursor]),
    ]);
    const store = new EntryStore(`${file}.reading`, purpose, { sourceOf, held: options.held, expected: mailsIn(epochs) });
    try {
      const read = await readEpochs(epochs, store, options);
      endWhereStopped(store, options);
      db.exec("BEGIN IMMEDIATE");
      for (const id of gone) db.prepare("DELETE FROM epoch WHERE id = ?").run(id);
      db.exec("DELETE FROM archive WHERE id NOT IN (SELECT archive FROM epoch)");
      for (const epoch of read.epochs) storeEpoch(db, epoch);
      const removed = refreshComponents(db, store, { gone, epochs: read.epochs }, sourceOf);
      const counts = readCounts(db);
      db.exec("COMMIT");
      storeSum(db, file);
      store.close(true);
      return { ...counts, problems: [...plan.problems, ...read.problems], added: store.length, removed };
    } catch (error) {
      if (db.isTransaction) db.exec("ROLLBACK");
      store.close(false);
      throw error;
    } finally {
      for (const { change } of epochs) change.close();
    }
  } finally {
    db.close();
  }
}

/** What a stopped run has read is kept for the next one. */
function endWhereStopped(store: EntryStore, { stopped }: BuildOptions): void {
  if (!stopped?.()) return;
  store.save();
  throw new Stopped();
}

/** Archives' names by the epochs' numbers, for stored epochs and for those being read. */
function sourceNames(known: Map<number, string>, epochs: readonly EpochToRead[]): SourceOf {
  for (const { id, archive } of epochs) known.set(id, archive.path);
  return (epoch) => known.get(epoch) ?? "";
}

function storeEpoch(db: DatabaseSync, { archive, source, id, read }: EpochRead): void {
  db.prepare("INSERT OR IGNORE INTO archive (path, kind) VALUES (?, ?)").run(archive.path, archive.kind);
  const owner = db.prepare("SELECT id FROM archive WHERE path = ?").get(archive.path)?.["id"] ?? 0;
  db.prepare("INSERT OR REPLACE INTO epoch VALUES (?, ?, ?, ?, ?)").run(id, owner, source.name, read.cursor, JSON.stringify(read.problems));
}

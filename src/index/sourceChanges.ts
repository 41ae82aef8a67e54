/** Finds what changed in the sources since the index was written, and reads the new mails into the store. */
import { closeSync, openSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { HumanError } from "../core/humanError";
import { RecentAddresses } from "../core/mail/address";
import { readMail } from "../core/mail/mail";
import { mailFactsOf } from "../core/postings/mailFacts";
import { problemsOf } from "../core/series/problems";
import type { Problem } from "../core/series/series";
import { latestArrival } from "../sources/arrival";
import { type ArchiveKind, detectSource, isArchiveKind } from "../sources/detect";
import { bareDiffSentence, unreadableSentence } from "../sources/fileKind";
import {
  type KnownMail,
  type MailSource,
  mailSources,
  type SourceChange,
  type SourceMail,
  type SourceOptions,
  type SourceRead,
} from "../sources/mailSource";
import { readComponent, readPlaces, type StoredComponent } from "./componentFormat";
import { readDictionary } from "./database";
import type { EntryStore } from "./entryStore";
import { patchKey } from "./hashes";

/** An epoch (a repository, file or folder of an archive) that the index holds. */
export interface KnownEpoch {
  readonly id: number;
  /** The source of its archive. */
  readonly path: string;
  readonly kind: string;
  readonly name: string;
  readonly cursor: string;
}

/** An epoch to be read. */
export interface EpochToRead {
  readonly archive: { readonly path: string; readonly kind: ArchiveKind };
  readonly source: MailSource;
  /** Number of the epoch in the index. */
  readonly id: number;
  readonly change: SourceChange;
}

/** An epoch that was read. */
export interface EpochRead extends EpochToRead {
  readonly read: SourceRead;
}

/** What must be done to bring an index up to date. */
export interface SourceChanges {
  readonly epochs: readonly EpochToRead[];
  /** Ids of epochs that are no longer asked for. */
  readonly gone: readonly number[];
  readonly problems: readonly Problem[];
}

/** Two bytes number the epochs in the index. */
const mostEpochs = 65_535;

/** Compares sources with what the index knows. Starts no process if nothing changed. */
export async function findChanges(
  paths: readonly string[],
  known: readonly KnownEpoch[],
  options: SourceOptions,
  db: DatabaseSync | null,
): Promise<SourceChanges> {
  const epochs: EpochToRead[] = [];
  const problems: Problem[] = [];
  const found = new Set<number>();
  let next = Math.max(0, ...known.map(({ id }) => id)) + 1;
  for (const path of paths) {
    const before = known.filter((epoch) => epoch.path === path);
    const kind = detectSource(path);
    if (!isArchiveKind(kind)) {
      problems.push({ source: path, message: notAnArchive(path, kind) });
      // What was read of it stays.
      for (const { id } of before) found.add(id);
      continue;
    }
    for (const source of mailSources(path, kind, options)) {
      const old = before.find(({ name }) => name === source.name);
      if (old) found.add(old.id);
      try {
        const change = await source.changes(old?.cursor, () => (old && db ? knownMails(db, old.id) : new Map()));
        if (!change) continue;
        const id = old?.id ?? next++;
        if (id > mostEpochs) throw new HumanError(`An index holds up to ${mostEpochs} repositories and files; use another one.`);
        epochs.push({ archive: { path, kind }, source, id, change });
      } catch (error) {
        // Any other error is no fault of the archive.
        if (!(error instanceof HumanError)) throw error;
        problems.push({ source: source.folder, message: error.message });
      }
    }
  }
  return { epochs, gone: known.filter(({ id }) => !found.has(id)).map(({ id }) => id), problems };
}

function notAnArchive(path: string, kind: string): string {
  try {
    closeSync(openSync(path, "r"));
  } catch (error) {
    return unreadableSentence(error);
  }
  if (kind === "diff") return bareDiffSentence([]);
  if (kind === "digest") return "This is a digest, which needs no index.";
  if (kind === "index") return "This is an index, not an archive.";
  return "This is not a mail archive: neither a public-inbox repository nor a maildir, an mbox or a folder of mails.";
}

/** The mails that the index holds of an epoch, by their blob ids. */
function knownMails(db: DatabaseSync, epoch: number): Map<string, KnownMail> {
  const mails = new Map<string, KnownMail>();
  const dictionary = readDictionary(db);
  for (const row of db.prepare("SELECT places, body FROM component").iterate()) {
    const component = row as unknown as StoredComponent;
    if (!readPlaces(component.places).some((place) => place.epoch === epoch)) continue;
    for (const { oid, epoch: other, spot, unstamped } of readComponent(component, dictionary, () => ""))
      if (other === epoch) mails.set(oid, { spot, unstamped });
  }
  return mails;
}

// Reads the mails of epochs into the store, as facts.

/** Called with the number of mails read; `total` is null if files must be read to know how many they hold. */
export type ReadProgress = (done: number, total: number | null) => void;

/** Callbacks while epochs are read. */
interface ReadOptions {
  readonly progress?: ReadProgress;
  readonly stopped?: () => boolean;
}

/** Progress is told after each of so many mails. */
const progressStep = 500;

/** Reads all epochs, the newest first. A faulty epoch is reported, and the others are still read. */
export async function readEpochs(
  epochs: readonly EpochToRead[],
  store: EntryStore,
  { progress, stopped }: ReadOptions,
): Promise<{ readonly epochs: readonly EpochRead[]; readonly problems: readonly Problem[] }> {
  const counts = epochs.map(({ change }) => change.count);
  const total = counts.reduce<number | null>((sum, count) => (sum === null || count === null ? null : sum + count), 0);
  const read: EpochRead[] = [];
  const problems: Problem[] = [];
  const addresses = new RecentAddresses();
  let done = 0;
  for (const epoch of [...epochs].reverse()) {
    const result = await epoch.change.read({
      stopped: () => stopped?.() ?? false,
      has: (oid) => store.has(epoch.id, oid),
      mail: (mail) => {
        addMail(epoch, store, mail, addresses);
        if (++done % progressStep === 0) progress?.(done, total);
      },
    });
    read.push({ ...epoch, read: result });
    problems.push(...problemsOf(epoch.source.folder, result.problems));
  }
  // In the order of their numbers, as they were found.
  return { epochs: read.reverse(), problems };
}

function addMail(
  { archive, id }: EpochToRead,
  store: EntryStore,
  { oid, bytes, arrived, spot, unstamped }: SourceMail,
  addresses: RecentAddresses,
): void {
  const mail = readMail(bytes, addresses);
  const committed = arrived ?? latestArrival(bytes, mail.date);
  const facts = mailFactsOf(mail, { place: oid, committed, source: archive.path, patchId: patchKey });
  store.add({ oid, epoch: id, arrived: Math.floor((arrived ?? facts.date) / 1000), spot, unstamped, facts });
}

/** What changed in the sources since the index was written, and the reading of the new mails into the store. */
import type { DatabaseSync } from "node:sqlite";
import { HumanError } from "../core/humanError";
import { RecentAddresses } from "../core/mail/address";
import { mailLimits } from "../core/mail/header";
import { readMail } from "../core/mail/mail";
import { mailFactsOf } from "../core/postings/mailFacts";
import { mostProblems, problemsOf } from "../core/series/problems";
import type { Problem } from "../core/series/series";
import { type Blob, type BlobReader, startBlobReader, streamBlobs } from "../git/catFile";
import { archiveGit, type ReadGit } from "../git/git";
import { damageSentence, gitSentence, isDamagedRepository } from "../git/gitErrors";
import { latestArrival, receivedDate } from "../sources/arrival";
import { detectSource } from "../sources/detect";
import { bareDiffSentence } from "../sources/fileKind";
import { mailFileStamp, readMailFile } from "../sources/mailFiles";
import {
  boundaryStamp,
  changesSince,
  type Epoch,
  findEpochs,
  listHistory,
  listMails,
  objectsStamp,
  readHead,
} from "../sources/publicInbox";
import { isDamage } from "./damage";
import { readPlaces } from "./componentFormat";
import type { EntryStore } from "./entryStore";
import { blobId, patchKey } from "./hashes";

/** An epoch that the index holds. */
export interface KnownEpoch {
  readonly id: number;
  /** Of its archive. */
  readonly path: string;
  readonly kind: string;
  readonly name: string;
  readonly cursor: string;
}

export type ArchiveKind = "public-inbox" | "mbox" | "maildir" | "mail-folder" | "mail";

/** An epoch to be read. */
export interface EpochToRead {
  readonly archive: { readonly path: string; readonly kind: ArchiveKind };
  readonly epoch: Epoch;
  /** Number of the epoch in the index. */
  readonly id: number;
  /** How far it is read after this. */
  readonly cursor: string;
  /** Blob ids of the mails to read; those of mail files are known only when they are read. */
  readonly add: readonly string[];
  /** When the archive took mails in, by blob id; null where the mails must tell. */
  readonly committed: ReadonlyMap<string, number> | null;
  /** Blob ids of mails that are no longer there; of a mail file, filled while it is read. */
  readonly removed: Set<string>;
  /** Blob ids the index holds of a mail file. */
  readonly known: ReadonlySet<string>;
  /** Where few mails are expected: a git that was started while it was found out which they are. */
  readonly reader: BlobReader | null;
  /** Problems with single mails of it, kept with the index. */
  readonly said: string[];
  /** Set where it could not be read to its end: then it is read again next time. */
  failed: boolean;
  /** Set where single mails could not be read: they are looked for again when something in the repository changes. */
  incomplete: boolean;
}

export interface SourceChanges {
  readonly feeds: readonly EpochToRead[];
  /** Ids of epochs that are no longer asked for. */
  readonly gone: readonly number[];
  readonly problems: readonly Problem[];
}

/** Epochs are numbered by two bytes in the index. */
const mostEpochs = 65_535;

/** Compares sources with what the index knows. Starts no process where nothing changed. */
export async function findChanges(
  paths: readonly string[],
  known: readonly KnownEpoch[],
  git: string | undefined,
  db: DatabaseSync | null,
): Promise<SourceChanges> {
  const feeds: EpochToRead[] = [];
  const problems: Problem[] = [];
  const found = new Set<number>();
  let next = Math.max(0, ...known.map(({ id }) => id)) + 1;
  for (const path of paths) {
    const before = known.filter((epoch) => epoch.path === path);
    const keep = (message: string): void => {
      problems.push({ source: path, message });
      for (const { id } of before) found.add(id);
    };
    const kind = detectSource(path);
    const epochs = kind === "public-inbox" ? findEpochs(path) : [{ name: "", folder: path }];
    if (!isArchiveKind(kind)) {
      keep(notAnArchive(kind));
      continue;
    }
    for (const epoch of epochs) {
      const old = before.find(({ name }) => name === epoch.name);
      if (old) found.add(old.id);
      try {
        const cursor = cursorOf(kind, epoch, old?.cursor);
        if (cursor === null || cursor === old?.cursor) continue;
        const id = old?.id ?? next++;
        if (id > mostEpochs) throw new HumanError(`An index holds up to ${mostEpochs} repositories and files; use another one.`);
        const feed = { archive: { path, kind }, epoch, id, cursor, failed: false };
        const changes = await differenceOf(feed, old, archiveGit(git), git, db);
        feeds.push({ ...feed, ...changes });
      } catch (error) {
        // That is no fault of the archive.
        if (isDamage(error)) throw error;
        problems.push({ source: epoch.folder, message: gitSentence(error) });
      }
    }
  }
  return { feeds, gone: known.filter(({ id }) => !found.has(id)).map(({ id }) => id), problems };
}

function isArchiveKind(kind: string): kind is ArchiveKind {
  return ["public-inbox", "mbox", "maildir", "mail-folder", "mail"].includes(kind);
}

function notAnArchive(kind: string): string {
  if (kind === "absent") return "There is no such file or folder; check its name.";
  if (kind === "diff") return bareDiffSentence([]);
  if (kind === "digest") return "This is a digest, which is read as it is and needs no index.";
  if (kind === "index") return "This is an index and no archive.";
  return "This is no mail archive: neither a public-inbox repository nor a maildir, an mbox or a folder of mails.";
}

function cursorOf(kind: ArchiveKind, { folder }: Epoch, old: string | undefined): string | null {
  if (kind !== "public-inbox") return mailFileStamp(kind, folder);
  const head = readHead(folder);
  if (head === null) return null;
  const boundary = boundaryStamp(folder);
  // A shallow repository that is deepened has more mails and the same newest commit.
  const cursor = boundary === null ? head : `${head}+${boundary}`;
  return old?.startsWith(`${cursor}!`) === true && old === incompleteCursor(cursor, folder) ? old : cursor;
}

/** The newest commit that a cursor names. */
export function commitOfCursor(cursor: string): string {
  return /^[0-9a-f]*/.exec(cursor)?.[0] ?? "";
}

/** The cursor of a repository some of whose mails could not be read: it says what its objects looked like then. */
export function incompleteCursor(cursor: string, folder: string): string {
  return `${cursor}!${objectsStamp(folder)}`;
}

/** The cursor of an epoch that was not read to its end. */
export const unreadCursor = "";

type EpochDifference = Pick<EpochToRead, "add" | "committed" | "removed" | "known" | "reader" | "said" | "incomplete">;

async function differenceOf(
  feed: Pick<EpochToRead, "archive" | "epoch" | "cursor" | "id">,
  old: KnownEpoch | undefined,
  run: ReadGit,
  git: string | undefined,
  db: DatabaseSync | null,
): Promise<EpochDifference> {
  const none: ReadonlySet<string> = new Set();
  const nothing = { add: [], committed: null, removed: new Set<string>(), known: none, reader: null, said: [], incomplete: false };
  if (feed.archive.kind !== "public-inbox") {
    return { ...nothing, known: old && db ? knownBlobs(db, feed.id) : none };
  }
  const head = commitOfCursor(feed.cursor);
  if (!old || !db) {
    const { oids, committed, damage } = await listMails(run, feed.epoch, head, git);
    return { ...nothing, add: oids, committed, ...toldOf(damage) };
  }
  const before = commitOfCursor(old.cursor);
  const goesOn = before !== "" && old.cursor.slice(before.length) === feed.cursor.slice(head.length);
  if (goesOn) {
    const reader = startBlobReader(feed.epoch.folder, { binary: git, largest: mailLimits.bytes });
    const changes = await changesSince(run, feed.epoch, before, head);
    if (changes) return { ...nothing, add: [...changes.added.keys()], committed: changes.added, removed: new Set(changes.removed), reader };
    reader.close();
  }
  // The history was rewritten or deepened, or not all of it was read: what the index has and the new history has not is taken out, and the other way round.
  const { oids, committed, damage, removed } = await listMails(run, feed.epoch, head, git);
  const had = knownBlobs(db, feed.id);
  const now = new Set(oids);
  return {
    ...nothing,
    add: oids.filter((oid) => !had.has(oid)),
    committed,
    // What was read before the repository was damaged stays.
    removed: new Set([...had].filter((oid) => (removed ? removed.has(oid) : !now.has(oid)))),
    ...toldOf(damage),
  };
}

/** A repository that is damaged is looked at again when something in it changes. */
function toldOf(damage: string | null): Pick<EpochToRead, "said" | "incomplete"> {
  return { said: damage === null ? [] : [damage], incomplete: damage !== null };
}

/** The blobs the index holds of an epoch. */
function knownBlobs(db: DatabaseSync, epoch: number): Set<string> {
  const blobs = new Set<string>();
  for (const row of db.prepare("SELECT places FROM component").iterate()) {
    for (const place of readPlaces(row["places"] as Uint8Array)) if (place.epoch === epoch) blobs.add(place.oid);
  }
  return blobs;
}

// Reads the mails of epochs into the store, as facts.

/** Told how many mails were read; `total` is null where files must be read to know how many are in them. */
export type ReadProgress = (done: number, total: number | null) => void;

export interface ReadOptions {
  readonly git?: string | undefined;
  readonly readers?: number;
  readonly progress?: ReadProgress;
  readonly stopped?: () => boolean;
}

/** Told this often, in mails. */
const progressStep = 500;
/** More than these are read faster by several gits. */
const mostByReader = 3000;

/** Reads all feeds, newest epoch first. What is wrong with one is told and the others are read all the same. */
export async function readEpochs(
  feeds: readonly EpochToRead[],
  store: EntryStore,
  problems: Problem[],
  options: ReadOptions,
): Promise<void> {
  const isKnown = feeds.every(({ archive }) => archive.kind === "public-inbox");
  const total = isKnown ? feeds.reduce((sum, { add }) => sum + add.length, 0) : null;
  let done = 0;
  const step = (): void => {
    if (++done % progressStep === 0) options.progress?.(done, total);
  };
  const addresses = new RecentAddresses();
  const add = (feed: EpochToRead, mail: FoundMail): void => addMail(feed, store, mail, addresses);
  for (const feed of [...feeds].reverse()) {
    try {
      if (feed.archive.kind === "public-inbox") await readEpoch(feed, store, options, add, step);
      else await readFiles(feed, store, options, add, step);
    } catch (error) {
      // A mistake of ours must not look like a broken archive.
      if (error instanceof TypeError || error instanceof ReferenceError) throw error;
      feed.said.push(gitSentence(error));
      feed.failed = true;
    }
    problems.push(...problemsOf(feed.epoch.folder, feed.said));
  }
  store.flush();
}

async function readEpoch(feed: EpochToRead, store: EntryStore, options: ReadOptions, add: AddMail, step: () => void): Promise<void> {
  const wanted = feed.add.filter((oid) => !store.has(feed.id, oid));
  const undated: string[] = [];
  const bulk = {
    binary: options.git,
    readers: options.readers ?? 2,
    largest: mailLimits.bytes,
    ...(options.stopped ? { stopped: options.stopped } : {}),
  };
  const take = (committed: ReadonlyMap<string, number> | null, last: boolean) => (blob: Blob) => {
    if (!blob.bytes) {
      noteProblem(feed, `The mail in blob ${blob.oid} ${blob.problem}.`);
      if (!blob.tooLarge) feed.incomplete = true;
      return;
    }
    const arrived = receivedDate(blob.bytes) ?? committed?.get(blob.oid) ?? null;
    if (arrived === null && !last) {
      undated.push(blob.oid);
      return;
    }
    add(feed, { oid: blob.oid, bytes: blob.bytes, arrived, spot: null });
    step();
  };
  const known = take(feed.committed, feed.committed !== null);
  const read = feed.reader && wanted.length <= mostByReader ? await feed.reader.read(wanted, known) : 0;
  streamBlobs(feed.epoch.folder, read > 0 ? wanted.slice(read) : wanted, bulk, known);
  if (undated.length === 0) return;
  // Only mails that no server stamped need the history, which takes a third as long as all the rest.
  const committed = await listHistory(archiveGit(options.git), feed.epoch, commitOfCursor(feed.cursor)).catch((error: unknown) => {
    if (!isDamagedRepository(error)) throw error;
    noteProblem(feed, damageSentence(error));
    feed.incomplete = true;
    return null;
  });
  streamBlobs(feed.epoch.folder, undated, bulk, take(committed, true));
}

async function readFiles(feed: EpochToRead, store: EntryStore, options: ReadOptions, add: AddMail, step: () => void): Promise<void> {
  const gone = new Set(feed.known);
  const kind = feed.archive.kind;
  if (kind === "public-inbox") return;
  await readMailFile(kind, feed.epoch.folder, {
    stopped: () => options.stopped?.() ?? false,
    problem: (message) => noteProblem(feed, message),
    mail: (bytes, spot) => {
      const oid = blobId(bytes);
      gone.delete(oid);
      if (!feed.known.has(oid) && !store.has(feed.id, oid)) add(feed, { oid, bytes, arrived: receivedDate(bytes), spot });
      step();
    },
  });
  for (const oid of gone) feed.removed.add(oid);
}

interface FoundMail {
  readonly oid: string;
  readonly bytes: Uint8Array;
  readonly arrived: number | null;
  readonly spot: string | null;
}

type AddMail = (feed: EpochToRead, mail: FoundMail) => void;

function addMail(feed: EpochToRead, store: EntryStore, { oid, bytes, arrived, spot }: FoundMail, addresses: RecentAddresses): void {
  const mail = readMail(bytes, addresses);
  const committed = arrived ?? latestArrival(bytes, mail.date);
  const facts = mailFactsOf(mail, { place: oid, committed, source: feed.archive.path, patchId: patchKey });
  store.add({ oid, epoch: feed.id, arrived: Math.floor((arrived ?? facts.date) / 1000), spot, facts });
}

function noteProblem(feed: EpochToRead, message: string): void {
  if (feed.said.length < mostProblems) feed.said.push(message);
}

/** What there is to read: which epochs of which archives changed since the index was written, and how. */
import type { DatabaseSync } from "node:sqlite";
import { HumanError } from "../core/humanError";
import { mailLimits } from "../core/mail/mailLimits";
import type { Problem } from "../core/series/series";
import { archiveGit, gitSentence } from "../sources/archiveGit";
import { startReader, type BlobReader } from "../sources/blobReader";
import { detectSource } from "../sources/detect";
import { bareDiffSentence } from "../sources/unknownFile";
import { mailFileStamp } from "../sources/mailFiles";
import {
  boundaryStamp,
  changesSince,
  findEpochs,
  listMails,
  objectsStamp,
  readHead,
  type Epoch,
  type RunGit,
} from "../sources/publicInbox";
import { readPlaces } from "./componentBody";
import { isDamage } from "./damage";

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
export interface FeedPlan {
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

export interface IndexPlan {
  readonly feeds: readonly FeedPlan[];
  /** Ids of epochs that are no longer asked for. */
  readonly gone: readonly number[];
  readonly problems: readonly Problem[];
}

/** Epochs are numbered by two bytes in the index. */
const mostEpochs = 65_535;

/** Compares sources with what the index knows. Starts no process where nothing changed. */
export async function indexPlan(
  paths: readonly string[],
  known: readonly KnownEpoch[],
  git: string | undefined,
  db: DatabaseSync | null,
): Promise<IndexPlan> {
  const feeds: FeedPlan[] = [];
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
        const feed = { archive: { path, kind }, epoch, id, cursor, said: [], failed: false, incomplete: false };
        const changes = await changesOf(feed, old, archiveGit(git), git, db);
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
export function headOf(cursor: string): string {
  return /^[0-9a-f]*/.exec(cursor)?.[0] ?? "";
}

/** The cursor of a repository some of whose mails could not be read: it says what its objects looked like then. */
export function incompleteCursor(cursor: string, folder: string): string {
  return `${cursor}!${objectsStamp(folder)}`;
}

/** The cursor of an epoch that was not read to its end. */
export const unread = "";

type Changes = Pick<FeedPlan, "add" | "committed" | "removed" | "known" | "reader">;

async function changesOf(
  feed: Pick<FeedPlan, "archive" | "epoch" | "cursor" | "id">,
  old: KnownEpoch | undefined,
  run: RunGit,
  git: string | undefined,
  db: DatabaseSync | null,
): Promise<Changes> {
  const none: ReadonlySet<string> = new Set();
  if (feed.archive.kind !== "public-inbox") {
    return { add: [], committed: null, removed: new Set(), known: old && db ? knownBlobs(db, feed.id) : none, reader: null };
  }
  const head = headOf(feed.cursor);
  if (!old || !db) {
    const { oids, committed } = await listMails(run, feed.epoch, head, git);
    return { add: oids, committed, removed: new Set(), known: none, reader: null };
  }
  const before = headOf(old.cursor);
  const goesOn = before !== "" && old.cursor.slice(before.length) === feed.cursor.slice(head.length);
  if (goesOn) {
    const reader = startReader(feed.epoch.folder, { binary: git, largest: mailLimits.bytes });
    const changes = await changesSince(run, feed.epoch, before, head);
    if (changes)
      return { add: [...changes.added.keys()], committed: changes.added, removed: new Set(changes.removed), known: none, reader };
    reader.close();
  }
  // The history was rewritten or deepened, or not all of it was read: what the index has and the new history has not is taken out, and the other way round.
  const { oids, committed } = await listMails(run, feed.epoch, head, git);
  const had = knownBlobs(db, feed.id);
  const now = new Set(oids);
  return {
    add: oids.filter((oid) => !had.has(oid)),
    committed,
    removed: new Set([...had].filter((oid) => !now.has(oid))),
    known: none,
    reader: null,
  };
}

/** The blobs the index holds of an epoch. */
function knownBlobs(db: DatabaseSync, epoch: number): Set<string> {
  const blobs = new Set<string>();
  for (const row of db.prepare("SELECT places FROM component").iterate()) {
    for (const place of readPlaces(row["places"] as Uint8Array)) if (place.epoch === epoch) blobs.add(place.oid);
  }
  return blobs;
}

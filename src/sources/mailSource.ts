/**
 * One repository of a public-inbox archive, or one file or folder of mail, behind the questions an index asks of it. The caller
 * knows neither which of them it is nor anything of git.
 */
import { mailLimits } from "../core/mail/header";
import { mostProblems } from "../core/series/problems";
import { type Blob, type CatFile, readBlobs, startReading, streamBlobs } from "../git/catFile";
import { archiveGit, type ReadGit } from "../git/git";
import { damageSentence, gitSentence, inWords, isDamagedRepository } from "../git/gitErrors";
import { receivedDate } from "./arrival";
import { blobId } from "./blobId";
import type { ArchiveKind, MailFileKind } from "./detect";
import { mailFileStamp, readMailFile, readSpots } from "./mailFiles";
import { boundaryStamp, changesSince, type Epoch, findEpochs, listHistory, listMails, objectsStamp, readHead } from "./publicInbox";

/** Where a mail lies in its source. */
export interface MailLocation {
  /** The id of its bytes as a git blob, 40 hex digits. */
  readonly oid: string;
  /** Its place in a file or folder, see `readSpots`; null in a repository. */
  readonly spot: string | null;
}

/** A mail that was read. `bytes` may be used again once it was taken. */
export interface SourceMail extends MailLocation {
  readonly bytes: Uint8Array;
  /** When its archive took it in, in milliseconds; null where nothing tells. */
  readonly arrived: number | null;
  /** Whether only the history of its archive tells that: no server stamped the mail. */
  readonly unstamped: boolean;
}

/** What decides whether a mail that was read before must be read again. */
export type KnownMail = Pick<SourceMail, "spot" | "unstamped">;

/** Takes the mails of a source. */
export interface MailSink {
  mail(mail: SourceMail): void;
  /** Whether it has a mail already, so that the mail need not be read. */
  has(oid: string): boolean;
  /** Asked between mails; true ends the reading. */
  stopped(): boolean;
}

/** The result of reading what changed. */
export interface SourceRead {
  /** How far the source was read; a later call of `changes` gets it. */
  readonly cursor: string;
  /** Blob ids of mails that are gone. */
  readonly removed: ReadonlySet<string>;
  /** What is wrong with the source and with single mails, a sentence each. */
  readonly problems: readonly string[];
}

/** What changed in a source since it was read. */
export interface SourceChange {
  /** Differs from that of any other change of this source. */
  readonly cursor: string;
  /** How many mails are to be read; null where only reading tells. */
  readonly count: number | null;
  /** Reads the new mails. A faulty source does not make it fail. */
  read(sink: MailSink): Promise<SourceRead>;
  /** Ends a git that was started early. */
  close(): void;
}

/** A repository, file or folder of an archive. */
export interface MailSource {
  /** `0.git`, `git/1.git`, relative to the archive; "" for files. */
  readonly name: string;
  readonly folder: string;
  /**
   * Looks for changes; null without changes, and then no process is started. Throws a `HumanError` where the source cannot be
   * read.
   *
   * @param cursor of the last reading; undefined without one
   * @param known what was read from it, by blob ids; asked for only if the cursor does not tell enough
   */
  changes(cursor: string | undefined, known: () => ReadonlyMap<string, KnownMail>): Promise<SourceChange | null>;
  /** Reads mails again; mails that are gone are absent. `bytes` may be used again once they were taken. */
  read<T extends MailLocation>(wanted: readonly T[], take: (mail: T, bytes: Uint8Array) => void): Promise<void>;
}

/** Options of reading sources. */
export interface SourceOptions {
  /** The git binary of the user's setting; without it, `git` on PATH. */
  readonly git?: string | undefined;
}

/** The sources of an archive, oldest first. */
export function mailSources(path: string, kind: ArchiveKind, options: SourceOptions): MailSource[] {
  if (kind !== "public-inbox") return [mailFileSource(path, kind)];
  return findEpochs(path).map((epoch) => epochSource(epoch, options));
}

/** The cursor of a source that was not read to its end. */
const unreadCursor = "";

// Mail in files.

function mailFileSource(path: string, kind: MailFileKind): MailSource {
  return {
    name: "",
    folder: path,
    changes(before, known) {
      const cursor = mailFileStamp(kind, path);
      if (cursor === null || cursor === before) return Promise.resolve(null);
      const mails = before === undefined ? new Map<string, KnownMail>() : known();
      return Promise.resolve({ cursor, count: null, read: (sink) => readFiles(path, kind, cursor, mails, sink), close: () => undefined });
    },
    async read(wanted, take) {
      const bySpot = new Map(wanted.flatMap((one) => (one.spot === null ? [] : [[one.spot, one] as const])));
      await readSpots(path, bySpot.keys(), (spot, bytes) => {
        const one = bySpot.get(spot);
        // A file that was rewritten since it was indexed has another mail at that place, or half of one.
        if (one?.oid === blobId(bytes)) take(one, bytes);
      });
    },
  };
}

async function readFiles(
  path: string,
  kind: MailFileKind,
  cursor: string,
  known: ReadonlyMap<string, KnownMail>,
  sink: MailSink,
): Promise<SourceRead> {
  const problems = new SourceProblems();
  const removed = new Set(known.keys());
  const seen = new Set<string>();
  try {
    await readMailFile(kind, path, {
      stopped: () => sink.stopped(),
      problem: (message) => problems.note(message),
      mail: (bytes, spot) => {
        const oid = blobId(bytes);
        // The same mail twice is one mail.
        if (seen.has(oid)) return;
        seen.add(oid);
        if (known.get(oid)?.spot === spot) removed.delete(oid);
        else if (!sink.has(oid)) sink.mail({ oid, bytes, arrived: receivedDate(bytes), spot, unstamped: false });
      },
    });
  } catch (error) {
    return { cursor: unreadCursor, removed: new Set(), problems: [...problems.noted, gitSentence(error)] };
  }
  return { cursor, removed, problems: problems.noted };
}

/** Collects the problems of one source, up to a number, so that a broken archive does not fill an index with sentences. */
class SourceProblems {
  readonly noted: string[] = [];

  note(message: string): void {
    if (this.noted.length < mostProblems) this.noted.push(message);
  }
}

// A repository of a public-inbox archive.

function epochSource(epoch: Epoch, options: SourceOptions): MailSource {
  const { name, folder } = epoch;
  return {
    name,
    folder,
    async changes(before, known) {
      const cursor = await inWords(() => cursorOf(epoch, before));
      if (cursor === null || cursor === before) return null;
      const difference = await differenceOf(epoch, cursor, before, known, options);
      return {
        cursor,
        count: difference.add.length,
        read: (sink) => readEpoch(epoch, cursor, difference, options, sink),
        close: () => difference.reader?.close(),
      };
    },
    async read(wanted, take) {
      const byOid = new Map(wanted.map((one) => [one.oid, one]));
      await readBlobs(folder, [...byOid.keys()], { binary: options.git, largest: mailLimits.bytes }, (oid, bytes) => {
        const one = byOid.get(oid);
        if (one) take(one, bytes);
      });
    },
  };
}

/** The newest commit and everything else that tells of changes; null before the first mail. */
function cursorOf({ folder }: Epoch, before: string | undefined): string | null {
  const head = readHead(folder);
  if (head === null) return null;
  const boundary = boundaryStamp(folder);
  // Deepening a shallow repository adds mails and keeps the newest commit.
  const cursor = boundary === null ? head : `${head}+${boundary}`;
  return before?.startsWith(`${cursor}!`) === true && before === incompleteCursor(cursor, folder) ? before : cursor;
}

/** The newest commit that a cursor names. */
function commitOfCursor(cursor: string): string {
  return /^[0-9a-f]*/.exec(cursor)?.[0] ?? "";
}

/** The cursor of a repository with unreadable mails: it also records the state of its objects. */
function incompleteCursor(cursor: string, folder: string): string {
  return `${cursor}!${objectsStamp(folder)}`;
}

interface EpochDifference {
  /** Blob ids of the mails to read. */
  readonly add: readonly string[];
  /** When the archive took mails in, by blob id; null where the mails must tell. */
  readonly committed: ReadonlyMap<string, number> | null;
  readonly removed: ReadonlySet<string>;
  /** A git that was started, where few mails are expected, while their names were looked up. */
  readonly reader: CatFile | null;
  /** A sentence about a damaged history; null for a whole one. */
  readonly damage: string | null;
}

async function differenceOf(
  epoch: Epoch,
  cursor: string,
  before: string | undefined,
  known: () => ReadonlyMap<string, KnownMail>,
  { git }: SourceOptions,
): Promise<EpochDifference> {
  const run: ReadGit = archiveGit(git);
  const head = commitOfCursor(cursor);
  const from = commitOfCursor(before ?? "");
  if (before !== undefined && from !== "" && before.slice(from.length) === cursor.slice(head.length)) {
    const reader = startReading(epoch.folder, { binary: git });
    const changes = await changesSince(run, epoch, from, head);
    if (changes) return { add: [...changes.added.keys()], committed: changes.added, removed: changes.removed, reader, damage: null };
    reader.close();
  }
  const { oids, committed, damage, removed } = await inWords(() => listMails(run, epoch, head, git));
  if (before === undefined) return { add: oids, committed, removed: new Set(), reader: null, damage };
  // The history was rewritten or deepened, or was not read completely. Mails that were read and are not in the new history go,
  // and mails that were not read come. An unstamped mail may have come at another time in this history.
  const had = known();
  const add = oids.filter((oid) => had.get(oid)?.unstamped !== false && (damage === null || !had.has(oid)));
  const [now, read] = [new Set(oids), new Set(add)];
  return {
    add,
    committed,
    // Mails that were read before the repository was damaged stay.
    removed: new Set([...had.keys()].filter((oid) => read.has(oid) || (removed ? removed.has(oid) : !now.has(oid)))),
    reader: null,
    damage,
  };
}

async function readEpoch(
  epoch: Epoch,
  cursor: string,
  { add, committed, removed, reader, damage }: EpochDifference,
  { git }: SourceOptions,
  sink: MailSink,
): Promise<SourceRead> {
  const problems = new SourceProblems();
  if (damage !== null) problems.note(damage);
  // The unreadable mails are looked for again when something in the repository changes.
  let isIncomplete = damage !== null;
  const wanted = add.filter((oid) => !sink.has(oid));
  const undated: string[] = [];
  const bulk = { binary: git, largest: mailLimits.bytes, stopped: () => sink.stopped() };
  const take = (times: ReadonlyMap<string, number> | null, isLast: boolean) => (blob: Blob) => {
    if (!blob.bytes) {
      problems.note(`The mail in blob ${blob.oid} ${blob.problem}.`);
      isIncomplete = true;
      return;
    }
    const stamp = receivedDate(blob.bytes);
    const arrived = stamp ?? times?.get(blob.oid) ?? null;
    if (arrived === null && !isLast) undated.push(blob.oid);
    else sink.mail({ oid: blob.oid, bytes: blob.bytes, arrived, spot: null, unstamped: stamp === null });
  };
  try {
    await streamBlobs(epoch.folder, wanted, bulk, take(committed, committed !== null), reader ?? undefined);
    if (undated.length > 0) {
      // Only mails that no server stamped need the history, which takes a third as long as everything else.
      const times = await listHistory(archiveGit(git), epoch, commitOfCursor(cursor)).catch((error: unknown) => {
        if (!isDamagedRepository(error)) throw error;
        problems.note(damageSentence(error));
        isIncomplete = true;
        return null;
      });
      await streamBlobs(epoch.folder, undated, bulk, take(times, true));
    }
  } catch (error) {
    return { cursor: unreadCursor, removed, problems: [...problems.noted, gitSentence(error)] };
  }
  return { cursor: isIncomplete ? incompleteCursor(cursor, epoch.folder) : cursor, removed, problems: problems.noted };
}

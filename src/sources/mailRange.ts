/** The mails of a range of an archive, between commits or dates, newest first: a digest of a range is made of them. */
import type { RangeEnds, RangeMail, ReadRange } from "../core/digest/digestOfMails";
import { HumanError, humanMessage } from "../core/humanError";
import { rawText } from "../core/mail/charset";
import { decodeFieldText, decodeRawField, type HeaderFields, mailLimits, readHeader } from "../core/mail/header";
import { readMail } from "../core/mail/mail";
import { parseMailDate } from "../core/mail/mailDate";
import { parseSubject } from "../core/mail/subject";
import { sentDate } from "../core/postings/mailFacts";
import { readWrittenDate, type TimeSpan, type WrittenDate } from "../core/series/writtenDate";
import { fetchBlobs } from "../git/catFile";
import { archiveGit, type ReadGit } from "../git/git";
import { inWords } from "../git/gitErrors";
import { latestArrival, receivedDate } from "./arrival";
import type { ArchiveKind, MailFileKind } from "./detect";
import { readMailFile } from "./mailFiles";
import { type Epoch, findEpochs, type MailCommit, mailCommits, readHead } from "./publicInbox";

/** Options of reading a range. */
interface RangeOptions {
  /** The git binary of the user's setting; without it, `git` on PATH. */
  readonly git?: string | undefined;
  /** Awaited after each mail, so that a reader in a shared thread lets others run. */
  readonly breathe?: (() => Promise<unknown>) | undefined;
}

/** How many blobs are in memory at once. */
const sliceMails = 500;
const day = 24 * 60 * 60 * 1000;

/**
 * Reads the mails of a range of an archive. Between commits these are the mails that those commits added; between dates, the
 * mails with such dates, whenever they came. Throws a `HumanError` for an end that is neither a commit of the archive nor a date,
 * and for an archive that cannot be read. Mail in files has no commits.
 */
export async function readRange(path: string, kind: ArchiveKind, ends: RangeEnds, options: RangeOptions = {}): Promise<ReadRange> {
  if (kind !== "public-inbox") return rangeOfMailFile(kind, path, ends, options);
  return inWords(async () => {
    const epochs = epochsWithMail(path);
    const commitOf = (text: string): Promise<RangeEnd | null> => findCommit(text, epochs, archiveGit(options.git));
    const found = await findEnds(ends, () => newestOf(epochs, options), commitOf);
    return readRangeOfEpochs(epochs, found, options);
  });
}

/**
 * The date of the newest mail of an archive, in milliseconds; 0 if no mail has a date. Throws a `HumanError` where the archive
 * cannot be read.
 */
export async function newestMail(path: string, kind: ArchiveKind, options: RangeOptions = {}): Promise<number> {
  return kind === "public-inbox" ? inWords(() => newestOf(epochsWithMail(path), options)) : newestOfFile(kind, path, options);
}

function epochsWithMail(path: string): readonly Epoch[] {
  // A list's newest epoch exists before its first mail comes.
  const epochs = findEpochs(path).filter(({ folder }) => readHead(folder) !== null);
  if (epochs.length === 0) throw new HumanError("It contains no mail.");
  return epochs;
}

async function readRangeOfEpochs(epochs: readonly Epoch[], ends: FoundEnds, options: RangeOptions): Promise<ReadRange> {
  const { from, to } = ends;
  const added: RangeCommit[] = [];
  const damages: string[] = [];
  for (const [at, epoch] of epochs.entries()) {
    if (from?.kind === "commit" && at < from.epoch) continue;
    if (to?.kind === "commit" && at > to.epoch) continue;
    const first = from?.kind === "commit" && at === from.epoch ? from.commit : null;
    const last = to?.kind === "commit" && at === to.epoch ? to.commit : (readHead(epoch.folder) ?? "HEAD");
    const { commits, damage } = await mailCommits(epoch, first, last, archiveGit(options.git), options.git);
    for (const commit of commits) {
      added.push(inEpoch(commit, at));
      await options.breathe?.();
    }
    if (damage !== null) damages.push(damage);
  }
  if (added.length === 0 && from?.kind === "commit" && to?.kind === "commit" && from.commit !== to.commit)
    throw new HumanError(`${shortId(to.commit)} came before ${shortId(from.commit)}, so the range is empty; swap them.`);
  if (added.length > 0 && added.every(({ mail, removes }) => mail === null && removes.length === 0))
    throw new HumanError("This repository is not a mail archive: no commit in it adds a mail as public-inbox does.");
  const removed = new Set(added.flatMap(({ removes }) => removes));
  const wanted = added.filter((commit) => commit.mail !== null && !removed.has(commit.mail) && mayBeBetween(ends, commit));
  const { mails, dates, problems } = await readSlices(wanted.reverse(), epochs, ends, options);
  const byDate = from?.kind === "date" || to?.kind === "date";
  const newest = added.at(-1);
  const [first, last] = firstAndLast(dates.values());
  return {
    from: from?.kind === "commit" ? shortId(from.commit) : (first ?? endLabel(from)),
    to: to?.kind === "commit" ? shortId(to.commit) : byDate || !newest ? (last ?? endLabel(to)) : shortId(newest.id),
    mails,
    count: dates.size,
    end: endOf(added, ends, dates),
    problems: [...damages, ...problems],
  };
}

/** A commit with the epoch it belongs to. */
interface RangeCommit extends MailCommit {
  /** The position of its epoch. */
  readonly epoch: number;
  /** Blob id of the mail it adds; null if it adds none. */
  readonly mail: string | null;
}

function inEpoch(commit: MailCommit, epoch: number): RangeCommit {
  return { ...commit, epoch, mail: commit.adds.at(-1) ?? null };
}

/**
 * Whether the mail of a commit may have a date in the range, as far as the commit tells. If the author's date is older than the
 * commit's own, it is the date of the mail's header; only an importer of mail makes such commits. Time zones that do not exist
 * move it by up to a day.
 */
function mayBeBetween(ends: FoundEnds, { time, written }: RangeCommit): boolean {
  const { from, to } = ends;
  const isHeaders = written < time && sentDate(written, time) === written;
  const newest = isHeaders ? written : time;
  if (from?.kind === "date" && newest < from.span.start - 2 * day) return false;
  return to?.kind !== "date" || !isHeaders || written < to.span.end + 2 * day;
}

/** The last commit of a range; the next range begins after it. It stands before the first mail that is too new for this range. */
function endOf(added: readonly RangeCommit[], ends: FoundEnds, dates: ReadonlyMap<string, number>): string | null {
  const { to } = ends;
  if (to?.kind !== "date") return added.at(-1)?.id ?? null;
  const tooNew = added.findIndex(({ id, mail, time }) => mail !== null && !dates.has(id) && time >= to.span.end);
  return (tooNew < 0 ? added.at(-1) : added[tooNew - 1])?.id ?? null;
}

/** The same for mail files, whose ends can only be dates. */
async function rangeOfMailFile(kind: MailFileKind, path: string, ends: RangeEnds, options: RangeOptions): Promise<ReadRange> {
  const found = await findEnds(ends, () => newestOfFile(kind, path, options), null);
  const mails: Array<{ readonly mail: RangeMail; readonly date: number }> = [];
  const dates: number[] = [];
  const problems: string[] = [];
  let count = 0;
  await readMailFile(kind, path, {
    breathe: options.breathe,
    stopped: () => false,
    problem: (sentence) => problems.push(sentence),
    mail: (bytes) => {
      const fields = readFields(bytes);
      const date = dateInFile(bytes, fields);
      // A mail without a known date belongs to no range.
      if (date === 0 ? found.from !== null || found.to !== null : !isBetween(found, date)) return;
      count++;
      if (date > 0) dates.push(date);
      const mail = readRangeMail(bytes, fields);
      if (mayCount(mail)) mails.push({ mail, date });
    },
  });
  const [problem] = problems;
  if (count === 0 && problem !== undefined) throw new HumanError(problem);
  mails.sort((a, b) => b.date - a.date);
  const [first = endLabel(found.from), last = endLabel(found.to)] = firstAndLast(dates);
  return { from: first, to: last, mails: mails.map(({ mail }) => mail), count, end: null, problems };
}

async function newestOfFile(kind: MailFileKind, path: string, { breathe }: RangeOptions): Promise<number> {
  let newest = 0;
  await readMailFile(kind, path, {
    breathe,
    stopped: () => false,
    // The caller reports these problems.
    problem: () => undefined,
    mail: (bytes) => (newest = Math.max(newest, dateInFile(bytes, readFields(bytes)))),
  });
  return newest;
}

/** Reads backwards, until no earlier commit can be newer. */
async function newestOf(epochs: readonly Epoch[], { git, breathe }: RangeOptions): Promise<number> {
  let newest = 0;
  for (const [at, epoch] of [...epochs.entries()].reverse()) {
    const { commits: all } = await mailCommits(epoch, null, readHead(epoch.folder) ?? "HEAD", archiveGit(git), git);
    const commits = all
      .map((commit) => inEpoch(commit, at))
      .filter(({ mail }) => mail !== null)
      .reverse();
    while (commits.length > 0) {
      const slice = commits.splice(0, sliceMails);
      if (slice.every(({ time }) => time + day < newest)) return newest;
      const blobs = await blobsOf(slice, epoch.folder, git);
      for (const { mail, time } of slice) {
        const bytes = blobs.get(mail ?? "");
        if (bytes) newest = Math.max(newest, dateInArchive(bytes, readFields(bytes), time));
        await breathe?.();
      }
    }
  }
  return newest;
}

function blobsOf(commits: readonly RangeCommit[], folder: string, binary: string | undefined): Promise<Map<string, Buffer>> {
  return fetchBlobs(folder, [...new Set(commits.flatMap(({ mail }) => mail ?? []))], { binary, largest: mailLimits.bytes });
}

interface MailsRead {
  readonly mails: readonly RangeMail[];
  /** Reads all mails of the range, by their commits. */
  readonly dates: ReadonlyMap<string, number>;
  readonly problems: readonly string[];
}

async function readSlices(
  commits: readonly RangeCommit[],
  epochs: readonly Epoch[],
  ends: FoundEnds,
  { git, breathe }: RangeOptions,
): Promise<MailsRead> {
  const mails: RangeMail[] = [];
  const dates = new Map<string, number>();
  const lost: string[] = [];
  for (let start = 0; start < commits.length;) {
    const epoch = commits[start]?.epoch ?? 0;
    let end = start;
    while (end < commits.length && end - start < sliceMails && commits[end]?.epoch === epoch) end++;
    const slice = commits.slice(start, end);
    const blobs = await blobsOf(slice, epochs[epoch]?.folder ?? "", git);
    for (const { id, mail: oid, time } of slice) {
      if (oid === null) continue;
      const bytes = blobs.get(oid);
      if (!bytes) {
        lost.push(oid);
        continue;
      }
      const fields = readFields(bytes);
      const date = dateInArchive(bytes, fields, time);
      if (!isBetween(ends, date)) continue;
      dates.set(id, date);
      const mail = readRangeMail(bytes, fields);
      if (mayCount(mail)) mails.push(mail);
      await breathe?.();
    }
    start = end;
  }
  const [first] = lost;
  if (first === undefined) return { mails, dates, problems: [] };
  const which = lost.length === 1 ? `The mail in blob ${first}` : `${lost.length} mails of this range, the first one in blob ${first},`;
  const isLarge = `${Math.round(mailLimits.bytes / 1024 / 1024)} MB`;
  const problem = `${which} could not be read and ${lost.length === 1 ? "is" : "are"} left out: damaged, missing or over ${isLarge}.`;
  return { mails, dates, problems: [problem] };
}

/** The raw header is used, because the parsed one has lost its quotes. */
function readFields(bytes: Uint8Array): HeaderFields {
  const head = rawText(bytes.subarray(0, mailLimits.headers));
  return readHeader(head, 0, head.length).fields;
}

/** The same date that the series of this mail has. */
function dateInArchive(bytes: Uint8Array, { date }: HeaderFields, time: number): number {
  return sentDate(date === null ? null : parseMailDate(date), receivedDate(bytes) ?? time);
}

/** The same for a mail in a file; 0 where the date is unknown. */
function dateInFile(bytes: Uint8Array, { date }: HeaderFields): number {
  const header = date === null ? null : parseMailDate(date);
  return sentDate(header, latestArrival(bytes, header));
}

function readRangeMail(bytes: Uint8Array, { from }: HeaderFields): RangeMail {
  const { subject, body, patches, messageId } = readMail(bytes);
  const fromHeader = from === null ? "" : decodeFieldText(decodeRawField(from)).trim();
  const hasDiff = patches.length > 0 || /^(?:diff --git |Index: \S|\+\+\+ )/m.test(body);
  return { subject, fromHeader, body, hasDiff, messageId };
}

/** Keeps answers and discussion, which no digest counts, out of memory. */
function mayCount({ subject }: RangeMail): boolean {
  const { reply, patch, rfc } = parseSubject(subject);
  return !reply && (patch || rfc);
}

/** The days of the first and the last of some dates; empty without dates. */
function firstAndLast(dates: Iterable<number>): [string?, string?] {
  let [first, last] = [Infinity, -Infinity];
  for (const date of dates) [first, last] = [Math.min(first, date), Math.max(last, date)];
  return first > last ? [] : [dayOf(first), dayOf(last)];
}

function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

// Where a range of mail begins and ends: at a commit of the archive, or at a date.

type RangeEnd =
  { readonly kind: "date"; readonly span: TimeSpan } | { readonly kind: "commit"; readonly epoch: number; readonly commit: string };

interface FoundEnds {
  readonly from: RangeEnd | null;
  readonly to: RangeEnd | null;
}

/** The moment that relative dates count from; it is looked for only if one is given. */
type Now = () => Promise<number>;

/**
 * Finds the ends of a range. Throws a `HumanError` for an end that is neither a commit nor a date.
 *
 * @param commitOf finds a commit of the archive; null for mail files, which have none
 */
async function findEnds(ends: RangeEnds, now: Now, commitOf: ((text: string) => Promise<RangeEnd | null>) | null): Promise<FoundEnds> {
  const find = async (text: string | null): Promise<RangeEnd | null> => {
    if (text === null) return null;
    const date = readWrittenDate(text);
    // A text that may be the name of a commit or a date, such as 20261001, is the commit if that exists.
    const commit = date && !/^[0-9a-f]{4,64}$/i.test(text) ? null : await commitOf?.(text);
    if (commit) return commit;
    if (date) return dateEnd(date, ends, now);
    const what = commitOf ? "neither a commit of this archive nor a date" : "not a date; this source has no commits, so give a date";
    throw new HumanError(`“${text}” is ${what} such as 2026-10-01 or 2.weeks.ago.`);
  };
  return { from: await find(ends.from), to: await find(ends.to) };
}

async function dateEnd(date: WrittenDate, { now: given }: RangeEnds, now: Now): Promise<RangeEnd> {
  return { kind: "date", span: date.at(date.relative ? (given ?? (await now())) : 0) };
}

async function findCommit(text: string, epochs: readonly Epoch[], run: ReadGit): Promise<RangeEnd | null> {
  for (const [epoch, { folder }] of [...epochs.entries()].reverse()) {
    const commit = await run(folder, ["rev-parse", "--verify", "--quiet", "--end-of-options", `${text}^{commit}`]).catch(
      (error: unknown) => {
        // A name that git does not know here may belong to another epoch; a git that cannot be run knows no names.
        if (/spawn|unrecognized|unknown option|dubious ownership|not a git/i.test(humanMessage(error))) throw error;
        return "";
      },
    );
    if (commit.trim() !== "") return { kind: "commit", epoch, commit: commit.trim() };
  }
  return null;
}

/** Whether a date lies between the ends; an end at a commit does not limit it. */
function isBetween({ from, to }: FoundEnds, date: number): boolean {
  return (from?.kind !== "date" || date >= from.span.start) && (to?.kind !== "date" || date < to.span.end);
}

/** An end as a digest's first line and a sentence name it: nine digits of a commit, a day, or a moment; "" without an end. */
function endLabel(end: RangeEnd | null): string {
  if (end === null) return "";
  if (end.kind === "commit") return shortId(end.commit);
  const { start, end: after } = end.span;
  const text = new Date(start).toISOString();
  return after - start > 1000 ? text.slice(0, 10) : `${text.slice(0, 19)}Z`;
}

/** The way the list's digests name commits. */
function shortId(commit: string): string {
  return commit.slice(0, 9);
}

/** The mails that came to an archive between two moments, newest first: what a digest of a range is made of. */
import type { RangeEnds, RangeMail, ReadRange } from "../core/digest/digestOfMails";
import { rawText } from "../core/mail/charset";
import { decodeFieldText, decodeRawField, readHeader } from "../core/mail/header";
import { HumanError, humanMessage } from "../core/humanError";
import { readMail } from "../core/mail/mail";
import { mailLimits } from "../core/mail/mailLimits";
import { parseSubject } from "../core/mail/subject";
import { gitSentence } from "./archiveGit";
import { fetchBlobs } from "./bulkGit";
import { readMailFile, type MailFileKind } from "./mailFiles";
import { findEpochs, isMailPath, readHead, type Epoch, type RunGit } from "./publicInbox";

export interface RangeGit {
  readonly run: RunGit;
  readonly binary?: string | undefined;
}

/** Blobs that are in memory at once. */
const sliceMails = 500;
/** Broken mails of a slice that are gone around; a repository with more is not worth the time. */
const mostBroken = 20;
const day = 24 * 60 * 60 * 1000;

/**
 * Reads the mails of a range of a public-inbox archive. Throws a `HumanError` for an end that is neither a commit of it nor a
 * date, and for an archive that cannot be read.
 */
export async function rangeOfArchive(path: string, ends: RangeEnds, git: RangeGit): Promise<ReadRange> {
  try {
    return await readRange(path, ends, git);
  } catch (error) {
    // A mistake of ours must not look like a broken archive.
    if (error instanceof TypeError || error instanceof ReferenceError) throw error;
    throw new HumanError(gitSentence(error));
  }
}

async function readRange(path: string, ends: RangeEnds, git: RangeGit): Promise<ReadRange> {
  // The newest epoch of a list is made before its first mail comes.
  const epochs = findEpochs(path).filter(({ folder }) => readHead(folder) !== null);
  if (epochs.length === 0) throw new HumanError("There is no mail in it.");
  const from = ends.from === null ? null : await findEnd(ends.from, epochs, git.run, "from");
  const to = ends.to === null ? null : await findEnd(ends.to, epochs, git.run, "to");
  const added: Commit[] = [];
  let before: string | null = null;
  for (const [at, epoch] of epochs.entries()) {
    if (from?.kind === "commit" && at < from.epoch) continue;
    if (to?.kind === "commit" && at > to.epoch) continue;
    const first = from?.kind === "commit" && at === from.epoch ? from.commit : null;
    const last = to?.kind === "commit" && at === to.epoch ? to.commit : (readHead(epoch.folder) ?? "HEAD");
    for (const commit of await commitsOf(epoch, at, first, last, git.run)) {
      if (from?.kind === "date" && commit.time < from.time) before = commit.id;
      else if (to?.kind !== "date" || commit.time < to.time) added.push(commit);
    }
  }
  if (added.length > 0 && added.every(({ mail, removes }) => mail === null && removes.length === 0))
    throw new HumanError("This repository is not a mail archive: no commit in it adds a mail as public-inbox does.");
  const removed = new Set(added.flatMap(({ removes }) => removes));
  const wanted = added.filter(({ mail }) => mail !== null && !removed.has(mail)).reverse();
  const [newest, oldest] = [added.at(-1), added[0]];
  const { mails, problems } = await readSlices(wanted, epochs, git.binary);
  return {
    from: shortId(from?.kind === "commit" ? from.commit : before) ?? dateLabel(oldest?.time),
    to: shortId(to?.kind === "commit" ? to.commit : newest?.id) ?? dateLabel(newest?.time),
    mails,
    end: newest?.id ?? null,
    problems,
  };
}

/** The same of mail files, by the dates of the mails themselves; their ends can only be dates. */
export async function rangeOfMailFile(kind: MailFileKind, path: string, ends: RangeEnds): Promise<ReadRange> {
  const [from, to] = [ends.from, ends.to].map((end, at) => {
    const time = end === null ? null : parseEndDate(end, at === 1);
    if (end !== null && time === null)
      throw new HumanError(`“${end}” is no date; this source has no commits, so give a date such as 2026-10-01.`);
    return time ?? null;
  });
  const found: Array<{ readonly mail: RangeMail; readonly date: number }> = [];
  const problems: string[] = [];
  await readMailFile(kind, path, {
    stopped: () => false,
    problem: (sentence) => problems.push(sentence),
    mail: (bytes) => {
      const { mail, date } = readRangeMail(bytes);
      if (date !== null && (from ?? -Infinity) <= date && date < (to ?? Infinity)) found.push({ mail, date });
    },
  });
  const [first] = problems;
  if (found.length === 0 && first !== undefined) throw new HumanError(first);
  found.sort((a, b) => b.date - a.date);
  return {
    from: dateLabel(found.at(-1)?.date),
    to: dateLabel(found[0]?.date),
    mails: found.map(({ mail }) => mail).filter(mayCount),
    end: null,
    problems,
  };
}

type End = { readonly kind: "date"; readonly time: number } | { readonly kind: "commit"; readonly epoch: number; readonly commit: string };

async function findEnd(text: string, epochs: readonly Epoch[], run: RunGit, name: "from" | "to"): Promise<End> {
  const time = parseEndDate(text, name === "to");
  if (time !== null) return { kind: "date", time };
  for (const [epoch, { folder }] of [...epochs.entries()].reverse()) {
    const commit = await run(folder, ["rev-parse", "--verify", "--quiet", "--end-of-options", `${text}^{commit}`]).catch(
      (error: unknown) => {
        // A name that git does not know here may be one of another epoch; a git that cannot be asked knows none.
        if (/spawn|unrecognized|unknown option|dubious ownership|not a git/i.test(humanMessage(error))) throw error;
        return "";
      },
    );
    if (commit.trim() !== "") return { kind: "commit", epoch, commit: commit.trim() };
  }
  throw new HumanError(`“${text}” is neither a commit of this archive nor a date such as 2026-10-01.`);
}

/**
 * A day, or a moment with a time, in milliseconds and UTC unless it says otherwise; null for anything else.
 * The end of a range that is a day is the end of that day.
 */
function parseEndDate(text: string, isEnd: boolean): number | null {
  if (!/^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2})?(?:Z|[+-]\d{2}:?\d{2})?)?$/.test(text)) return null;
  const isDay = text.length === 10;
  const time = Date.parse(isDay || /Z|[+-]\d{2}:?\d{2}$/.test(text.slice(10)) ? text.replace(" ", "T") : `${text.replace(" ", "T")}Z`);
  return Number.isNaN(time) ? null : isEnd && isDay ? time + day : isEnd ? time + 1 : time;
}

interface Commit {
  readonly id: string;
  readonly epoch: number;
  /** Milliseconds. */
  readonly time: number;
  /** Blob id of the mail it adds; null where it adds none. */
  readonly mail: string | null;
  /** Blob ids of mails it takes away. */
  readonly removes: readonly string[];
}

const logOptions = "--raw --no-abbrev --no-renames --no-decorate --no-notes --no-color --no-show-signature --no-mailmap --reverse".split(
  " ",
);

/** The commits behind one up to another, oldest first. */
async function commitsOf({ folder }: Epoch, epoch: number, after: string | null, last: string, run: RunGit): Promise<Commit[]> {
  const range = after === null ? [last] : [last, `^${after}`];
  const log = await run(folder, ["log", ...logOptions, "--format=>%H %ct", "--end-of-options", ...range, "--"]);
  return log
    .split("\n>")
    .filter((block) => block.trim() !== "")
    .map((block) => readCommit(block.replace(/^>/, ""), epoch));
}

function readCommit(block: string, epoch: number): Commit {
  const [head = "", ...lines] = block.split("\n");
  const [id = "", time = "0"] = head.split(" ");
  let mail: string | null = null;
  const removes: string[] = [];
  for (const line of lines) {
    const [, before = "", after = "", status = "", path = ""] = /^:\d+ \d+ (\S+) (\S+) (\S)\S*\t(.*)$/.exec(line) ?? [];
    if (status === "") continue;
    if (path === "d") removes.push(after);
    else if (!isMailPath(path)) continue;
    else if (status !== "D") mail = after;
    // Version 1 has a file for each mail; the m of version 2 only makes room for the next.
    else if (path !== "m") removes.push(before);
  }
  return { id, epoch, time: Number(time) * 1000, mail, removes };
}

async function readSlices(
  commits: readonly Commit[],
  epochs: readonly Epoch[],
  binary: string | undefined,
): Promise<{ mails: RangeMail[]; problems: string[] }> {
  const mails: RangeMail[] = [];
  const lost: string[] = [];
  for (let start = 0; start < commits.length;) {
    const epoch = commits[start]?.epoch ?? 0;
    let end = start;
    while (end < commits.length && end - start < sliceMails && commits[end]?.epoch === epoch) end++;
    const oids = commits.slice(start, end).flatMap(({ mail }) => (mail === null ? [] : [mail]));
    const blobs = await fetchWhole(epochs[epoch]?.folder ?? "", [...new Set(oids)], binary);
    for (const oid of oids) {
      const bytes = blobs.get(oid);
      if (!bytes) lost.push(oid);
      const mail = bytes && readRangeMail(bytes).mail;
      if (mail && mayCount(mail)) mails.push(mail);
    }
    start = end;
  }
  const [first] = lost;
  if (first === undefined) return { mails, problems: [] };
  const which = lost.length === 1 ? `The mail in blob ${first}` : `${lost.length} mails of this range, the first one in blob ${first},`;
  const isLarge = `${Math.round(mailLimits.bytes / 1024 / 1024)} MB`;
  return {
    mails,
    problems: [`${which} could not be read and ${lost.length === 1 ? "is" : "are"} left out: damaged, missing or over ${isLarge}.`],
  };
}

/** Git stops at a broken object; those behind it are asked for again without it. */
async function fetchWhole(repository: string, oids: readonly string[], binary: string | undefined): Promise<ReadonlyMap<string, Buffer>> {
  const found = new Map<string, Buffer>();
  let wanted = oids;
  for (let tries = 0; wanted.length > 0 && tries < mostBroken; tries++) {
    for (const [oid, bytes] of await fetchBlobs(repository, wanted, { binary, largest: mailLimits.bytes })) found.set(oid, bytes);
    wanted = wanted.filter((oid) => !found.has(oid)).slice(1);
  }
  return found;
}

function readRangeMail(bytes: Uint8Array): { mail: RangeMail; date: number | null } {
  const { subject, body, patches, messageId, date } = readMail(bytes);
  // The header as it stands: what is parsed of it has lost its quotes.
  const head = rawText(bytes.subarray(0, mailLimits.headers));
  const from = readHeader(head, 0, head.length).fields.from;
  const fromHeader = from === null ? "" : decodeFieldText(decodeRawField(from)).trim();
  const hasDiff = patches.length > 0 || /^(?:diff --git |Index: \S|\+\+\+ )/m.test(body);
  return { mail: { subject, fromHeader, body, hasDiff, messageId }, date };
}

/** Spares the memory for answers and talk, which no digest counts. */
function mayCount({ subject }: RangeMail): boolean {
  const { reply, patch, rfc } = parseSubject(subject);
  return !reply && (patch || rfc);
}

/** As the list's digests name commits. */
function shortId(commit: string | null | undefined): string | null {
  return commit ? commit.slice(0, 9) : null;
}

function dateLabel(time: number | undefined): string {
  return time === undefined ? "nothing" : new Date(time).toISOString().slice(0, 10);
}

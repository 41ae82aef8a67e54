/** Reads the mails of epochs into the store, as facts. */
import { createHash } from "node:crypto";
import { readMail } from "../core/mail/mail";
import { mailLimits } from "../core/mail/mailLimits";
import { factsOf } from "../core/assembly/mailFacts";
import type { Problem } from "../core/series/series";
import type { Blob } from "../sources/batchParser";
import { readBlobs } from "../sources/bulkGit";
import { readMailFile } from "../sources/mailFiles";
import { archiveGit, gitSentence } from "../sources/archiveGit";
import { listHistory } from "../sources/publicInbox";
import { latestDate, receivedDate } from "../sources/arrival";
import type { EntryStore } from "./entryStore";
import { patchKey } from "./patchKey";
import { headOf, type FeedPlan } from "./plan";

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
/** Of one epoch, so that a broken archive does not fill the index with sentences. */
const mostProblems = 100;

/** Reads all feeds, newest epoch first. What is wrong with one is told and the others are read all the same. */
export async function readFeeds(feeds: readonly FeedPlan[], store: EntryStore, problems: Problem[], options: ReadOptions): Promise<void> {
  const isKnown = feeds.every(({ archive }) => archive.kind === "public-inbox");
  const total = isKnown ? feeds.reduce((sum, { add }) => sum + add.length, 0) : null;
  let done = 0;
  const step = (): void => {
    if (++done % progressStep === 0) options.progress?.(done, total);
  };
  for (const feed of [...feeds].reverse()) {
    try {
      if (feed.archive.kind === "public-inbox") await readEpoch(feed, store, options, step);
      else await readFiles(feed, store, options, step);
    } catch (error) {
      // A mistake of ours must not look like a broken archive.
      if (error instanceof TypeError || error instanceof ReferenceError) throw error;
      feed.said.push(gitSentence(error));
      feed.failed = true;
    }
    for (const message of feed.said) problems.push({ source: feed.epoch.folder, message });
  }
  store.flush();
}

async function readEpoch(feed: FeedPlan, store: EntryStore, options: ReadOptions, step: () => void): Promise<void> {
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
      say(feed, `The mail in blob ${blob.oid} ${blob.problem}.`);
      if (!blob.tooLarge) feed.incomplete = true;
      return;
    }
    const arrived = receivedDate(blob.bytes) ?? committed?.get(blob.oid) ?? null;
    if (arrived === null && !last) {
      undated.push(blob.oid);
      return;
    }
    addMail(feed, store, { oid: blob.oid, bytes: blob.bytes, arrived, spot: null });
    step();
  };
  const known = take(feed.committed, feed.committed !== null);
  const read = feed.reader && wanted.length <= mostByReader ? await feed.reader.read(wanted, known) : 0;
  readBlobs(feed.epoch.folder, read > 0 ? wanted.slice(read) : wanted, bulk, known);
  if (undated.length === 0) return;
  // Only mails that no server stamped need the history, which takes a third as long as all the rest.
  const committed = await listHistory(archiveGit(options.git), feed.epoch, headOf(feed.cursor));
  readBlobs(feed.epoch.folder, undated, bulk, take(committed, true));
}

async function readFiles(feed: FeedPlan, store: EntryStore, options: ReadOptions, step: () => void): Promise<void> {
  const gone = new Set(feed.known);
  const kind = feed.archive.kind;
  if (kind === "public-inbox") return;
  await readMailFile(kind, feed.epoch.folder, {
    stopped: () => options.stopped?.() ?? false,
    problem: (message) => say(feed, message),
    mail: (bytes, spot) => {
      const oid = createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
      gone.delete(oid);
      if (!feed.known.has(oid) && !store.has(feed.id, oid)) addMail(feed, store, { oid, bytes, arrived: receivedDate(bytes), spot });
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

function addMail(feed: FeedPlan, store: EntryStore, { oid, bytes, arrived, spot }: FoundMail): void {
  const mail = readMail(bytes);
  const committed = arrived ?? latestDate(bytes, mail.date);
  const facts = factsOf(mail, { place: oid, committed, source: feed.archive.path, patchId: patchKey });
  store.add({ oid, epoch: feed.id, arrived: Math.floor((arrived ?? facts.date) / 1000), spot, facts });
}

function say(feed: FeedPlan, message: string): void {
  if (feed.said.length < mostProblems) feed.said.push(message);
}

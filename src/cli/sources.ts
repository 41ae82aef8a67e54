/** What the sources of a call hold: digests and mail files in memory, archives through an index. */
import { statSync } from "node:fs";
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { type OpenTree, openTree } from "../checkout/openTree";
import { type NamedDigest, postingsOfDigests, withoutKnownPostings } from "../core/digest/digestPostings";
import { HumanError } from "../core/humanError";
import { RecentAddresses } from "../core/mail/address";
import { readMail } from "../core/mail/mail";
import { assembleMails, compareUnused, type UnusedDiff, unusedDiffs } from "../core/postings/assembleMails";
import { type MailFacts, mailFactsOf } from "../core/postings/mailFacts";
import type { Posting } from "../core/postings/posting";
import { type CompletedSeries, completeFromDigests } from "../core/postings/completeSeries";
import { copyMeant } from "../core/postings/threads";
import { findSeries } from "../core/series/findSeries";
import { type MovedNames, nothingMoved, touchesByNames, touchesByTail } from "../core/series/movedFiles";
import { singleProblems } from "../core/series/problems";
import { isPending, lastSent, newestDate, newestFirst, newestRevision, type Problem, type Series } from "../core/series/series";
import { makeTouchIndex, type Touch, touchesOfLines, type TouchIndex } from "../core/series/touches";
import { patchKey, sha256 } from "../index/hashes";
import { projectOfSeries, seriesOfPostings, subsystemIn, type Surroundings, touchesBelow, touchesOf } from "../library/library";
import { problemLine } from "../render/seriesText";
import { latestArrival } from "../sources/arrival";
import { blobId } from "../sources/blobId";
import { detectSource, isArchiveKind, isMailFile, type SourceKind } from "../sources/detect";
import { makeDigestReader } from "../sources/digestFile";
import { readMailFile } from "../sources/mailFiles";
import { UsageError } from "./call";
import type { IndexReader } from "./indexed";
import { needSqlite } from "./node24";
import { fileOfSource, folderOfStreams, sourceName } from "./streams";

export interface TouchQuestion {
  /** Relative to the tree; with a final `/` a folder and all below it. */
  readonly path: string;
  readonly lines: readonly [number, number] | null;
  /** Whether `path` is the end of a path. */
  readonly suffix: boolean;
  /** Also of series that are no longer pending. */
  readonly all: boolean;
  /** What mail calls files of the tree; where it is absent, each path means itself alone. */
  readonly moved?: MovedNames;
}

export interface OpenedSources {
  readonly digests: readonly NamedDigest[];
  readonly problems: readonly Problem[];
  readonly tree: OpenTree | null;
  /** All series, newest first. */
  readonly series: () => readonly Series[];
  /** By an id, a former id, or any Message-ID. */
  readonly find: (id: string) => Series | undefined;
  /** The ids that begin with some hex digits, in order, and no more than so many. */
  readonly idsBeginning: (digits: string, most: number) => readonly string[];
  readonly touching: (question: TouchQuestion) => readonly Touch[];
  /** All that the newest revision of any series changes, each name once. */
  readonly touchedPaths: () => readonly string[];
  /** Mails with a diff that is in no series, and how many they are. */
  readonly untaken: () => readonly UnusedDiff[];
  readonly untakenCount: () => number;
  /** Mails as they lie in the archives, by Message-ID. */
  readonly mails: (messageIds: readonly string[]) => Promise<ReadonlyMap<string, Uint8Array>>;
}

/** A source and what it turned out to be. */
export interface FoundSource {
  /** As it was named. */
  readonly name: string;
  readonly path: string;
  readonly kind: SourceKind;
}

/** Mail files up to this size are read into memory, which needs no index and leaves no file behind. */
const memoryBytes = 64 * 1024 * 1024;

/** Finds out what sources are; what comes through a pipe is read for that. */
export async function findSources(names: readonly string[]): Promise<FoundSource[]> {
  if (names.length === 0) throw new UsageError("No SOURCE was given.");
  const found: FoundSource[] = [];
  for (const name of names) {
    const path = await fileOfSource(name);
    found.push({ name: sourceName(name), path, kind: detectSource(path) });
  }
  return found;
}

/** Reads sources; one that cannot be read at all is a problem with what was asked and throws a `HumanError`. */
export async function openSources(names: readonly string[], treeFolder?: string): Promise<OpenedSources> {
  return openFound(await findSources(names), treeFolder);
}

/** The same of sources of which it is known what they are. */
export async function openFound(found: readonly FoundSource[], treeFolder?: string): Promise<OpenedSources> {
  const archives = found.filter(({ kind }) => isArchiveKind(kind));
  const needsIndex = archives.some(({ kind, path }) => kind === "public-inbox" || isLarge(path));
  if (needsIndex || found.some(({ kind }) => kind === "index")) needSqlite();
  const tree = treeFolder === undefined ? null : await openTree(await existingFolder(treeFolder), { git: true });
  const surroundings: Surroundings = { rules: [], trees: tree ? [tree] : [] };
  const problems: Problem[] = [];
  const digests = await readDigests(
    found.filter(({ kind }) => !isArchiveKind(kind) && kind !== "index"),
    problems,
  );
  const memory = needsIndex ? emptyMails() : await readMailFiles(archives, problems);
  const sound = await watchForDamage(found, needsIndex ? archives : []);
  const readers = await openReaders(found, needsIndex ? archives : [], surroundings, problems, sound);
  const digestPostings = postingsOfDigests(digests);
  let indexed: readonly Series[] | null = null;
  const fromIndex = (): readonly Series[] => (indexed ??= readers.flatMap((reader) => reader.pending(Infinity)));
  let joined: CompletedSeries | null = null;
  /** Series of what is in memory; those of digests only as far as no archive tells of them, whose series they may complete. */
  const inMemoryAndCompleted = (): CompletedSeries => {
    if (joined) return joined;
    const known = [
      ...memory.postings.map(({ revision }) => revision),
      ...(digests.length > 0 ? fromIndex().flatMap(({ revisions }) => revisions) : []),
    ];
    const own = seriesOfPostings([...withoutKnownPostings(digestPostings, known), ...memory.postings], surroundings);
    if (digests.length === 0 || readers.length === 0) return (joined = { own, completed: new Map() });
    const digested = own.filter(({ revisions }) => revisions.every(({ messageId }) => messageId === null));
    const { own: apart, completed } = completeFromDigests(digested, fromIndex(), sha256);
    const left = new Set(apart);
    return (joined = { own: own.filter((one) => left.has(one) || !digested.includes(one)), completed });
  };
  const inMemory = (): readonly Series[] => inMemoryAndCompleted().own;
  /** A series of an index with the revisions that digests have besides. */
  const whole = (one: Series): Series => (digests.length === 0 ? one : (inMemoryAndCompleted().completed.get(one.id) ?? one));
  const touchIndexes = new Map<boolean, TouchIndex>();
  const touchIndex = (all: boolean): TouchIndex => {
    const known = touchIndexes.get(all) ?? touchIndexOf(inMemory(), all);
    touchIndexes.set(all, known);
    return known;
  };
  let byId: ReadonlyMap<string, Series> | null = null;
  const findInMemory = (id: string): Series | undefined => {
    byId ??= new Map(inMemory().flatMap((one) => [...one.aliases, one.id].map((alias) => [alias, one])));
    return byId.get(id.trim().replace(/^<|>$/g, "")) ?? findSeries(inMemory(), id);
  };
  return {
    digests,
    problems,
    tree,
    series: () => sound(() => (readers.length === 0 ? inMemory() : [...inMemory(), ...fromIndex().map(whole)].sort(byDate))),
    find: (id) =>
      sound(() => {
        const own = findInMemory(id);
        if (own) return own;
        const indexed = readers.map((reader) => reader.series(id)).find((one) => one !== undefined);
        return indexed ? whole(indexed) : findSeries([...inMemoryAndCompleted().completed.values()], id);
      }),
    idsBeginning: (digits, most) =>
      sound(() => {
        const own = inMemory().flatMap(({ id }) => (id.startsWith(digits) ? [id] : []));
        const all = new Set([...own, ...readers.flatMap((reader) => reader.idsBeginning(digits, most))]);
        return [...all].sort().slice(0, most);
      }),
    untaken: () => sound(() => [...memory.untaken, ...readers.flatMap((reader) => reader.untaken())].sort(compareUnused)),
    untakenCount: () => sound(() => readers.reduce((sum, { counts }) => sum + counts.untaken, memory.untaken.length)),
    touching: (question) =>
      sound(() => {
        const touching = (asked: TouchQuestion): readonly Touch[] => [
          ...touchingInMemory(touchIndex(asked.all), asked, tree),
          ...readers.flatMap((reader) => touchingIndexed(reader, asked, tree)).map((touch) => ({ ...touch, series: whole(touch.series) })),
        ];
        const { path, suffix, moved = nothingMoved } = question;
        const named = (name: string): readonly Touch[] => touching({ ...question, path: name, suffix: false });
        const touches = suffix
          ? touchesByTail(path.replace(/^\/+/, ""), moved, { tail: () => touching(question), path: named })
          : touchesByNames(path, moved, named);
        return question.lines === null ? touches : touchesOfLines(touches, question.lines);
      }),
    touchedPaths: () =>
      sound(() => [
        ...new Set([
          ...inMemory().flatMap((one) => newestRevision(one).files),
          ...readers.flatMap((reader) => reader.touchedPaths({ folder: "" }, Infinity)),
        ]),
      ]),
    async mails(messageIds) {
      const found = new Map<string, Uint8Array>();
      for (const id of messageIds) {
        const mail = memory.mails.get(id);
        if (mail) found.set(id, mail);
      }
      for (const reader of readers)
        for (const [id, mail] of await reader.mails(messageIds.filter((one) => !found.has(one)))) found.set(id, mail);
      return found;
    },
  };
}

function isLarge(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true && statSync(path).size > memoryBytes;
}

async function readDigests(sources: readonly FoundSource[], problems: Problem[]): Promise<NamedDigest[]> {
  const reader = makeDigestReader();
  const digests: NamedDigest[] = [];
  for (const { name, path } of sources) {
    const read = await reader.read(path);
    const first = read.problems[0];
    if (read.digests.length === 0)
      throw new HumanError(problemLine({ source: name, message: first?.message ?? "There is nothing in it." }));
    digests.push(...read.digests);
    problems.push(...read.problems.map((problem) => ({ ...problem, source: problem.source === path ? name : problem.source })));
  }
  return digests;
}

interface MemoryMails {
  readonly postings: readonly Posting[];
  readonly untaken: readonly UnusedDiff[];
  readonly mails: ReadonlyMap<string, Uint8Array>;
}

function emptyMails(): MemoryMails {
  return { postings: [], untaken: [], mails: new Map() };
}

async function readMailFiles(sources: readonly FoundSource[], problems: Problem[]): Promise<MemoryMails> {
  const facts: MailFacts[] = [];
  const addresses = new RecentAddresses();
  const read = new Map<string, Array<{ readonly facts: MailFacts; readonly bytes: Uint8Array }>>();
  for (const { name, path, kind } of sources) {
    if (!isMailFile(kind)) continue;
    const before = facts.length;
    const said: Problem[] = [];
    await readMailFile(kind, path, {
      stopped: () => false,
      problem: (message) => said.push({ source: name, message: path === resolve(name) ? message : ofStream(message, path, name) }),
      mail(bytes) {
        const place = blobId(bytes);
        const mail = readMail(bytes, addresses);
        const one = mailFactsOf(mail, {
          place,
          committed: latestArrival(bytes, mail.date),
          source: path === resolve(name) ? path : name,
          patchId: patchKey,
        });
        facts.push(one);
        const copies = read.get(one.messageId);
        const copy = { facts: one, bytes: Buffer.from(bytes) };
        if (copies) copies.push(copy);
        else read.set(one.messageId, [copy]);
      },
    });
    const [first] = said;
    if (facts.length === before) throw new HumanError(problemLine(first ?? { source: name, message: "There is no mail in it." }));
    problems.push(...said);
  }
  const mails = new Map<string, Uint8Array>();
  for (const [messageId, copies] of read) {
    const meant = copies.length > 1 ? copyMeant(copies.map((copy) => copy.facts)) : copies[0]?.facts;
    const bytes = copies.find((copy) => copy.facts === meant)?.bytes;
    if (bytes) mails.set(messageId, bytes);
  }
  const { postings } = assembleMails(facts);
  return { postings, untaken: unusedDiffs(facts, postings), mails };
}

/** What came through a pipe lies in a file of which nobody knows the name. */
function ofStream(message: string, path: string, name: string): string {
  return message.startsWith(path) ? `It${message.slice(path.length)}` : message.replaceAll(path, name);
}

async function openReaders(
  found: readonly FoundSource[],
  archives: readonly FoundSource[],
  surroundings: Surroundings,
  problems: Problem[],
  sound: AskIndexes,
): Promise<IndexReader[]> {
  const indexes = found.filter(({ kind }) => kind === "index");
  if (indexes.length === 0 && archives.length === 0) return [];
  const { readArchives, readIndex } = await import("./indexed.js");
  const options = { subsystemOf: subsystemIn(surroundings) };
  const readers = sound(() => indexes.map(({ path }) => readIndex(path, options)));
  if (archives.length > 0) {
    const paths = archives.map(({ path }) => path);
    const { reader, built } = await readArchives(paths, options, folderOfStreams(paths));
    if (sound(() => reader.counts.mails) === 0) {
      throw new HumanError(
        problemLine(singleProblems(built.problems)[0] ?? { source: archives[0]?.name ?? "", message: "There is no mail in it." }),
      );
    }
    readers.push(reader);
    if (built.repaired)
      problems.push({
        source: archives.map(({ name }) => name).join(", "),
        message: "The index kept of it was damaged and has been built again.",
      });
    problems.push(...singleProblems(built.problems));
  }
  for (const problem of sound(() => readers.flatMap((reader) => singleProblems(reader.problems))))
    if (!isSaid(problems, problem)) problems.push(problem);
  return readers;
}

/** Asks an index, and says so where that turns out to be damaged. */
type AskIndexes = <T>(ask: () => T) => T;

/** Makes what asks the indexes of a call say so where one turns out to be damaged; a kept one is thrown away. */
async function watchForDamage(found: readonly FoundSource[], archives: readonly FoundSource[]): Promise<AskIndexes> {
  const index = found.find(({ kind }) => kind === "index");
  if (!index && archives.length === 0) return (ask) => ask();
  const { isDamage, forgetKeptIndex } = await import("./indexed.js");
  return (ask) => {
    try {
      return ask();
    } catch (error) {
      if (!isDamage(error)) throw error;
      if (archives.length > 0) forgetKeptIndex(archives.map(({ path }) => path));
      const [source, message] = index
        ? [index.name, "The index is damaged; build it again with “kvm-series index”."]
        : [archives[0]?.name ?? "", "The index kept of it was damaged and has been deleted; run the command again."];
      throw new HumanError(problemLine({ source, message }));
    }
  };
}

function isSaid(problems: readonly Problem[], { message }: Problem): boolean {
  return problems.some((problem) => problem.message === message);
}

/** Series of digests have no dates; they stand last and in their own order. */
function byDate(a: Series, b: Series): number {
  return lastSent(a) === null && lastSent(b) === null ? 0 : newestFirst(a, b);
}

/** For the series that are pending, or all of them. */
function touchIndexOf(series: readonly Series[], all: boolean): TouchIndex {
  const now = newestDate(series);
  return makeTouchIndex(all ? series : series.filter((one) => isPending(one, now)), projectOfSeries);
}

function touchingInMemory(index: TouchIndex, { path, suffix }: TouchQuestion, tree: OpenTree | null): readonly Touch[] {
  const project = tree?.project ?? null;
  return suffix ? index.touchingSuffix(path.replace(/^\/+/, ""), project) : index.touching(path, project);
}

function touchingIndexed(reader: IndexReader, { path, suffix, all }: TouchQuestion, tree: OpenTree | null): readonly Touch[] {
  const touches = suffix
    ? touchesBelow(reader, { tail: path.replace(/^\/+/, "") }, all)
    : path.endsWith("/")
      ? touchesBelow(reader, { folder: path }, all)
      : touchesOf(reader, path, all);
  const project = tree?.project ?? null;
  return project === null ? touches : touches.filter(({ series }) => projectOfSeries(series) === project);
}

/** The absolute path of a folder that must be there: a wrong one would silently be a tree without files. */
async function existingFolder(path: string): Promise<string> {
  const stats = await stat(path).catch(() => null);
  if (!stats?.isDirectory()) throw new HumanError(problemLine({ source: path, message: "There is no such folder; check its name." }));
  return resolve(path);
}

/** Finds out what the sources of a call are, and reads them into a library. */
import { statSync } from "node:fs";
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { type OpenTree, openTree } from "../checkout/openTree";
import type { NamedDigest } from "../core/digest/digestPostings";
import { HumanError } from "../core/humanError";
import { visibleText } from "../core/mail/hiddenCharacters";
import { singleProblems } from "../core/series/problems";
import { newestRevision, type Problem, type Series } from "../core/series/series";
import { type ArchivedSeries, Library, type Surroundings } from "../library/library";
import { type MailsInMemory, readMailsInMemory } from "../library/mailsInMemory";
import { revisionName } from "../render/labels";
import { detectSource, isArchiveKind, isMailFile, type SourceKind } from "../sources/detect";
import { makeDigestReader } from "../sources/digestFile";
import { type Environment, UsageError } from "./call";
import { sourceName } from "./keptFiles";
import { needSqlite } from "./node24";
import { refusal } from "./output";

export interface OpenedSources {
  /** All series of the sources, also those no longer pending. */
  readonly library: Library;
  readonly problems: readonly Problem[];
  /** The checkout of `--tree`; null without one. */
  readonly tree: OpenTree | null;
}

/** A source and its kind. */
export interface FoundSource {
  /** Its name in the call. */
  readonly name: string;
  readonly path: string;
  readonly kind: SourceKind;
}

/** Mail files up to this size are read into memory, which needs no index. */
const memoryBytes = 64 * 1024 * 1024;

/** Finds out what sources are, for which pipes are read. */
export async function findSources(names: readonly string[], { streams }: Environment): Promise<FoundSource[]> {
  if (names.length === 0) throw new UsageError("No SOURCE was given.");
  const found: FoundSource[] = [];
  for (const name of names) {
    const path = await streams.fileOf(name);
    found.push({ name: sourceName(name), path, kind: detectSource(path) });
  }
  return found;
}

/** Reads sources; throws a `HumanError` for one that cannot be read at all. */
export async function openSources(names: readonly string[], environment: Environment, treeFolder?: string): Promise<OpenedSources> {
  return openFound(await findSources(names, environment), environment, treeFolder);
}

/** The same for sources whose kind is known. */
export async function openFound(found: readonly FoundSource[], environment: Environment, treeFolder?: string): Promise<OpenedSources> {
  const mail = found.filter(({ kind }) => isArchiveKind(kind));
  const isIndexed = mail.some(({ kind, path }) => kind === "public-inbox" || isLarge(path));
  const indexes = found.filter(({ kind }) => kind === "index");
  if (isIndexed || indexes.length > 0) needSqlite(environment.streams);
  const tree = treeFolder === undefined ? null : await openTree(await existingFolder(treeFolder), { git: true });
  const surroundings: Surroundings = { rules: [], trees: tree ? [tree] : [] };
  const problems: Problem[] = [];
  const digests = await readDigests(
    found.filter(({ kind }) => !isArchiveKind(kind) && kind !== "index"),
    problems,
  );
  const mails = await readMailFiles(isIndexed ? [] : mail, problems);
  const archives = await openArchives({ indexes, archives: isIndexed ? mail : [], environment, surroundings, problems });
  return { library: new Library({ digests, mails, archives, surroundings }), problems, tree };
}

function isLarge(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats?.isFile() === true && stats.size > memoryBytes;
}

async function readDigests(sources: readonly FoundSource[], problems: Problem[]): Promise<NamedDigest[]> {
  const reader = makeDigestReader();
  const digests: NamedDigest[] = [];
  for (const { name, path } of sources) {
    const read = await reader.read(path);
    if (read.digests.length === 0) throw refusal(name, read.problems[0]?.message ?? "It is empty.");
    digests.push(...read.digests);
    problems.push(...read.problems.map((problem) => ({ ...problem, source: problem.source === path ? name : problem.source })));
  }
  return digests;
}

async function readMailFiles(sources: readonly FoundSource[], problems: Problem[]): Promise<MailsInMemory> {
  const files = sources.flatMap(({ name, path, kind }) =>
    isMailFile(kind) ? [{ name, path, kind, source: path === resolve(name) ? path : name }] : [],
  );
  const { mails, files: read } = await readMailsInMemory(files);
  for (const [at, { name, path }] of files.entries()) {
    const messages = (read[at]?.problems ?? []).map((message) => (path === resolve(name) ? message : ofStream(message, path, name)));
    if (read[at]?.count === 0) throw refusal(name, messages[0] ?? "It contains no mail.");
    problems.push(...messages.map((message) => ({ source: name, message })));
  }
  return mails;
}

/** Input from a pipe is in a file whose name the person does not know. */
function ofStream(message: string, path: string, name: string): string {
  return message.startsWith(path) ? `It${message.slice(path.length)}` : message.replaceAll(path, name);
}

interface IndexedSources {
  readonly indexes: readonly FoundSource[];
  /** Archives with a kept index. */
  readonly archives: readonly FoundSource[];
  readonly environment: Environment;
  readonly surroundings: Surroundings;
  readonly problems: Problem[];
}

async function openArchives({ indexes, archives, environment, surroundings, problems }: IndexedSources): Promise<ArchivedSeries[]> {
  if (indexes.length === 0 && archives.length === 0) return [];
  const { openArchivesOf, openNamedIndex } = await import("./indexed.js");
  const opened: ArchivedSeries[] = indexes.map((source) => openNamedIndex(source, environment, surroundings));
  if (archives.length > 0) {
    const kept = await openArchivesOf(archives, environment, surroundings);
    opened.push(kept.archives);
    problems.push(...kept.problems);
  }
  for (const problem of opened.flatMap((archive) => singleProblems(archive.problems)))
    if (!problems.some(({ message }) => message === problem.message)) problems.push(problem);
  return opened;
}

/** The absolute path of an existing folder: a wrong one would silently be a tree without files. */
async function existingFolder(path: string): Promise<string> {
  const stats = await stat(path).catch(() => null);
  if (!stats?.isDirectory()) throw refusal(path, "There is no such folder; check its name.");
  return resolve(path);
}

const mostListed = 20;

/** The series that a person means, see `Library.meant`; throws a `HumanError` unless it is exactly one. */
export function chosenSeries(library: Library, text: string): Series {
  const found = library.meant(text, mostListed + 1);
  const [only] = found;
  if (only && found.length === 1) return only;
  if (!only)
    throw new HumanError(`There is no series with the id “${visibleText(text)}” in these sources; “kvm-series series” lists them.`);
  const shown = found.slice(0, mostListed).map((one) => `  ${one.id}  ${visibleText(one.title)}  ${revisionName(newestRevision(one))}`);
  const more = found.length > mostListed ? ["  ..."] : [];
  throw new HumanError(
    [`Several series begin with “${visibleText(text)}”; give more of the one that is meant:`, ...shown, ...more].join("\n"),
  );
}

/** The series known now, and the questions that the editor and the command line ask about them. */
import type { MailRange } from "../core/digest/digestOfMails";
import { type NamedDigest, postingsOfDigests } from "../core/digest/digestPostings";
import { type Mail, readMail } from "../core/mail/mail";
import { compareUnused, type UnusedDiff } from "../core/postings/assembleMails";
import { seriesSteps } from "../core/postings/assembleSeries";
import { type CompletedSeries, completionSteps } from "../core/postings/completeSeries";
import { type Correction, correctionName, namesDigestPosting } from "../core/postings/corrections";
import type { Posting } from "../core/postings/posting";
import {
  findSeries,
  hasStatus,
  idsMeant,
  matchesFilter,
  namesField,
  seriesFinder,
  seriesInRange,
  splitFilter,
} from "../core/series/findSeries";
import { withMailTexts } from "../core/series/revisionTexts";
import {
  isPending,
  lastSent,
  newestDate,
  newestFirst,
  newestRevision,
  newestRevisionKey,
  type Problem,
  type Revision,
  type Series,
  type SeriesStatus,
} from "../core/series/series";
import { statusAt } from "../core/series/status";
import { makeTouchIndex, type Touch, type TouchIndex } from "../core/series/touches";
import { resolvePaths, type Tree } from "../core/series/treePaths";
import { finished, mapInSteps, type Steps } from "../core/steps";
import type { MaintainersMatcher } from "../core/subsystem/maintainers";
import { type Project, projectOfPatches } from "../core/subsystem/project";
import { subsystemNamer } from "../core/subsystem/subsystem";
import type { SubsystemRule } from "../core/subsystem/subsystemRules";
import { sha256 } from "../index/hashes";
import { DigestSeries, type JoinPostings } from "./digestSeries";
import type { MailsInMemory } from "./mailsInMemory";
import { makeSlicer } from "./slices";
import { namesOfFile, type PathQuestion, type TouchQuestion, touchesOfQuestion } from "./touching";

/** A place that series are read from. */
export interface Source {
  /** The person's name for it. */
  readonly name: string;
  /** Reads the source; never fails: errors are in `problems`. */
  read(signal: AbortSignal): Promise<{ readonly digests: readonly NamedDigest[]; readonly problems: readonly Problem[] }>;
}

/** The facts besides the sources that assembling depends on. */
export interface Surroundings {
  readonly rules: readonly SubsystemRule[];
  readonly trees: ReadonlyArray<Tree & { readonly maintainers: MaintainersMatcher | null }>;
}

/** Makes the function that names the subsystem of a revision. */
export function subsystemIn({ rules, trees }: Surroundings): (revision: Revision) => string {
  const maintainers = trees.find((tree) => tree.project === "kernel" && tree.maintainers)?.maintainers;
  const nameOf = subsystemNamer({ userRules: rules, ...(maintainers ? { maintainers } : {}) });
  return ({ title, prefixes, diffstat, patches, missing }) => {
    const touched = patches.flatMap(({ files }) => files);
    // The diffs of patches tell more than a diffstat, which may be cut.
    const isWhole = missing.length === 0 && patches.every((patch) => patch.files.length > 0);
    const files = touched.length > 0 && isWhole ? touched : diffstat.length > 0 ? diffstat : touched;
    return nameOf({ title, prefixes, files });
  };
}

/** Joins digests, oldest first, into series. */
export function seriesOfDigests(digests: readonly NamedDigest[], surroundings: Surroundings): Series[] {
  return seriesOfPostings(postingsOfDigests(digests), surroundings);
}

/** Joins postings of digests and mails into series, newest first. */
export function seriesOfPostings(
  postings: readonly Posting[],
  surroundings: Surroundings,
  corrections: readonly Correction[] = [],
): Series[] {
  return finished(joinSteps(postings, surroundings, corrections));
}

function* joinSteps(postings: readonly Posting[], surroundings: Surroundings, corrections: readonly Correction[]): Steps<Series[]> {
  const series = yield* seriesSteps(postings, sha256, subsystemIn(surroundings), corrections);
  return surroundings.trees.length === 0 ? series : yield* mapInSteps(series, (one) => resolvePaths(one, surroundings.trees));
}

/** The name of a revision in corrections; see `correctionName`. */
export function correctionNameOf(revision: Revision): string {
  return correctionName(revision, sha256);
}

/**
 * The projects of series, which rows and lists of files ask for again and again. It is at module level because many callers
 * that share no object ask, and it may be: a series never changes, so an entry is right for everyone and goes with its series.
 */
const projects = new WeakMap<Series, Project>();

/** The project that the newest revision of a series is for. */
export function projectOfSeries(series: Series): Project {
  const known = projects.get(series);
  if (known !== undefined) return known;
  const { prefixes, files, title } = newestRevision(series);
  const project = projectOfPatches({ prefixes, paths: files, title });
  projects.set(series, project);
  return project;
}

/** The questions that the library asks an index of archives; see archiveSeries.ts. */
export interface ArchivedSeries {
  /** When the newest of its series was posted, in milliseconds; null where it has none. */
  readonly newest: number | null;
  /** The known series, newest first: the pending ones in the editor, all of them on the command line. */
  readonly series: readonly Series[];
  readonly problems: readonly Problem[];
  /** The series that touch a path by exactly this name, newest first. */
  touching(path: string, question?: PathQuestion): readonly Touch[];
  /** Prepares the answer of `touching` for a file, in steps between which others may run. */
  touchingSteps(path: string): Iterable<unknown>;
  /** Finds any series by its id, a former id or any Message-ID. */
  find(idOrMessageId: string): Series | undefined;
  search(query: string): readonly Series[];
  /** Like `search`, in slices. */
  searchSoon(query: string, signal: AbortSignal): Promise<readonly Series[]>;
  /** The ids that begin with some hex digits, sorted, at most `most`. */
  idsBeginning(digits: string, most: number): readonly string[];
  /** All paths that the newest revisions change, each once. */
  touchedPaths(): readonly string[];
  /** The mails with a diff that is in no series. */
  untaken(): readonly UnusedDiff[];
  readonly untakenCount: number;
  mailBytes(messageIds: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>>;
}

/** Facts that a library may know from the start: the command line reads its sources once. */
export interface KnownAtFirst {
  readonly digests: readonly NamedDigest[];
  readonly mails: MailsInMemory;
  readonly archives: readonly ArchivedSeries[];
  readonly surroundings: Surroundings;
  /** Lets others run while much is joined; `makeSlicer` by default. */
  readonly slicer: typeof makeSlicer;
}

const noSurroundings: Surroundings = { rules: [], trees: [] };
const noMails: MailsInMemory = { postings: [], untaken: [], bytes: new Map() };

/** The shortest beginning of a Message-ID that is searched for: many begin with the date. */
const shortestBeginning = 8;

/** The parts that the known series are made of. */
interface Known {
  readonly digests: readonly NamedDigest[];
  readonly archives: readonly ArchivedSeries[];
  readonly join: JoinPostings;
  /** The corrections that name postings of digests. */
  readonly corrections: readonly Correction[];
  readonly problems: readonly Problem[];
  readonly archiveProblems: readonly Problem[];
  /** Whether the sources were read once. */
  readonly synced: boolean;
}

/** The known series of digests, mails in memory and archives. */
export class Library {
  readonly #mails: MailsInMemory;
  readonly #slicer: typeof makeSlicer;
  #known: Known;
  /** The facts that will be known once they are joined. */
  #wanted: Known;
  /** The last change; it takes over from one that is still being joined. */
  #changing: Promise<void> = Promise.resolve();
  readonly #digestSeries = new DigestSeries();
  /** The series of digests and mails in memory; null until they are needed, since questions to an index alone join nothing. */
  #joined: CompletedSeries | null = null;
  /** These series together with those of the archives. */
  #allSeries: readonly Series[] | null = null;
  #findOwn: ((id: string) => Series | undefined) | null = null;
  /** Indexes of touched paths, by whether all of its own series count or only the pending ones. */
  readonly #touches = new Map<boolean, TouchIndex>();
  /** What a checkout says, by the key of the newest revision of a series. */
  #inTree: ReadonlyMap<string, SeriesStatus> = new Map();
  /** The series with their statuses, by the series without. */
  #stated = new WeakMap<Series, Series>();
  /** Undefined until it is asked for. */
  #now: number | null | undefined;
  #sync: AbortController | null = null;
  readonly #listeners = new Set<() => void>();

  constructor({
    digests = [],
    mails = noMails,
    archives = [],
    surroundings = noSurroundings,
    slicer = makeSlicer,
  }: Partial<KnownAtFirst> = {}) {
    this.#mails = mails;
    this.#slicer = slicer;
    const join = this.#joinIn(surroundings);
    this.#known = { digests, archives, join, corrections: [], problems: [], archiveProblems: [], synced: false };
    this.#wanted = this.#known;
  }

  /** All series, newest first; those of digests have no dates and come last, in their own order. */
  get series(): readonly Series[] {
    if (this.#allSeries) return this.#allSeries;
    const archived = this.#known.archives.map((archive) => this.#whole(archive.series));
    return (this.#allSeries = joined(this.#own(), archived, (one) => one).map((one) => this.#withStatus(one)));
  }
  /** When the newest series was posted, in milliseconds: what "now" is, whatever the clock says. Null where no source tells dates. */
  get now(): number | null {
    if (this.#now !== undefined) return this.#now;
    const dates = [newestDate(this.#own()), ...this.#known.archives.map(({ newest }) => newest)].filter((date) => date !== null);
    return (this.#now = dates.length === 0 ? null : Math.max(...dates));
  }
  get problems(): readonly Problem[] {
    return [...this.#known.problems, ...this.#known.archiveProblems];
  }
  get digests(): readonly NamedDigest[] {
    return this.#known.digests;
  }
  /** False until the sources were read once. */
  get synced(): boolean {
    return this.#known.synced;
  }

  /** Reads all sources again, oldest first. A later call replaces a running one. */
  async sync(sources: readonly Source[]): Promise<void> {
    this.#sync?.abort();
    const sync = new AbortController();
    this.#sync = sync;
    const read = await Promise.all(sources.map((source) => source.read(sync.signal)));
    if (sync.signal.aborted) return;
    const digests = read.flatMap((one) => one.digests);
    const problems = read.flatMap((one) => one.problems);
    await this.#change({ digests, problems, synced: true });
  }

  /** Sets the open trees and the user's rules, and joins the series again. */
  surround(surroundings: Surroundings): void {
    this.#changeSynced({ join: this.#joinIn(surroundings) }).catch(throwLater);
  }

  #joinIn(surroundings: Surroundings): JoinPostings {
    return (ofDigests, corrections) => joinSteps([...ofDigests, ...this.#mails.postings], surroundings, corrections);
  }

  /**
   * Sets the archives, or says that they changed.
   *
   * @param problems from reading them
   */
  archivesChanged(archives: ArchivedSeries | null, problems: readonly Problem[] = []): void {
    this.#change({ archives: archives ? [archives] : [], archiveProblems: problems }).catch(throwLater);
  }

  /**
   * Sets the corrections by hand; resolves when the series follow them. Only those of digests count here; the archives get theirs
   * from their owner.
   */
  async correct(corrections: readonly Correction[]): Promise<void> {
    const digested = corrections.filter(namesDigestPosting);
    if (JSON.stringify(digested) === JSON.stringify(this.#wanted.corrections)) await this.#changing;
    else await this.#changeSynced({ corrections: digested });
  }

  /** Nobody is told before anything was read. */
  async #changeSynced(change: Partial<Known>): Promise<void> {
    if (this.#wanted.synced) await this.#change(change);
    else this.#known = this.#wanted = { ...this.#wanted, ...change };
  }

  /**
   * Joins everything that is known from now on, and then reports the change: at once for little, in slices for many digests. Until
   * then everything stays as it was.
   */
  #change(change: Partial<Known>): Promise<void> {
    this.#wanted = { ...this.#wanted, ...change };
    this.#changing = this.#become(this.#wanted);
    return this.#changing;
  }

  /**
   * Sets what a checkout says of series; the others stand where mails leave them. What has landed touches nothing any more.
   *
   * @param statuses by `newestRevisionKey`, since a newer revision has not landed with an older one
   */
  setTreeStatuses(statuses: ReadonlyMap<string, SeriesStatus>): void {
    this.#inTree = statuses;
    this.#tell();
  }

  #withStatus(series: Series): Series {
    const known = this.#stated.get(series);
    if (known) return known;
    const inTree = this.#inTree.size === 0 ? undefined : this.#inTree.get(newestRevisionKey(series));
    const status = inTree ?? statusAt(series, this.now);
    const stated = status === series.status ? series : { ...series, status };
    this.#stated.set(series, stated);
    return stated;
  }

  async #become(wanted: Known): Promise<void> {
    const pause = this.#slicer(() => this.#wanted !== wanted);
    const steps = this.#joinSteps(wanted);
    let next = steps.next();
    for (; next.done !== true; next = steps.next()) if (await pause()) return this.#changing;
    this.#known = wanted;
    this.#joined = next.value;
    this.#findOwn = null;
    this.#touches.clear();
    this.#now = undefined;
    this.#tell();
  }

  #tell(): void {
    this.#allSeries = null;
    this.#stated = new WeakMap();
    for (const listener of [...this.#listeners]) {
      try {
        listener();
      } catch (error) {
        // A listener that throws is not the fault of the code that reports a change.
        throwLater(error);
      }
    }
  }

  /** The series in memory. A posting of a digest that an archive holds counts there; digests may complete the series of archives. */
  #joinedSeries(): CompletedSeries {
    return (this.#joined ??= finished(this.#joinSteps(this.#known)));
  }

  *#joinSteps({ digests, archives, join, corrections }: Known): Steps<CompletedSeries> {
    const archived = digests.length === 0 ? [] : archives.flatMap((archive) => archive.series);
    const known = [...this.#mails.postings.map(({ revision }) => revision), ...archived.flatMap(({ revisions }) => revisions)];
    const own = yield* this.#digestSeries.of(digests, known, corrections, join);
    if (archived.length === 0) return { own, completed: new Map() };
    const digested = new Set(own.filter(({ revisions }) => revisions.every(({ messageId }) => messageId === null)));
    const { own: apart, completed } = yield* completionSteps([...digested], archived, sha256, corrections);
    const left = new Set(apart);
    return { own: own.filter((one) => left.has(one) || !digested.has(one)), completed };
  }

  #own(): readonly Series[] {
    return this.#joinedSeries().own;
  }

  /** Adds to series of an archive the revisions that only digests have. */
  #whole(archived: readonly Series[]): readonly Series[] {
    if (this.#known.digests.length === 0 || archived.length === 0) return archived;
    const { completed } = this.#joinedSeries();
    return completed.size === 0 ? archived : archived.map((one) => completed.get(one.id) ?? one);
  }

  find(idOrMessageId: string): Series | undefined {
    const found = this.#find(idOrMessageId);
    return found && this.#withStatus(found);
  }

  #find(idOrMessageId: string): Series | undefined {
    this.#findOwn ??= seriesFinder(this.#own());
    const own = this.#findOwn(idOrMessageId);
    if (own) return own;
    const archived = firstOf(this.#known.archives, (archive) => archive.find(idOrMessageId));
    return archived ? this.#whole([archived])[0] : findSeries([...this.#joinedSeries().completed.values()], idOrMessageId);
  }

  /**
   * The series that a person means by an id in any form of `idsMeant`, or by the beginning of an id or a Message-ID; at most `most`
   * when several begin alike.
   */
  meant(text: string, most: number): readonly Series[] {
    const ids = idsMeant(text);
    for (const id of ids) {
      const one = this.find(id);
      if (one) return [one];
    }
    const [beginning = ""] = ids;
    if (/^[0-9a-f]{1,11}$/.test(beginning)) return this.#idsBeginning(beginning, most).flatMap((id) => this.find(id) ?? []);
    if (beginning.length < shortestBeginning) return [];
    const begins = ({ revisions }: Series): boolean => revisions.some(({ messageId }) => messageId?.startsWith(beginning) === true);
    return this.series.filter(begins).slice(0, most);
  }

  #idsBeginning(digits: string, most: number): string[] {
    const own = this.#own().flatMap(({ id }) => (id.startsWith(digits) ? [id] : []));
    const all = new Set([...own, ...this.#known.archives.flatMap((archive) => archive.idsBeginning(digits, most))]);
    return [...all].sort().slice(0, most);
  }

  /** The pending series that touch a path of a tree, newest first; with `all`, the others too. */
  touching(question: TouchQuestion): readonly Touch[] {
    const { project = null, all = false } = question;
    const touches = touchesOfQuestion(question, (name, suffix) => {
      const index = this.#touchIndex(all);
      const own = suffix ? index.touchingSuffix(name, project) : index.touching(name, project);
      const archived = this.#known.archives.map((archive) =>
        this.#wholeTouches(archive.touching(name, { suffix, all })).filter(
          ({ series }) => project === null || projectOfSeries(series) === project,
        ),
      );
      return joined(own, archived, ({ series }) => series);
    });
    return touches.flatMap((touch) => {
      const series = this.#withStatus(touch.series);
      if (!all && series.status === "landed") return [];
      return [series === touch.series ? touch : { ...touch, series }];
    });
  }

  /** As `touching` of a file, in steps between which others may run: the first question about it may take long. */
  *touchingSteps(question: TouchQuestion): Generator<unknown, readonly Touch[]> {
    for (const name of namesOfFile(question)) for (const archive of this.#known.archives) yield* archive.touchingSteps(name);
    return this.touching(question);
  }

  #touchIndex(all: boolean): TouchIndex {
    const known = this.#touches.get(all);
    if (known) return known;
    const own = this.#own();
    const now = newestDate(own);
    const index = makeTouchIndex(all ? own : own.filter((one) => isPending(one, now)), projectOfSeries);
    this.#touches.set(all, index);
    return index;
  }

  #wholeTouches(touches: readonly Touch[]): readonly Touch[] {
    const series = this.#whole(touches.map((touch) => touch.series));
    return touches.map((touch, at) => (series[at] === touch.series ? touch : { ...touch, series: series[at] ?? touch.series }));
  }

  /** All paths that the newest revisions change, each once. */
  touchedPaths(): readonly string[] {
    const own = this.#own().flatMap((one) => newestRevision(one).files);
    return [...new Set([...own, ...this.#known.archives.flatMap((archive) => archive.touchedPaths())])];
  }

  /** The series that match what a person typed: words of titles, authors, subsystems and paths, lore's prefixes, or `status:landed`. */
  search(query: string): readonly Series[] {
    const { words, statuses } = splitFilter(query);
    const isMeant = (series: Series): boolean => hasStatus(series, statuses);
    if (words === "") return statuses.length === 0 ? this.series : this.series.filter(isMeant);
    const found = namesField(words) ? [] : this.series.filter((series) => matchesFilter(series, words));
    const ids = new Set(found.map(({ id }) => id));
    const searched = this.#known.archives.flatMap((archive) => this.#whole(archive.search(words)));
    return [...found, ...searched.filter(({ id }) => !ids.has(id)).map((one) => this.#withStatus(one))].filter(isMeant);
  }

  /** Like `search`, in slices, so that a person can go on typing; the answer means nothing once it was stopped. */
  async searchSoon(query: string, signal: AbortSignal): Promise<readonly Series[]> {
    const { words, statuses } = splitFilter(query);
    const all = this.series;
    if (words === "" && statuses.length === 0) return all;
    const found: Series[] = [];
    const pause = makeSlicer(() => signal.aborted);
    for (const series of namesField(words) ? [] : all) {
      if (matchesFilter(series, words)) found.push(series);
      if (await pause()) return [];
    }
    const ids = new Set(found.map(({ id }) => id));
    for (const archive of words === "" ? [] : this.#known.archives)
      found.push(...this.#whole(await archive.searchSoon(words, signal)).filter(({ id }) => !ids.has(id)));
    return found.map((one) => this.#withStatus(one)).filter((one) => hasStatus(one, statuses));
  }

  /** The mails with a diff that is in no series. */
  untaken(): readonly UnusedDiff[] {
    return [...this.#mails.untaken, ...this.#known.archives.flatMap((archive) => archive.untaken())].sort(compareUnused);
  }
  get untakenCount(): number {
    return this.#known.archives.reduce((sum, archive) => sum + archive.untakenCount, this.#mails.untaken.length);
  }

  /** Mails as they lie in the archives, by Message-ID; those that are gone are absent. */
  async mailBytes(messageIds: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>> {
    const found = new Map<string, Uint8Array>();
    for (const id of messageIds) {
      const bytes = this.#mails.bytes.get(id);
      if (bytes) found.set(id, bytes);
    }
    for (const archive of this.#known.archives)
      for (const [id, bytes] of await archive.mailBytes(messageIds.filter((one) => !found.has(one)))) found.set(id, bytes);
    return found;
  }

  /** Calls back after each change of what is known. */
  onDidChange(listener: () => void): { dispose(): void } {
    this.#listeners.add(listener);
    return { dispose: () => this.#listeners.delete(listener) };
  }

  dispose(): void {
    this.#sync?.abort();
    // A running join comes to nothing.
    this.#wanted = { ...this.#wanted };
    this.#changing = Promise.resolve();
    this.#listeners.clear();
  }
}

/** The host of the extension logs uncaught errors. */
function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}

/** Merges the series of memory and archives, newest first; series without a date keep their order and come last. */
function joined<T>(own: readonly T[], archived: ReadonlyArray<readonly T[]>, seriesOf: (one: T) => Series): readonly T[] {
  const lists = [own, ...archived].filter((list) => list.length > 0);
  const [only = own] = lists;
  if (lists.length < 2) return only;
  const dated = lists.flat().map((one) => ({ one, isDated: lastSent(seriesOf(one)) !== null }));
  return dated.sort((a, b) => (a.isDated || b.isDated ? newestFirst(seriesOf(a.one), seriesOf(b.one)) : 0)).map(({ one }) => one);
}

function firstOf<T, Found>(all: readonly T[], find: (one: T) => Found | undefined): Found | undefined {
  for (const one of all) {
    const found = find(one);
    if (found !== undefined) return found;
  }
  return undefined;
}

// The series for a digest of some ranges.

/** The series with a posting in some ranges, as they were at the end, with the cover letters that say what changed; in slices. */
export async function seriesOfRanges(ranges: readonly MailRange[], library: Pick<Library, "find" | "mailBytes">): Promise<Series[]> {
  const ids = new Set(ranges.flatMap(({ mails }) => mails.flatMap(({ messageId }) => (messageId === null ? [] : [messageId]))));
  const pause = makeSlicer(() => false);
  const found = new Map<string, Series>();
  for (const messageId of ids) {
    const series = library.find(messageId);
    if (series) found.set(series.id, series);
    await pause();
  }
  const posted = seriesInRange([...found.values()], ids).sort(newestFirst);
  const letters = posted.flatMap(({ revisions }) => revisions.at(-1)?.messageId ?? []);
  const mails = new Map<string, Mail>();
  for (const [id, bytes] of await library.mailBytes(letters)) {
    mails.set(id, readMail(bytes));
    await pause();
  }
  const told: Series[] = [];
  for (const series of posted) {
    told.push({ ...series, revisions: series.revisions.map((revision) => withMailTexts(revision, mails)) });
    await pause();
  }
  return told;
}

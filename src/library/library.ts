/** The series known now, in memory, and the questions the editor and the command line ask of them. */
import { createHash } from "node:crypto";
import type { MailRange } from "../core/digest/digestOfMails";
import { type NamedDigest, postingsOfDigests } from "../core/digest/digestPostings";
import { readMail } from "../core/mail/mail";
import { assembleSeries } from "../core/postings/assembleSeries";
import { completeFromDigests } from "../core/postings/completeSeries";
import { type Correction, correctionName, namesDigestPosting } from "../core/postings/corrections";
import type { Posting } from "../core/postings/posting";
import { findSeries, matchesFilter, namesField, seriesInRange } from "../core/series/findSeries";
import { withMailTexts } from "../core/series/revisionTexts";
import { isStableMail, newestFirst, newestRevision, pendingDays, type Problem, type Revision, type Series } from "../core/series/series";
import { joinTouches, makeTouchIndex, type Touch, type TouchIndex } from "../core/series/touches";
import { resolvePaths, type Tree } from "../core/series/treePaths";
import type { MaintainersMatcher } from "../core/subsystem/maintainers";
import { type Project, projectOfPatches } from "../core/subsystem/project";
import { subsystemNamer } from "../core/subsystem/subsystem";
import type { SubsystemRule } from "../core/subsystem/subsystemRules";
import type { IndexReader } from "../index/reader";
import { DigestSeries, type JoinPostings } from "./digestSeries";
import { makeSlicer } from "./slices";

/** A place series are read from; what the library needs to know of it. */
export interface Source {
  /** As the person named it. */
  readonly name: string;
  /** Reads it; never fails, what goes wrong is in `problems`. */
  read(signal: AbortSignal): Promise<{ readonly digests: readonly NamedDigest[]; readonly problems: readonly Problem[] }>;
}

/** What assembling depends on beside the sources. */
export interface Surroundings {
  readonly rules: readonly SubsystemRule[];
  readonly trees: ReadonlyArray<Tree & { readonly maintainers: MaintainersMatcher | null }>;
}

/** Says of what subsystem a revision is. */
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

/** Joins digests, in order of age, into series. */
export function seriesOfDigests(digests: readonly NamedDigest[], surroundings: Surroundings): Series[] {
  return seriesOfPostings(postingsOfDigests(digests), surroundings);
}

/** Joins postings of digests and mails into series, newest first. */
export function seriesOfPostings(
  postings: readonly Posting[],
  surroundings: Surroundings,
  corrections: readonly Correction[] = [],
): Series[] {
  const series = assembleSeries(postings, sha256, subsystemIn(surroundings), corrections);
  return surroundings.trees.length === 0 ? series : series.map((one) => resolvePaths(one, surroundings.trees));
}

function joinIn(surroundings: Surroundings): JoinPostings {
  return (postings, corrections) => seriesOfPostings(postings, surroundings, corrections);
}

/** What a correction calls a revision; see `correctionName`. */
export function correctionNameOf(revision: Revision): string {
  return correctionName(revision, sha256);
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** By series: whoever draws rows or lists files asks again and again, and a series never changes. */
const projects = new WeakMap<Series, Project>();

/** The project the newest revision of a series is for. */
export function projectOfSeries(series: Series): Project {
  const known = projects.get(series);
  if (known !== undefined) return known;
  const { prefixes, files, title } = newestRevision(series);
  const project = projectOfPatches({ prefixes, paths: files, title });
  projects.set(series, project);
  return project;
}

/** What the library asks of an index of archives; see archiveSeries.ts. */
export interface ArchivedSeries {
  /** The pending ones, newest first. */
  readonly series: readonly Series[];
  readonly problems: readonly Problem[];
  touching(path: string): readonly Touch[];
  find(idOrMessageId: string): Series | undefined;
  search(query: string): readonly Series[];
  /** As `search`, in slices. */
  searchSoon(query: string, signal: AbortSignal): Promise<readonly Series[]>;
  mailBytes(messageIds: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>>;
}

/** The state of the extension: what the last sync read. */
export class Library {
  #digests: readonly NamedDigest[] = [];
  #join: JoinPostings = joinIn({ rules: [], trees: [] });
  readonly #digestSeries = new DigestSeries();
  /** Of the digests alone. */
  #ownSeries: readonly Series[] = [];
  /** Those of the archives that digests have older revisions of, by the ids the archives give them. */
  #completed: ReadonlyMap<string, Series> = new Map();
  #series: readonly Series[] = [];
  #corrections: readonly Correction[] = [];
  #archives: ArchivedSeries | null = null;
  #archiveProblems: readonly Problem[] = [];
  #touches: TouchIndex = makeTouchIndex([], projectOfSeries);
  #problems: readonly Problem[] = [];
  #synced = false;
  #sync: AbortController | null = null;
  readonly #listeners = new Set<() => void>();

  get series(): readonly Series[] {
    return this.#series;
  }
  get problems(): readonly Problem[] {
    return [...this.#problems, ...this.#archiveProblems];
  }
  get digests(): readonly NamedDigest[] {
    return this.#digests;
  }
  /** False until the sources were read once. */
  get synced(): boolean {
    return this.#synced;
  }

  /** Reads all sources again, in order of age. A later call replaces one under way. */
  async sync(sources: readonly Source[]): Promise<void> {
    this.#sync?.abort();
    const sync = new AbortController();
    this.#sync = sync;
    const read = await Promise.all(sources.map((source) => source.read(sync.signal)));
    if (sync.signal.aborted) return;
    this.#digests = read.flatMap(({ digests }) => digests);
    this.#problems = read.flatMap(({ problems }) => problems);
    this.#synced = true;
    this.#assemble();
  }

  /** Tells it of the open trees and the user's rules; series are joined again with them. */
  surround(surroundings: Surroundings): void {
    this.#join = joinIn(surroundings);
    if (this.#synced) this.#assemble();
  }

  /**
   * Tells it of the archives, or that they changed.
   * @param problems of reading them
   */
  archivesChanged(archives: ArchivedSeries | null, problems: readonly Problem[] = []): void {
    this.#archives = archives;
    this.#archiveProblems = problems;
    this.#assemble();
  }

  /** Tells it what was joined and split by hand, which it heeds for digests; the archives are told by whoever holds them. */
  correct(corrections: readonly Correction[]): void {
    const digested = corrections.filter(namesDigestPosting);
    if (digested.length === 0 && this.#corrections.length === 0) return;
    this.#corrections = digested;
    if (this.#synced) this.#assemble();
  }

  #assemble(): void {
    const archived = this.#archives?.series ?? [];
    const known = archived.flatMap(({ revisions }) => revisions);
    const digested = this.#digestSeries.of(this.#digests, known, this.#corrections, this.#join);
    const { own, completed } = completeFromDigests(digested, archived, sha256, this.#corrections);
    this.#ownSeries = own;
    this.#completed = completed;
    this.#series = archived.length === 0 ? own : [...archived.map((one) => this.#whole(one)), ...own];
    this.#touches = makeTouchIndex(this.#ownSeries, projectOfSeries);
    for (const listener of this.#listeners) listener();
  }

  find(idOrMessageId: string): Series | undefined {
    const own = findSeries(this.#ownSeries, idOrMessageId);
    if (own) return own;
    const archived = this.#archives?.find(idOrMessageId);
    return archived ? this.#whole(archived) : findSeries([...this.#completed.values()], idOrMessageId);
  }

  /** A series of an archive with the revisions that digests have besides. */
  #whole(archived: Series): Series {
    return this.#completed.get(archived.id) ?? archived;
  }

  /** The pending series that touch a path of a tree, from memory; see `TouchIndex.touching`. */
  touching(path: string, project: Project | null): readonly Touch[] {
    const own = this.#touches.touching(path, project);
    const archived = this.#archives?.touching(path) ?? [];
    if (archived.length === 0) return own;
    const whole = this.#completed.size === 0 ? archived : archived.map((touch) => ({ ...touch, series: this.#whole(touch.series) }));
    return [...whole.filter(({ series }) => project === null || projectOfSeries(series) === project), ...own];
  }

  /** The series that fit what a person typed: words of titles, authors, subsystems and paths, or lore's prefixes. */
  search(query: string): readonly Series[] {
    if (query.trim() === "") return this.#series;
    const found = namesField(query) ? [] : this.#series.filter((series) => matchesFilter(series, query));
    const ids = new Set(found.map(({ id }) => id));
    const searched = (this.#archives?.search(query) ?? []).map((one) => this.#whole(one));
    return [...found, ...searched.filter(({ id }) => !ids.has(id))];
  }

  /** As `search`, in slices, so that a person can type on; what it answers once it was stopped means nothing. */
  async searchSoon(query: string, signal: AbortSignal): Promise<readonly Series[]> {
    const all = this.#series;
    if (query.trim() === "") return all;
    const found: Series[] = [];
    const pause = makeSlicer(() => signal.aborted);
    for (const series of namesField(query) ? [] : all) {
      if (matchesFilter(series, query)) found.push(series);
      if (await pause()) return [];
    }
    const ids = new Set(found.map(({ id }) => id));
    const searched = ((await this.#archives?.searchSoon(query, signal)) ?? []).map((one) => this.#whole(one));
    return [...found, ...searched.filter(({ id }) => !ids.has(id))];
  }

  /** Mails as they lie in the archives, by Message-ID; those that are gone are absent. */
  async mailBytes(messageIds: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>> {
    return (await this.#archives?.mailBytes(messageIds)) ?? new Map<string, Uint8Array>();
  }

  /** Calls back after each change of what is known. */
  onDidChange(listener: () => void): { dispose(): void } {
    this.#listeners.add(listener);
    return { dispose: () => this.#listeners.delete(listener) };
  }

  dispose(): void {
    this.#sync?.abort();
    this.#listeners.clear();
  }
}

// The series a digest of some ranges tells of.

/** What is asked of whoever holds the series and the mails. */
export interface SeriesOfMails {
  find(messageId: string): Series | undefined;
  mails(messageIds: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>>;
}

/** The series of which something was posted in ranges, as they were at the end, with the letters that tell what changed. */
export async function seriesOfRanges(ranges: readonly MailRange[], held: SeriesOfMails): Promise<Series[]> {
  const ids = new Set(ranges.flatMap(({ mails }) => mails.flatMap(({ messageId }) => (messageId === null ? [] : [messageId]))));
  const found = new Map<string, Series>();
  for (const messageId of ids) {
    const series = held.find(messageId);
    if (series) found.set(series.id, series);
  }
  const posted = seriesInRange([...found.values()], ids).sort(newestFirst);
  const letters = posted.flatMap(({ revisions }) => revisions.at(-1)?.messageId ?? []);
  const mails = new Map([...(await held.mails(letters))].map(([id, bytes]) => [id, readMail(bytes)]));
  return posted.map((series) => ({ ...series, revisions: series.revisions.map((revision) => withMailTexts(revision, mails)) }));
}

// From a path to the series of an index that touch it, with all that is known of them.

/** The series that touch a path, newest first; pending ones unless `all` is set. */
export function touchesOf(reader: IndexReader, path: string, all = false): Touch[] {
  return reader.touching(path, undefined, all ? Infinity : pendingDays).flatMap(({ id, patches, lines }) => {
    const series = reader.series(id);
    return series && (all || !isStableMail(series)) ? [{ series, patches, lines }] : [];
  });
}

/** As `touchesOf`, for all paths below a folder (which ends with `/`) or with the same last components. One answer a series. */
export function touchesBelow(reader: IndexReader, match: { readonly folder: string } | { readonly tail: string }, all = false): Touch[] {
  const paths = reader.touchedPaths(match, all ? Infinity : pendingDays);
  return joinTouches(paths.flatMap((path) => touchesOf(reader, path, all))).sort((a, b) => newestFirst(a.series, b.series));
}

/** The JSON of the command line: the contract of docs/cli.md, schema 1. */
import type { Clash } from "../core/clashes/clashes";
import { versionLabel } from "../core/mail/subject";
import type { Trailer } from "../core/mail/trailers";
import type { UnusedDiff } from "../core/postings/assembleMails";
import type { ApplyAnswer } from "../core/series/applyAnswer";
import { newestRevision, type Patch, type Problem, type ReportedApplied, type Revision, type Series } from "../core/series/series";
import type { MovedName, Touch } from "../core/series/touches";
import type { AbsentNeed } from "./applies";
import { clashJson } from "./clashes";
import { overlapLines, type ProofFacts, type SeriesCollisions } from "./collisions";

const schema = 1;

/**
 * The object `series --json` prints.
 *
 * @param untaken how many mails hold a diff that is in no series
 */
export function seriesReport(series: readonly Series[], problems: readonly Problem[], untaken = 0): object {
  return { schema, series: series.map(seriesJson), untaken, problems };
}

/** The object `show --json` prints; with a revision, only that one. */
export function showReport(series: Series, revision: Revision | null, problems: readonly Problem[]): object {
  const one = seriesJson(series);
  return { schema, series: revision ? { ...one, revisions: [revisionJson(revision)], links: [] } : one, problems };
}

/**
 * The object `touching --json` prints.
 *
 * @param now the file of the tree, when it has another name there
 */
export function touchingReport(
  path: string,
  touches: readonly Touch[],
  problems: readonly Problem[],
  now: MovedName | null = null,
): object {
  const series = touches.map(({ series: one, patches, lines, moved }) => ({
    id: one.id,
    title: one.title,
    version: newestRevision(one).version,
    label: labelOf(newestRevision(one)),
    subsystem: one.subsystem,
    status: one.status,
    patches,
    lines,
    ...(moved ? movedJson(moved) : {}),
  }));
  return { schema, path, ...(now ? { file: now.path, ...movedJson(now) } : {}), series, problems };
}

/** A series and whether it applies. */
export interface CheckedSeries {
  readonly series: Series;
  readonly answer: ApplyAnswer;
  /** Its dependencies that no source has. */
  readonly absent: readonly AbsentNeed[];
}

/** The object `applies --json` prints. */
export function appliesReport(
  checkout: { readonly tree: string; readonly onto: string; readonly commit: string },
  checked: readonly CheckedSeries[],
  problems: readonly Problem[],
): object {
  const series = checked.map(({ series: one, answer, absent }) => ({
    id: one.id,
    title: one.title,
    version: newestRevision(one).version,
    label: labelOf(newestRevision(one)),
    ...answer,
    absent,
  }));
  return { schema, ...checkout, series, problems };
}

interface SeriesJson extends Pick<Series, "id" | "title" | "subsystem" | "status" | "elsewhere"> {
  readonly revisions: object[];
  readonly links: Series["links"];
}

function seriesJson({ id, title, subsystem, status, revisions, elsewhere, links }: Series): SeriesJson {
  return { id, title, subsystem, status, revisions: revisions.map(revisionJson), elsewhere, links };
}

function revisionJson(revision: Revision): object {
  const { version, prefixes, rfc, resend, title, author, date, messageId, expected, cover, patches, missing, files, posted } = revision;
  return {
    version,
    label: labelOf(revision),
    prefixes,
    rfc,
    resend,
    title,
    author,
    date,
    messageId,
    resent: revision.posted?.resentAs ?? [],
    expected,
    cover: cover ? { messageId: cover.messageId, subject: cover.subject } : null,
    patches: patches.map(patchJson),
    missing,
    files,
    applied: (posted?.applied ?? []).map(appliedJson),
  };
}

function appliedJson({ messageId, from, date, patches, commit, quote }: ReportedApplied): object {
  return { messageId, from, date: date === "" ? null : date, patches, commit, quote };
}

/** The name of a revision, by which it can be asked for: `v3`, `v2.1`. */
function labelOf({ version, point = 0 }: Revision): string {
  return versionLabel(version, point);
}

function patchJson({ index, title, author, messageId, files, trailers, former }: Patch): object {
  return {
    index,
    title,
    author,
    messageId,
    files: files.map(({ path, oldPath, changed, added, deleted }) => ({
      path,
      ...(oldPath === undefined ? {} : { oldPath }),
      changed,
      added,
      deleted,
    })),
    trailers: trailers.map(givenJson),
    ...(former ? { former: former.map(givenJson) } : {}),
  };
}

function givenJson({ key, value, via, giver, revision }: Trailer): object {
  return { key, value, via, ...(giver ? { giver } : {}), ...(revision ? { revision } : {}) };
}

// `trailers`: who said what of each patch.

/** A revision of a series. */
export interface SeriesRevision {
  readonly series: Series;
  readonly revision: Revision;
}

/** The object `trailers --json` prints. */
export function trailersReport(revisions: readonly SeriesRevision[], problems: readonly Problem[]): object {
  return {
    schema,
    revisions: revisions.map(({ series, revision }) => ({
      series: series.id,
      label: labelOf(revision),
      patches: revision.patches.map(({ index, messageId, title, trailers, former = [] }) => ({
        index,
        messageId,
        title,
        trailers: trailers.map((trailer) => ({
          key: trailer.key,
          value: trailer.value,
          via: trailer.revision === undefined ? trailer.via : "carried",
          from: trailer.revision ?? null,
          messageId: trailer.messageId ?? (trailer.via === "cover" ? (revision.cover?.messageId ?? null) : messageId),
          ...(trailer.giver ? { giver: trailer.giver } : {}),
        })),
        former: former.map(({ key, value, revision: from = null, messageId: mail = null, giver }) => ({
          key,
          value,
          from,
          messageId: mail,
          ...(giver ? { giver } : {}),
        })),
      })),
    })),
    problems,
  };
}

/** The same for programs. */
function movedJson({ name, when, by }: MovedName): object {
  return { [when === "before" ? "movedFrom" : "movedTo"]: name, movedBy: by };
}

/** The object `collides --json` prints. */
export function collidesReport(
  { base, commit, clashes }: { readonly base: string; readonly commit: string | null; readonly clashes: readonly Clash[] },
  found: readonly SeriesCollisions[],
  proofs: ReadonlyMap<string, ProofFacts>,
  problems: readonly Problem[],
): object {
  const series = found.map(({ series: one, collisions, conflicts }) => {
    const proof = proofs.get(one.id);
    return {
      id: one.id,
      title: one.title,
      version: newestRevision(one).version,
      label: versionLabel(newestRevision(one).version, newestRevision(one).point ?? 0),
      subsystem: one.subsystem,
      status: one.status,
      conflicts,
      files: collisions.map(({ file, overlaps, moved }) => ({
        path: file.path,
        ...(moved ? movedJson(moved) : {}),
        places: overlaps.map((place) => ({ lines: overlapLines(place), patches: place.patches, same: place.same })),
      })),
      ...(proof ? { proof } : {}),
    };
  });
  return { schema: 1, base, commit, series, clashes: clashes.map(clashJson), problems };
}

/** The object `untaken --json` prints. */
export function untakenReport(mails: readonly UnusedDiff[], problems: readonly Problem[]): object {
  return { schema: 1, mails, problems };
}

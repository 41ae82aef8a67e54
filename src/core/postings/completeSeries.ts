/** Completes series of archives with the older revisions that only a digest tells of. */
import { titleWords } from "../mail/subject";
import type { ElsewhereRevision, LinkEvidence, Revision, RevisionLink, Series } from "../series/series";
import { eachInSteps, mapInSteps, type Steps } from "../steps";
import { type Correction, correctionName, namesDigestPosting } from "./corrections";
import { evidenceBetween, evidenceOrder, type PostingNode, toPostingNode } from "./evidence";
import { compareUndatedPostings, digestSigns, seriesId, type Sha256 } from "./posting";

export interface CompletedSeries {
  /** The series that only digests tell of, except those that became part of a series of an archive. */
  readonly own: readonly Series[];
  /** The completed series by the ids that the archives give them. */
  readonly completed: ReadonlyMap<string, Series>;
}

/**
 * Puts the revisions of digests into the series of archives whose older revisions they are. An archive that begins in the middle
 * of a work, or was cloned without its older epochs, knows only later revisions. If a digest has the newest revision, the two
 * stay apart, since an index tells which files and lines the newest revision of the archive touches.
 *
 * @param digested the series that digests tell of and archives do not, see `withoutKnownPostings`
 * @param archived the series of archives, newest first; if two fit equally well, the first is taken
 */
export function* completionSteps(
  digested: readonly Series[],
  archived: readonly Series[],
  sha256: Sha256,
  corrections: readonly Correction[] = [],
): Steps<CompletedSeries> {
  const byHand = corrections.filter(namesDigestPosting);
  const keys = yield* mapInSteps(digested, keysOf);
  const archivedByKey = yield* seriesByKey(archived, new Set(keys.flat()));
  const own: Series[] = [];
  const completed = new Map<string, Series>();
  yield* eachInSteps(digested, (older, at) => {
    const sharing = new Set((keys[at] ?? []).flatMap((key) => archivedByKey.get(key) ?? []));
    const joined = byHand.length === 0 ? [] : archived.filter((one) => isCorrected("join", older, one, { byHand, sha256 }));
    let best: { readonly into: Series; readonly joint: Joint } | null = null;
    for (const into of [...joined, ...sharing]) {
      if (isCorrected("split", older, into, { byHand, sha256 })) continue;
      const joint = jointBetween(older, into, joined.includes(into));
      if (joint && (!best || rankOf(joint) < rankOf(best.joint))) best = { into, joint };
    }
    const whole = best && withOlder(completed.get(best.into.id) ?? best.into, older, best.joint, sha256);
    if (best && whole) completed.set(best.into.id, whole);
    else own.push(older);
  });
  return { own, completed };
}

/** If more series than this share a title, the title tells nothing. */
const mostSharing = 64;

/** Series by some of their keys. */
function* seriesByKey(series: readonly Series[], wanted: ReadonlySet<string>): Steps<Map<string, Series[]>> {
  const found = new Map<string, Series[]>();
  if (wanted.size === 0) return found;
  yield* eachInSteps(series, (one) => {
    // A pull request has no earlier version, and no digest tells of stable mail.
    if (one.revisions.some(({ posted }) => posted && posted.kind !== "patches")) return;
    for (const key of keysOf(one)) {
      if (!wanted.has(key)) continue;
      const known = found.get(key);
      if (!known) found.set(key, [one]);
      else if (known.length < mostSharing) known.push(one);
    }
  });
  return found;
}

/** The words of each title in a series; two series that are one work share at least one title. */
function keysOf({ revisions }: Series): string[] {
  const titles = revisions.flatMap(({ title, patches }) => [title, ...patches.map((patch) => patch.title)]);
  return [...new Set(titles.map(titleWords))].filter((words) => words !== "");
}

interface ByHand {
  readonly byHand: readonly Correction[];
  readonly sha256: Sha256;
}

/** Whether a person joined or split a digest's series and an archive's. */
function isCorrected(kind: Correction["kind"], digested: Series, archived: Series, { byHand, sha256 }: ByHand): boolean {
  if (byHand.length === 0) return false;
  const own = new Set(digested.revisions.map((revision) => correctionName(revision, sha256)));
  const mails = new Set(archived.revisions.flatMap(mailIdsOf));
  return byHand.some(
    ({ kind: done, first, second }) => done === kind && ((own.has(first) && mails.has(second)) || (own.has(second) && mails.has(first))),
  );
}

function mailIdsOf({ messageId, patches }: Revision): string[] {
  return [messageId, ...patches.map((patch) => patch.messageId)].filter((id) => id !== null);
}

/** Two revisions of different series that are one work. */
interface Joint {
  readonly digested: Revision;
  readonly archived: Revision;
  readonly evidence: readonly LinkEvidence[];
}

/**
 * The strongest evidence between a revision of a digest and one of an archive; among equal evidence, that of the nearest
 * versions.
 */
function jointBetween(digested: Series, archived: Series, isJoined: boolean): Joint | null {
  const joints = nodesOf(digested).flatMap((older) =>
    nodesOf(archived).flatMap((newer): Joint[] => {
      const found = evidenceBetween(older, newer);
      const evidence: readonly LinkEvidence[] = isJoined ? ["by-hand", ...found] : found;
      return evidence.length === 0 ? [] : [{ digested: older.posting.revision, archived: newer.posting.revision, evidence }];
    }),
  );
  return joints.sort((a, b) => rankOf(a) - rankOf(b) || versionGap(a) - versionGap(b))[0] ?? null;
}

function rankOf({ evidence: [strongest] }: Joint): number {
  return strongest === undefined ? Infinity : evidenceOrder.indexOf(strongest);
}

function versionGap({ digested, archived }: Joint): number {
  return Math.abs(digested.version - archived.version);
}

/** The revisions of a series as they are compared. What any of them cites and is not here counts as cited by the newest. */
function nodesOf({ revisions, elsewhere }: Series): PostingNode[] {
  return revisions.map((revision, at) => {
    const signs = { ...digestSigns(at === revisions.length - 1 ? elsewhere : []), messageIds: new Set(mailIdsOf(revision)) };
    return toPostingNode({ revision, source: 0, position: 0, signs });
  });
}

/** An archive's series with a digest's revisions in their places; null if one of these would be the newest. */
function withOlder(archived: Series, digested: Series, joint: Joint, sha256: Sha256): Series | null {
  const revisions = [...archived.revisions];
  for (const revision of digested.revisions) {
    const later = revisions.findIndex((one) => isBefore(revision, one));
    if (later < 0) return null;
    revisions.splice(later, 0, revision);
  }
  const [oldest] = revisions;
  if (!oldest) return null;
  const id = seriesId(oldest, sha256);
  const ids = new Set([archived.id, ...archived.aliases, digested.id, ...digested.aliases]);
  ids.delete(id);
  const at = (revision: Revision | undefined): number => (revision ? revisions.indexOf(revision) : -1);
  const links = [archived, digested].flatMap((one) =>
    one.links.map(({ from, to, evidence }) => linkOf(at(one.revisions[from]), at(one.revisions[to]), evidence)),
  );
  links.push(linkOf(at(joint.digested), at(joint.archived), joint.evidence));
  links.sort((a, b) => a.to - b.to || a.from - b.from);
  return { ...archived, id, aliases: [...ids], revisions, links, elsewhere: elsewhereOf(archived, digested, revisions) };
}

function isBefore(a: Revision, b: Revision): boolean {
  const [first, second] = [a, b].map((revision) => ({ revision, source: 0, position: 0, signs: digestSigns([]) }));
  return first !== undefined && second !== undefined && compareUndatedPostings(first, second) < 0;
}

function linkOf(from: number, to: number, evidence: readonly LinkEvidence[]): RevisionLink {
  return { from: Math.min(from, to), to: Math.max(from, to), evidence };
}

/** Revisions that both cite and neither has. A digest tells no Message-IDs, so its revisions are known by their versions. */
function elsewhereOf(archived: Series, digested: Series, revisions: readonly Revision[]): ElsewhereRevision[] {
  const ids = new Set(archived.revisions.flatMap(mailIdsOf));
  const cited = new Map([...digested.elsewhere, ...archived.elsewhere].map((one) => [one.messageId, one]));
  const isHere = ({ version, rfc, messageId }: ElsewhereRevision): boolean =>
    ids.has(messageId) || revisions.some((one) => one.messageId === null && one.version === version && (one.rfc || !rfc));
  return [...cited.values()].filter((one) => !isHere(one)).sort((a, b) => Number(b.rfc) - Number(a.rfc) || a.version - b.version);
}

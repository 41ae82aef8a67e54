/** Which postings are revisions of one series, and why: links between revisions always carry their evidence. */
import { withCarriedTrailers } from "./carriedTrailers";
import type { Correction } from "./corrections";
import { nameWorks } from "./branches";
import { hasCover, toNode, type Node } from "./evidence";
import { Groups } from "./groups";
import { joinNodes, type EvidenceOf, type NodePair } from "./joining";
import { oldestFirst } from "./revisionOrder";
import { firstMailText, type Posting } from "../assembly/posting";
import { compareTexts } from "../assembly/threads";
import { lastSent, type ElsewhereRevision, type Revision, type RevisionLink, type Series, type LinkEvidence } from "../series/series";

/** SHA-256 of a text as lower-case hex; passed in since core has no crypto of its own. */
export type Sha256 = (text: string) => string;

/** What subsystem a series belongs to; see subsystem.ts. */
export type SubsystemOf = (revision: Revision) => string;

/**
 * Joins postings into series. The order of the postings does not matter; what their sources' order tells is in each posting.
 *
 * @returns series, newest first by their newest revision's date, then later source, then place in it, then id
 */
export function assembleSeries(
  postings: readonly Posting[],
  sha256: Sha256,
  subsystemOf: SubsystemOf,
  corrections: readonly Correction[] = [],
): Series[] {
  const nodes = postings.map(toNode);
  nameWorks(nodes);
  const joined = joinNodes(nodes, corrections);
  const groups = joined.groups.map(oldestFirst);
  const sent = new Map(groups.map((group) => [group, lastSent({ revisions: group.map(({ posting }) => posting.revision) }) ?? ""]));
  groups.sort((a, b) => compareTexts(sent.get(b) ?? "", sent.get(a) ?? "") || comparePlaces(lastOf(a).posting, lastOf(b).posting));
  const ownIds = groups.map((group) => group.map(({ posting }) => seriesId(posting.revision, sha256)));
  const ids = seriesIds(groups, ownIds, sha256);
  return groups.map((group, at) => {
    const named = { id: ids[at] ?? "", ownIds: ownIds[at] ?? [] };
    return toSeries(group, named, linksOf(group, joined.pairsOf(group), joined.evidenceOf), subsystemOf);
  });
}

/** The later source first, then the place within it (newest mail first). */
function comparePlaces(a: Posting, b: Posting): number {
  return b.source - a.source || a.position - b.position;
}

function lastOf(group: readonly Node[]): Node {
  const last = group.at(-1);
  if (!last) throw new Error("a group has at least one node");
  return last;
}

/** 12 hex digits of SHA-256 over the Message-ID of a revision's first mail (digest: title LF author). */
export function seriesId(revision: Revision, sha256: Sha256): string {
  return sha256(firstMailText(revision)).slice(0, idLength);
}

const idLength = 12;

/**
 * The ids of some series. Two works of one author can open with the same title and no Message-ID; then the one with the
 * earliest date keeps the plain id, and without dates their contents decide, so that the order of the sources does not.
 */
function seriesIds(groups: ReadonlyArray<readonly Node[]>, ownIds: ReadonlyArray<readonly string[]>, sha256: Sha256): string[] {
  const ids = ownIds.map(([oldest]) => oldest ?? "");
  const claims = new Map<string, number[]>();
  for (const [at, id] of ids.entries()) {
    const rivals = claims.get(id);
    if (rivals) rivals.push(at);
    else claims.set(id, [at]);
  }
  const taken = new Set(ids);
  for (const rivals of claims.values()) {
    if (rivals.length === 1) continue;
    const texts = new Map(rivals.map((at) => [at, rivalText(groups[at]?.[0]?.posting.revision)]));
    const [, ...others] = rivals.sort((a, b) => ((texts.get(a) ?? "") < (texts.get(b) ?? "") ? -1 : 1));
    for (const at of others) {
      let text = texts.get(at) ?? "";
      // Even this could be taken, in theory; then it is hashed again until it is not.
      while (taken.has(sha256(text).slice(0, idLength))) text = sha256(text);
      ids[at] = sha256(text).slice(0, idLength);
      taken.add(ids[at]);
    }
  }
  return ids;
}

/** All that a revision says, oldest first when sorted; undated ones last. */
function rivalText(revision: Revision | undefined): string {
  if (!revision) return "";
  const { date, version, expected, prefixes, files, cover, patches } = revision;
  const said = [cover?.subject, cover?.body, ...patches.flatMap(({ title, message }) => [title, message])];
  return [date ?? "~", version, expected, ...prefixes, ...files, ...said].join("\n");
}

interface SeriesIds {
  readonly id: string;
  /** Those its revisions would have alone. */
  readonly ownIds: readonly string[];
}

function toSeries(group: readonly Node[], { id, ownIds }: SeriesIds, links: RevisionLink[], subsystemOf: SubsystemOf): Series {
  const revisions = withCarriedTrailers(group.map(({ posting }) => posting.revision));
  const elsewhere = elsewhereOf(group);
  const cited = group.flatMap(({ citations }) => citations.map(({ messageId }) => messageId));
  const others = group.flatMap(({ posting }) => [...(posting.signs?.messageIds ?? [])]);
  const messageIds = [...revisions.flatMap(messageIdsOf), ...cited, ...others];
  const aliases = [...new Set([...ownIds, ...messageIds])].filter((alias) => alias !== id);
  const newest = lastOf(group).posting.revision;
  return { id, aliases, title: newest.title, subsystem: subsystemOf(newest), status: "new", revisions, elsewhere, links };
}

/**
 * The fewest links that join all revisions, between the nearest ones there is evidence for: usually each with the one before,
 * but a revision may be joined only through a newer one that cites it.
 */
function linksOf(group: readonly Node[], pairs: readonly NodePair[], evidenceOf: EvidenceOf): RevisionLink[] {
  const links: RevisionLink[] = [];
  const places = new Map(group.map((node, at) => [node, at]));
  const spans = pairs.map(([a, b]) => {
    const [first, second] = [places.get(a) ?? 0, places.get(b) ?? 0];
    return { from: Math.min(first, second), to: Math.max(first, second) };
  });
  spans.sort((a, b) => a.to - a.from - (b.to - b.from) || a.from - b.from);
  const parts = new Groups(group);
  for (const { from, to } of spans) {
    if (links.length === group.length - 1) break;
    const [older, newer] = [group[from], group[to]];
    if (!older || !newer || parts.areOne(older, newer)) continue;
    const evidence: readonly LinkEvidence[] = evidenceOf(older, newer);
    if (evidence.length === 0) continue;
    links.push({ from, to, evidence });
    parts.join(older, newer);
  }
  return links.sort((a, b) => a.to - b.to || a.from - b.from);
}

function messageIdsOf(revision: Revision): string[] {
  const ids = revision.messageId === null ? [] : [revision.messageId];
  for (const { messageId } of revision.patches) if (messageId !== null) ids.push(messageId);
  return ids;
}

/** Revisions known only by a link, oldest first: cited, and neither read by Message-ID nor standing there by their version. */
function elsewhereOf(group: readonly Node[]): ElsewhereRevision[] {
  if (group.every(({ citations }) => citations.length === 0)) return [];
  const found = new Map<string, ElsewhereRevision>();
  const ids = new Set(group.flatMap(idsOf));
  // A digest knows postings by their version alone.
  const byVersion = new Map<number, Posting[]>();
  for (const { posting } of group) {
    const { messageId, version } = posting.revision;
    if (messageId !== null) continue;
    const known = byVersion.get(version);
    if (known) known.push(posting);
    else byVersion.set(version, [posting]);
  }
  for (const { citations, posting } of group) {
    for (const { version, rfc, messageId, url } of citations) {
      if (ids.has(messageId) || found.has(messageId)) continue;
      const there = (byVersion.get(version) ?? []).some((other) => other !== posting && (other.revision.rfc || !rfc));
      if (!there) found.set(messageId, { version, rfc, messageId, url });
    }
  }
  return [...found.values()].sort((a, b) => Number(b.rfc) - Number(a.rfc) || a.version - b.version);
}

/** What a link may say that means a posting which is here: answers to it, and the cover letter that only its patches know. */
function idsOf(node: Node): string[] {
  const { revision, signs } = node.posting;
  const covers = (signs?.absent ?? []).filter((id) => hasCover(node, id));
  return [...messageIdsOf(revision), ...(signs?.messageIds ?? []), ...(signs?.answerIds ?? []), ...covers];
}

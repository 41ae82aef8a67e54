/** Which postings are revisions of one series, and why: links between revisions always carry their evidence. */
import { postingLinks, type PostingLink } from "./changelog";
import { firstMailText, type Posting } from "./posting";
import { newestRevision, type ElsewhereRevision, type Revision, type RevisionLink, type Series } from "./series";
import { titleKey } from "./subject";

/** Why two revisions are held to be the same work, strongest first. */
export type LinkEvidence = "change-id" | "changelog-link" | "in-reply-to" | "same-patches" | "same-title" | "overlap";

/** SHA-256 of a text as lower-case hex; passed in since core has no crypto of its own. */
export type Sha256 = (text: string) => string;

/** What subsystem a series belongs to; see subsystem.ts. */
export type SubsystemOf = (revision: Revision) => string;

interface Node {
  readonly posting: Posting;
  readonly citations: readonly PostingLink[];
  readonly title: string;
  readonly author: string;
  readonly patchTitles: ReadonlySet<string>;
  readonly paths: ReadonlySet<string>;
}

/** How much two sets must share, of the smaller one, to be held the same work without a stronger sign. */
const overlapShare = 0.5;
/** One shared title may be chance ("Fix a typo"); two are not. */
const overlapTitles = 2;

/**
 * Joins postings into series. The order of the postings does not matter; what their sources' order tells is in each posting.
 *
 * @returns series, newest first by their newest revision's date, then later source, then place in it, then id
 */
export function assembleSeries(postings: readonly Posting[], sha256: Sha256, subsystemOf: SubsystemOf): Series[] {
  const nodes = postings.map(toNode);
  const groups = joinNodes(nodes).map((group) => group.sort((a, b) => compareRevisions(a.posting, b.posting)));
  groups.sort((a, b) => comparePlaces(lastOf(a).posting, lastOf(b).posting));
  const used = new Set<string>();
  return groups.map((group) => {
    const id = uniqueId(group, sha256, used);
    used.add(id);
    return toSeries(group, id, sha256, subsystemOf);
  });
}

function toNode(posting: Posting): Node {
  const { revision } = posting;
  const text = revision.cover?.body ?? (revision.patches.length === 1 ? (revision.patches[0]?.message ?? "") : "");
  return {
    posting,
    citations: postingLinks(text, revision.version),
    title: titleKey(revision.title),
    author: revision.author.email.toLowerCase() || revision.author.name.toLowerCase(),
    patchTitles: new Set(revision.patches.map(({ title }) => titleKey(title))),
    paths: new Set(revision.files),
  };
}

/** Groups nodes that are joined by evidence, directly or through others. */
function joinNodes(nodes: readonly Node[]): Node[][] {
  const groupOf = new Map<Node, Node[]>(nodes.map((node) => [node, [node]]));
  const join = (a: Node, b: Node): void => {
    const into = groupOf.get(a) ?? [];
    const from = groupOf.get(b) ?? [];
    if (into === from) return;
    into.push(...from);
    for (const node of from) groupOf.set(node, into);
  };
  for (const bucket of candidates(nodes)) {
    for (const [at, a] of bucket.entries()) {
      for (const b of bucket.slice(at + 1)) if (evidenceBetween(a, b).length > 0) join(a, b);
    }
  }
  return [...new Set(groupOf.values())];
}

/** Nodes worth comparing: those that share a title, a cited or own Message-ID, or the title of a patch. */
function candidates(nodes: readonly Node[]): Iterable<Node[]> {
  const buckets = new Map<string, Node[]>();
  for (const node of nodes) {
    const { revision } = node.posting;
    const keys = new Set([node.title, ...node.patchTitles, ...node.citations.map(({ messageId }) => `<${messageId}>`)]);
    if (revision.messageId !== null) keys.add(`<${revision.messageId}>`);
    for (const { messageId } of revision.patches) if (messageId !== null) keys.add(`<${messageId}>`);
    for (const key of keys) {
      const bucket = buckets.get(key);
      if (bucket) bucket.push(node);
      else buckets.set(key, [node]);
    }
  }
  return [...buckets.values()].filter(({ length }) => length > 1 && length <= mostSharing);
}

/** A title that more postings share ("[GIT PULL] KVM fixes") tells nothing, and comparing each pair would take for ever. */
const mostSharing = 64;

/** All evidence that two postings are the same work, strongest first; [] when there is none. */
function evidenceBetween(a: Node, b: Node): LinkEvidence[] {
  const [older, newer] = compareRevisions(a.posting, b.posting) <= 0 ? [a, b] : [b, a];
  const evidence: LinkEvidence[] = [];
  const sameTitle = a.title === b.title && a.title !== "";
  const sameAuthor = a.author === b.author;
  const overlap = overlaps(a, b);
  const comparable = (a.patchTitles.size > 0 && b.patchTitles.size > 0) || (a.paths.size > 0 && b.paths.size > 0);
  const differs =
    older.posting.revision.version !== newer.posting.revision.version || older.posting.revision.rfc !== newer.posting.revision.rfc;
  if (cites(newer, older, sameTitle || overlap)) evidence.push("changelog-link");
  // The same title over the years ("KVM: x86: Fixes for 6.x") is the same work only where patches or files agree.
  if (sameTitle && (sameAuthor || overlap) && (overlap || (differs && !comparable))) evidence.push("same-title");
  if (evidence.length === 0 && differs && sameAuthor && sharesMostPatches(a, b)) evidence.push("overlap");
  return evidence;
}

/** The newer posting's changelog names the older one: by Message-ID, or by version where the older one has none (a digest). */
function cites(newer: Node, older: Node, alike: boolean): boolean {
  const { revision } = older.posting;
  const ids = new Set([revision.messageId, ...revision.patches.map(({ messageId }) => messageId)]);
  if (newer.citations.some(({ messageId }) => ids.has(messageId))) return true;
  const shared = newer.citations.some(({ messageId }) => older.citations.some((other) => other.messageId === messageId));
  if (revision.messageId !== null) return shared;
  const named = newer.citations.some(({ version, rfc }) => version === revision.version && (!rfc || revision.rfc));
  return shared || (named && alike);
}

/** Alike enough to back a weaker sign: most patches of the smaller posting, or, under one title, most of its files. */
function overlaps(a: Node, b: Node): boolean {
  const titles = intersection(a.patchTitles, b.patchTitles);
  const fewest = Math.min(a.patchTitles.size, b.patchTitles.size);
  if (titles > 0 && titles / fewest >= overlapShare && titles >= Math.min(overlapTitles, fewest)) return true;
  if (a.title !== b.title) return false;
  const paths = intersection(a.paths, b.paths);
  return paths > 0 && paths / Math.min(a.paths.size, b.paths.size) >= overlapShare;
}

/** Alike enough to stand alone. A lone patch that went into a larger series later is not a revision of that series. */
function sharesMostPatches(a: Node, b: Node): boolean {
  const titles = intersection(a.patchTitles, b.patchTitles);
  return titles >= overlapTitles && titles / Math.max(a.patchTitles.size, b.patchTitles.size) >= overlapShare;
}

function intersection(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let shared = 0;
  for (const value of a.size < b.size ? a : b) if ((a.size < b.size ? b : a).has(value)) shared++;
  return shared;
}

/** Older first: by date where both have one; else RFC before the real thing, then version, then place among the sources. */
function compareRevisions(a: Posting, b: Posting): number {
  const [first, second] = [a.revision, b.revision];
  if (first.date !== null && second.date !== null && first.date !== second.date) return first.date < second.date ? -1 : 1;
  if (first.rfc !== second.rfc) return first.rfc ? -1 : 1;
  if (first.version !== second.version) return first.version - second.version;
  if (first.resend !== second.resend) return first.resend ? 1 : -1;
  return a.source - b.source || b.position - a.position;
}

/** Newer first: by date where both have one; else the later source, then the place within it (newest mail first). */
function comparePlaces(a: Posting, b: Posting): number {
  const [first, second] = [a.revision.date, b.revision.date];
  if (first !== null && second !== null && first !== second) return first < second ? 1 : -1;
  return b.source - a.source || a.position - b.position;
}

function lastOf(group: readonly Node[]): Node {
  const last = group.at(-1);
  if (!last) throw new Error("a group has at least one node");
  return last;
}

/** 12 hex digits of SHA-256 over the Message-ID of a revision's first mail (digest: title LF author). */
export function seriesId(revision: Revision, sha256: Sha256): string {
  return sha256(firstMailText(revision)).slice(0, 12);
}

/**
 * Two works of one author can open with the same title and no Message-ID. The newer one keeps the plain id, since the
 * other is what people look for less; what is hashed in addition does not depend on the order of the sources.
 */
function uniqueId(group: readonly Node[], sha256: Sha256, used: ReadonlySet<string>): string {
  const oldest = group[0]?.posting.revision;
  if (!oldest) throw new Error("a group has at least one node");
  const id = seriesId(oldest, sha256);
  if (!used.has(id)) return id;
  return sha256([firstMailText(oldest), oldest.version, oldest.expected, ...oldest.files].join("\n")).slice(0, 12);
}

function toSeries(group: readonly Node[], id: string, sha256: Sha256, subsystemOf: SubsystemOf): Series {
  const revisions = group.map(({ posting }) => posting.revision);
  const links: RevisionLink[] = [];
  for (const [to, node] of group.entries()) {
    // The nearest older revision that there is evidence for; one joined only through a newer one has its link from there.
    for (let from = to - 1; from >= 0; from--) {
      const older = group[from];
      const evidence = older ? evidenceBetween(older, node) : [];
      if (evidence.length === 0) continue;
      links.push({ from, to, evidence });
      break;
    }
  }
  const elsewhere = elsewhereOf(group);
  const messageIds = [...revisions.flatMap(messageIdsOf), ...elsewhere.map(({ messageId }) => messageId)];
  const aliases = [...new Set([...revisions.map((revision) => seriesId(revision, sha256)), ...messageIds])].filter((alias) => alias !== id);
  const series = { id, aliases, title: "", subsystem: "", status: "new" as const, revisions, elsewhere, links };
  const newest = newestRevision(series);
  return { ...series, title: newest.title, subsystem: subsystemOf(newest) };
}

function messageIdsOf(revision: Revision): string[] {
  return [revision.messageId, ...revision.patches.map(({ messageId }) => messageId)].filter((id) => id !== null);
}

/** Revisions known only by a link, oldest first: cited, and neither read by Message-ID nor standing there by their version. */
function elsewhereOf(group: readonly Node[]): ElsewhereRevision[] {
  const found = new Map<string, ElsewhereRevision>();
  const ids = new Set(group.flatMap(({ posting }) => messageIdsOf(posting.revision)));
  for (const { citations, posting } of group) {
    for (const { version, rfc, messageId, url } of citations) {
      const there = group.some(
        ({ posting: other }) => other !== posting && other.revision.messageId === null && isVersion(other.revision, version, rfc),
      );
      if (!ids.has(messageId) && !there && !found.has(messageId)) found.set(messageId, { version, rfc, messageId, url });
    }
  }
  return [...found.values()].sort((a, b) => Number(b.rfc) - Number(a.rfc) || a.version - b.version);
}

function isVersion(revision: Revision, version: number, rfc: boolean): boolean {
  return revision.version === version && (revision.rfc || !rfc);
}

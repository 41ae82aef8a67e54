/**
 * Makes series from postings: which postings are revisions of one series, in which order, and the links between them with their
 * evidence.
 */
import { type ElsewhereRevision, lastSent, type LinkEvidence, type Revision, type RevisionLink, type Series } from "../series/series";
import { mailStatus } from "../series/status";
import { eachInSteps, finished, mapInSteps, type Steps } from "../steps";
import { withCarriedTrailers } from "./carriedTrailers";
import { type Correction, correctionName, namesDigestPosting } from "./corrections";
import {
  continuesSeries,
  evidenceBetween,
  evidenceOrder,
  hasCover,
  nameBranchWorks,
  namesPosting,
  type PostingNode,
  toPostingNode,
} from "./evidence";
import { comparePostings, compareUndatedPostings, idLength, type Posting, seriesId, type Sha256 } from "./posting";
import { compareTexts, stableTopologicalSort } from "./threads";

/** The subsystem of a series, decided by its newest revision; see core/subsystem/subsystem.ts. */
export type SubsystemOf = (revision: Revision) => string;

/**
 * Joins postings into series. The order of the postings does not matter; each knows its place among the sources.
 *
 * @returns series, newest first by their newest revision's date, then later source, then place in it, then id
 */
export function assembleSeries(
  postings: readonly Posting[],
  sha256: Sha256,
  subsystemOf: SubsystemOf,
  corrections: readonly Correction[] = [],
): Series[] {
  return finished(seriesSteps(postings, sha256, subsystemOf, corrections));
}

/** As `assembleSeries`, in steps. */
export function* seriesSteps(
  postings: readonly Posting[],
  sha256: Sha256,
  subsystemOf: SubsystemOf,
  corrections: readonly Correction[] = [],
): Steps<Series[]> {
  const nodes = yield* mapInSteps(postings, toPostingNode);
  nameBranchWorks(nodes);
  const joined = yield* joinPostings(nodes, corrections, sha256);
  const groups = yield* mapInSteps(joined.groups, orderRevisions);
  const sent = new Map(groups.map((group) => [group, lastSent({ revisions: group.map(({ posting }) => posting.revision) }) ?? ""]));
  groups.sort((a, b) => compareTexts(sent.get(b) ?? "", sent.get(a) ?? "") || comparePlaces(lastOf(a).posting, lastOf(b).posting));
  const ownIds = yield* mapInSteps(groups, (group) => group.map(({ posting }) => seriesId(posting.revision, sha256)));
  const ids = seriesIds(groups, ownIds, sha256);
  return yield* mapInSteps(groups, (group, at) => {
    const ownNames = group.flatMap(({ posting: { revision } }) => (revision.messageId === null ? correctionName(revision, sha256) : []));
    const named = { id: ids[at] ?? "", ownIds: ownIds[at] ?? [], ownNames };
    return toSeries(group, named, linksOf(group, joined.pairsOf(group), joined.evidenceOf), subsystemOf);
  });
}

/** The later source first, then the place within it (newest mail first). */
function comparePlaces(a: Posting, b: Posting): number {
  return b.source - a.source || a.position - b.position;
}

function lastOf(group: readonly PostingNode[]): PostingNode {
  const last = group.at(-1);
  if (!last) throw new Error("a group has at least one node");
  return last;
}

/**
 * The ids of some series. Two works of one author can begin with the same title and no Message-ID. Then the one with the earliest
 * date keeps the plain id; without dates their contents decide, so that the order of the sources does not matter.
 */
function seriesIds(groups: ReadonlyArray<readonly PostingNode[]>, ownIds: ReadonlyArray<readonly string[]>, sha256: Sha256): string[] {
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
    const [, ...others] = rivals.sort((a, b) => compareTexts(texts.get(a) ?? "", texts.get(b) ?? ""));
    for (const at of others) {
      let text = texts.get(at) ?? "";
      // Even this id may be taken in theory; then it is hashed again until it is free.
      while (taken.has(sha256(text).slice(0, idLength))) text = sha256(text);
      ids[at] = sha256(text).slice(0, idLength);
      taken.add(ids[at]);
    }
  }
  return ids;
}

/** Everything that a revision says, as a text that sorts the oldest first and undated ones last. */
function rivalText(revision: Revision | undefined): string {
  if (!revision) return "";
  const { date, version, expected, prefixes, files, cover, patches } = revision;
  const said = [cover?.subject, cover?.body, ...patches.flatMap(({ title, message }) => [title, message])];
  return [date ?? "~", version, expected, ...prefixes, ...files, ...said].join("\n");
}

interface SeriesIds {
  readonly id: string;
  /** The ids that its revisions would have alone. */
  readonly ownIds: readonly string[];
  /** The names that corrections use for revisions without a Message-ID. */
  readonly ownNames: readonly string[];
}

function toSeries(
  group: readonly PostingNode[],
  { id, ownIds, ownNames }: SeriesIds,
  links: RevisionLink[],
  subsystemOf: SubsystemOf,
): Series {
  const revisions = withCarriedTrailers(group.map(({ posting }) => posting.revision));
  const elsewhere = elsewhereOf(group);
  const cited = group.flatMap(({ citations }) => citations.map(({ messageId }) => messageId));
  const others = group.flatMap(({ posting }) => [...posting.signs.messageIds]);
  const messageIds = [...revisions.flatMap(messageIdsOf), ...cited, ...others];
  const aliases = [...new Set([...ownIds, ...ownNames, ...messageIds])].filter((alias) => alias !== id);
  const newest = lastOf(group).posting.revision;
  const status = mailStatus(revisions.at(-1) ?? newest);
  return { id, aliases, title: newest.title, subsystem: subsystemOf(newest), status, revisions, elsewhere, links };
}

/**
 * The fewest links that join all revisions, each between the nearest two with evidence. These are usually a revision and the one
 * before, but a revision may be joined only through a newer one that cites it.
 */
function linksOf(group: readonly PostingNode[], pairs: readonly NodePair[], evidenceOf: EvidenceOf): RevisionLink[] {
  const links: RevisionLink[] = [];
  const places = new Map(group.map((node, at) => [node, at]));
  const spans = pairs.map(([a, b]) => {
    const [first, second] = [places.get(a) ?? 0, places.get(b) ?? 0];
    return { from: Math.min(first, second), to: Math.max(first, second) };
  });
  spans.sort((a, b) => a.to - a.from - (b.to - b.from) || a.from - b.from);
  const parts = new PostingGroups(group);
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

/** Revisions that are known only by a link, oldest first: neither their Message-ID nor, in a digest, their version is here. */
function elsewhereOf(group: readonly PostingNode[]): ElsewhereRevision[] {
  if (group.every(({ citations }) => citations.length === 0)) return [];
  const found = new Map<string, ElsewhereRevision>();
  const ids = new Set(group.flatMap(citableIds));
  // A digest identifies postings only by their version.
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

/**
 * The Message-IDs by which a link may mean a posting that is here: those of its mails, of answers to it, and of a cover letter
 * that only its patches name.
 */
function citableIds(node: PostingNode): string[] {
  const { revision, signs } = node.posting;
  const covers = signs.absent.filter((id) => hasCover(node, id));
  return [...messageIdsOf(revision), ...signs.messageIds, ...signs.answerIds, ...covers];
}

// Postings are one series if there is evidence between them, directly or through others, or if a person joined them.

/** All evidence that two postings are the same work, strongest first; [] if there is none or somebody split them. */
type EvidenceOf = (a: PostingNode, b: PostingNode) => readonly LinkEvidence[];

type NodePair = readonly [PostingNode, PostingNode];

interface JoinedPostings {
  readonly groups: readonly PostingNode[][];
  readonly evidenceOf: EvidenceOf;
  /** The pairs within a group between which there may be evidence. */
  readonly pairsOf: (group: readonly PostingNode[]) => readonly NodePair[];
}

/** Joins nodes into groups; the order of the nodes does not matter. */
function* joinPostings(nodes: readonly PostingNode[], corrections: readonly Correction[], sha256: Sha256): Steps<JoinedPostings> {
  const manual = new ManualLinks(nodes, corrections, sha256);
  const continued = new Map<PostingNode, PostingNode>();
  const evidenceOf: EvidenceOf = (a, b) => {
    if (manual.isSplit(a, b)) return [];
    const evidence = evidenceBetween(a, b);
    if (evidence.length === 0 && (continued.get(a) === b || continued.get(b) === a)) evidence.push("overlap");
    return manual.isJoined(a, b) ? ["by-hand", ...evidence] : evidence;
  };
  const groups = new PostingGroups(nodes, manual.splits);
  const pairs = yield* candidatePairs(nodes);
  for (const [a, b] of manual.joins) groups.join(a, b);
  if (manual.splits.length === 0) {
    yield* eachInSteps(pairs, ([a, b]) => {
      if (!groups.areOne(a, b) && evidenceBetween(a, b).length > 0) groups.join(a, b);
    });
  } else joinApart(pairs, groups, evidenceOf);
  joinContinued(pairs, groups, continued);
  const pairsIn = new Map<readonly PostingNode[], NodePair[]>();
  for (const pair of [...pairs, ...manual.joins, ...continued]) {
    if (!groups.areOne(...pair)) continue;
    const group = groups.of(pair[0]);
    const known = pairsIn.get(group);
    if (known) known.push(pair);
    else pairsIn.set(group, [pair]);
  }
  const pairsOf = ([node]: readonly PostingNode[]): readonly NodePair[] => (node && pairsIn.get(groups.of(node))) ?? [];
  return { groups: groups.all(), evidenceOf, pairsOf };
}

/** Joins the strongest evidence first, so that postings which were split do not come together through a third one. */
function joinApart(pairs: readonly NodePair[], groups: PostingGroups, evidenceOf: EvidenceOf): void {
  const edges = pairs.flatMap(([a, b]) => {
    const [strongest] = evidenceOf(a, b);
    if (strongest === undefined) return [];
    const order = [a, b]
      .map(({ posting }) => posting.signs.order)
      .sort()
      .join(" ");
    return [{ a, b, rank: evidenceOrder.indexOf(strongest), gap: dateGap(a, b), order }];
  });
  edges.sort((x, y) => x.rank - y.rank || x.gap - y.gap || compareTexts(x.order, y.order));
  for (const { a, b } of edges) if (groups.mayJoin(a, b)) groups.join(a, b);
}

/** Series of more revisions than this are not searched for a gap. */
const mostRevisions = 64;

/** Joins a series that begins with a later version to the one that it continues, the nearest in time first. */
function joinContinued(pairs: readonly NodePair[], groups: PostingGroups, continued: Map<PostingNode, PostingNode>): void {
  const edges = pairs.flatMap(([a, b]) => {
    if (groups.areOne(a, b)) return [];
    const [older, newer] = comparePostings(a.posting, b.posting) <= 0 ? [a, b] : [b, a];
    if (!continuesSeries(newer, older)) return [];
    const order = `${newer.posting.signs.order} ${older.posting.signs.order}`;
    return [{ newer, older, gap: dateGap(newer, older), order }];
  });
  edges.sort((x, y) => x.gap - y.gap || compareTexts(x.order, y.order));
  for (const { newer, older } of edges) {
    if (groups.areOne(newer, older) || !groups.mayJoin(newer, older)) continue;
    if (groups.ends(newer).first !== newer) continue;
    if (groups.ends(older).last !== older && !fillsGap(groups.of(newer), older, groups.of(older))) continue;
    groups.join(newer, older);
    continued.set(newer, older);
  }
}

/**
 * Whether other revisions stand between a revision of a series and its next one, by date and by version. For example, a lone
 * patch that was sent as two patches in one version is joined over that version by its title.
 */
function fillsGap(between: readonly PostingNode[], older: PostingNode, series: readonly PostingNode[]): boolean {
  if (between.length + series.length > mostRevisions) return false;
  const later = series.filter((one) => comparePostings(one.posting, older.posting) > 0);
  return later.every(({ posting }) =>
    between.every(
      (one) =>
        comparePostings(one.posting, posting) < 0 &&
        one.posting.revision.version < posting.revision.version &&
        one.posting.revision.rfc === posting.revision.rfc,
    ),
  );
}

function dateGap(a: PostingNode, b: PostingNode): number {
  const [first, second] = [a.posting.revision.date, b.posting.revision.date];
  return first === null || second === null ? 0 : Math.abs(Date.parse(first) - Date.parse(second));
}

/** The corrections that name postings which are here. */
class ManualLinks {
  readonly joins: readonly NodePair[];
  readonly splits: readonly NodePair[];
  readonly #joined: ReadonlyMap<PostingNode, ReadonlySet<PostingNode>>;
  readonly #split: ReadonlyMap<PostingNode, ReadonlySet<PostingNode>>;

  constructor(nodes: readonly PostingNode[], corrections: readonly Correction[], sha256: Sha256) {
    const named = new Set(corrections.flatMap(({ first, second }) => [first, second]));
    const nodeOf = new Map<string, PostingNode>();
    if (named.size > 0) for (const node of nodes) for (const id of node.posting.signs.messageIds) if (named.has(id)) nodeOf.set(id, node);
    if (corrections.some(namesDigestPosting)) for (const node of nodes) nameDigestPosting(node, nodeOf, sha256);
    const pairs = (kind: Correction["kind"]): NodePair[] =>
      corrections.flatMap((one) => {
        const [first, second] = [nodeOf.get(one.first), nodeOf.get(one.second)];
        return one.kind === kind && first && second && first !== second ? [[first, second] as const] : [];
      });
    this.joins = pairs("join");
    this.splits = pairs("split");
    this.#joined = bothWays(this.joins);
    this.#split = bothWays(this.splits);
  }

  isJoined(a: PostingNode, b: PostingNode): boolean {
    return this.#joined.get(a)?.has(b) === true;
  }

  isSplit(a: PostingNode, b: PostingNode): boolean {
    return this.#split.get(a)?.has(b) === true;
  }
}

/** Finds a digest's posting by its name; if two postings share it, the older one has it. */
function nameDigestPosting(node: PostingNode, nodeOf: Map<string, PostingNode>, sha256: Sha256): void {
  const { revision } = node.posting;
  if (revision.messageId !== null) return;
  const name = correctionName(revision, sha256);
  const known = nodeOf.get(name);
  if (!known || comparePostings(node.posting, known.posting) < 0) nodeOf.set(name, node);
}

function bothWays(pairs: readonly NodePair[]): Map<PostingNode, Set<PostingNode>> {
  const found = new Map<PostingNode, Set<PostingNode>>();
  for (const [a, b] of pairs) {
    found.set(a, (found.get(a) ?? new Set()).add(b));
    found.set(b, (found.get(b) ?? new Set()).add(a));
  }
  return found;
}

/**
 * The pairs of nodes that are worth comparing, each once: those that share a title, a cited or own Message-ID, or the title of a
 * patch. A key pairs a node with a bounded number of others, so the number of pairs grows like that of the keys.
 */
function* candidatePairs(nodes: readonly PostingNode[]): Steps<NodePair[]> {
  const mixed = nodes.some(({ posting }) => posting.signs.tree === null);
  const sharing = new Map<string, number[]>();
  yield* eachInSteps(nodes, (node, at) => {
    for (const key of candidateKeys(node, mixed)) {
      const known = sharing.get(key);
      if (!known) sharing.set(key, [at]);
      // The titles of one posting may repeat.
      else if (known.at(-1) !== at && known.length <= mostSharing) known.push(at);
    }
  });
  const seen = new Set<number>();
  const pairs: NodePair[] = [];
  for (const bucket of sharing.values()) {
    if (bucket.length > mostSharing) continue;
    for (const [place, first] of bucket.entries()) {
      for (let next = place + 1; next < bucket.length; next++) {
        const second = bucket[next] ?? first;
        const pair = first * nodes.length + second;
        const [a, b] = [nodes[first], nodes[second]];
        if (!a || !b || seen.has(pair)) continue;
        seen.add(pair);
        pairs.push([a, b]);
      }
    }
  }
  return pairs;
}

/** Postings of mails have keys. If there are digests too, all postings are also found by what a digest knows. */
function candidateKeys(node: PostingNode, mixed: boolean): Iterable<string> {
  const { revision, signs } = node.posting;
  if (!mixed) return signs.keys;
  const keys = [node.title, ...node.titles];
  for (const { messageId } of node.citations) keys.push(`<${messageId}>`);
  keys.push(...signs.keys);
  if (revision.messageId !== null) keys.push(`<${revision.messageId}>`);
  for (const { messageId } of revision.patches) if (messageId !== null) keys.push(`<${messageId}>`);
  return keys;
}

/** A title that more postings share ("[GIT PULL] KVM fixes") tells nothing, and comparing all pairs would take quadratic time. */
const mostSharing = 64;

// Groups of postings while they are being joined into series. A question takes the same time however large the groups are.

/** The known facts of a group. */
interface PostingGroup {
  readonly nodes: PostingNode[];
  /** Nodes that must not come into the group. */
  readonly foes: Set<PostingNode>;
  first: PostingNode;
  last: PostingNode;
}

class PostingGroups {
  readonly #groupOf: Map<PostingNode, PostingGroup>;

  /** @param apart pairs that must not come together */
  constructor(nodes: readonly PostingNode[], apart: ReadonlyArray<readonly [PostingNode, PostingNode]> = []) {
    this.#groupOf = new Map(nodes.map((node) => [node, { nodes: [node], foes: new Set(), first: node, last: node }]));
    for (const [one, other] of apart) {
      this.#groupOf.get(one)?.foes.add(other);
      this.#groupOf.get(other)?.foes.add(one);
    }
  }

  areOne(a: PostingNode, b: PostingNode): boolean {
    return this.#groupOf.get(a) === this.#groupOf.get(b);
  }

  /** Whether joining two nodes brings none together that must stay apart. */
  mayJoin(a: PostingNode, b: PostingNode): boolean {
    const [small, large] = this.#bySize(a, b, ({ foes }) => foes.size);
    if (!small || !large) return true;
    for (const foe of small.foes) if (this.#groupOf.get(foe) === large) return false;
    return true;
  }

  join(a: PostingNode, b: PostingNode): void {
    const [from, into] = this.#bySize(a, b, ({ nodes }) => nodes.length);
    if (!from || !into || from === into) return;
    for (const node of from.nodes) {
      into.nodes.push(node);
      this.#groupOf.set(node, into);
    }
    for (const foe of from.foes) into.foes.add(foe);
    if (comparePostings(from.first.posting, into.first.posting) < 0) into.first = from.first;
    if (comparePostings(from.last.posting, into.last.posting) > 0) into.last = from.last;
  }

  #bySize(
    a: PostingNode,
    b: PostingNode,
    sizeOf: (group: PostingGroup) => number,
  ): readonly [PostingGroup | undefined, PostingGroup | undefined] {
    const [one, other] = [this.#groupOf.get(a), this.#groupOf.get(b)];
    return one && other && sizeOf(one) > sizeOf(other) ? [other, one] : [one, other];
  }

  /** The group a node is in. */
  of(node: PostingNode): readonly PostingNode[] {
    return this.#groupOf.get(node)?.nodes ?? [node];
  }

  /** The oldest and the newest node of the group a node is in. */
  ends(node: PostingNode): Pick<PostingGroup, "first" | "last"> {
    return this.#groupOf.get(node) ?? { first: node, last: node };
  }

  all(): PostingNode[][] {
    return [...new Set(this.#groupOf.values())].map(({ nodes }) => nodes);
  }
}

// The order of the revisions. Dates tell it, but clocks are wrong: a posting that answers another, names it in its changelog
// or has a higher version came later, whatever the dates say.

/** The revisions of a series, oldest first. */
function orderRevisions(group: readonly PostingNode[]): PostingNode[] {
  if (group.length === 1) return [...group];
  // Dates decide only if all revisions have one; dated and undated ones cannot be put into one order by date.
  const isDated = group.every(({ posting }) => posting.revision.date !== null);
  const compare = isDated ? comparePostings : compareUndatedPostings;
  const sorted = [...group].sort((a, b) => compare(a.posting, b.posting));
  const byId = new Map<string, PostingNode>();
  for (const node of sorted) for (const id of node.posting.signs.messageIds) byId.set(id, node);
  const before = versionsBefore(sorted);
  return stableTopologicalSort(sorted, (node) => {
    const { answers } = node.posting.signs;
    const ids = [...(answers === null ? [] : [answers]), ...node.citations.map(({ messageId }) => messageId)];
    const named = ids.map((id) => byId.get(id)).filter((one) => one !== undefined && one !== node && !namesPosting(one, node));
    return [...named, before.get(node)].filter((one) => one !== undefined);
  });
}

/**
 * For each revision, the one that its version puts before it: the first posting of the next lower version. If a lower version was
 * posted again after a higher one, its date places it. RFCs are numbered on their own.
 */
function versionsBefore(sorted: readonly PostingNode[]): Map<PostingNode, PostingNode> {
  const before = new Map<PostingNode, PostingNode>();
  for (const rfc of [true, false]) {
    const firsts: PostingNode[] = [];
    for (const node of sorted.filter(({ posting }) => posting.revision.rfc === rfc).sort(byVersion)) {
      const last = firsts.at(-1);
      if (!last || byVersion(last, node) !== 0) firsts.push(node);
      const below = byVersion(firsts.at(-1) ?? node, node) === 0 ? firsts.at(-2) : firsts.at(-1);
      if (below) before.set(node, below);
    }
  }
  return before;
}

function byVersion({ posting: { revision: a } }: PostingNode, { posting: { revision: b } }: PostingNode): number {
  return a.version - b.version || (a.point ?? 0) - (b.point ?? 0);
}

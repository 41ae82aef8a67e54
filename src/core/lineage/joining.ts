/** Which postings are one series: those with evidence between them, directly or through others, and what people corrected. */
import type { Correction } from "./corrections";
import { continues } from "./continuing";
import { comparePair, evidenceBetween, evidenceOrder, type Node } from "./evidence";
import { Groups } from "./groups";
import { compareTexts } from "../assembly/threads";
import type { LinkEvidence } from "../series/series";

/** All evidence that two postings are the same work, strongest first; [] where there is none or somebody split them. */
export type EvidenceOf = (a: Node, b: Node) => readonly LinkEvidence[];

export type NodePair = readonly [Node, Node];

export interface JoinedNodes {
  readonly groups: readonly Node[][];
  readonly evidenceOf: EvidenceOf;
  /** The pairs within a group between which there may be evidence. */
  readonly pairsOf: (group: readonly Node[]) => readonly NodePair[];
}

/** Joins nodes into groups; the order of the nodes does not matter. */
export function joinNodes(nodes: readonly Node[], corrections: readonly Correction[]): JoinedNodes {
  const manual = new Manual(nodes, corrections);
  const continued = new Map<Node, Node>();
  const evidenceOf: EvidenceOf = (a, b) => {
    if (manual.isSplit(a, b)) return [];
    const evidence = evidenceBetween(a, b);
    if (evidence.length === 0 && (continued.get(a) === b || continued.get(b) === a)) evidence.push("overlap");
    return manual.isJoined(a, b) ? ["by-hand", ...evidence] : evidence;
  };
  const groups = new Groups(nodes, manual.splits);
  const pairs = candidatePairs(nodes);
  for (const [a, b] of manual.joins) groups.join(a, b);
  if (manual.splits.length === 0) {
    for (const [a, b] of pairs) if (!groups.areOne(a, b) && evidenceBetween(a, b).length > 0) groups.join(a, b);
  } else joinApart(pairs, groups, evidenceOf);
  joinContinued(pairs, groups, continued);
  const pairsIn = new Map<readonly Node[], NodePair[]>();
  for (const pair of [...pairs, ...manual.joins, ...continued]) {
    if (!groups.areOne(...pair)) continue;
    const group = groups.of(pair[0]);
    const known = pairsIn.get(group);
    if (known) known.push(pair);
    else pairsIn.set(group, [pair]);
  }
  const pairsOf = ([node]: readonly Node[]): readonly NodePair[] => (node && pairsIn.get(groups.of(node))) ?? [];
  return { groups: groups.all(), evidenceOf, pairsOf };
}

/** What was split must not come together through a third posting: the strongest evidence joins first, as long as it may. */
function joinApart(pairs: readonly NodePair[], groups: Groups, evidenceOf: EvidenceOf): void {
  const edges = pairs.flatMap(([a, b]) => {
    const [strongest] = evidenceOf(a, b);
    if (strongest === undefined) return [];
    const order = [a, b]
      .map(({ posting }) => posting.signs?.order ?? "")
      .sort()
      .join(" ");
    return [{ a, b, rank: evidenceOrder.indexOf(strongest), gap: dateGap(a, b), order }];
  });
  edges.sort((x, y) => x.rank - y.rank || x.gap - y.gap || compareTexts(x.order, y.order));
  for (const { a, b } of edges) if (groups.mayJoin(a, b)) groups.join(a, b);
}

/** A series of more revisions than this has no gap that one more could fill. */
const mostRevisions = 64;

/** Joins a series that begins with a later version to the one it goes on from, the nearest in time first. */
function joinContinued(pairs: readonly NodePair[], groups: Groups, continued: Map<Node, Node>): void {
  const edges = pairs.flatMap(([a, b]) => {
    if (groups.areOne(a, b)) return [];
    const [older, newer] = comparePair(a.posting, b.posting) <= 0 ? [a, b] : [b, a];
    if (!continues(newer, older)) return [];
    const order = `${newer.posting.signs?.order ?? ""} ${older.posting.signs?.order ?? ""}`;
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
 * Whether revisions stand between one revision of a series and its next one, by date and by version: a lone patch that had
 * a second one beside it for one version, say, is joined over that version by its title.
 */
function fillsGap(between: readonly Node[], older: Node, series: readonly Node[]): boolean {
  if (between.length + series.length > mostRevisions) return false;
  const later = series.filter((one) => comparePair(one.posting, older.posting) > 0);
  return later.every(({ posting }) =>
    between.every(
      (one) =>
        comparePair(one.posting, posting) < 0 &&
        one.posting.revision.version < posting.revision.version &&
        one.posting.revision.rfc === posting.revision.rfc,
    ),
  );
}

function dateGap(a: Node, b: Node): number {
  const [first, second] = [a.posting.revision.date, b.posting.revision.date];
  return first === null || second === null ? 0 : Math.abs(Date.parse(first) - Date.parse(second));
}

/** The corrections that name postings which are here. */
class Manual {
  readonly joins: readonly NodePair[];
  readonly splits: readonly NodePair[];
  private readonly joined: ReadonlyMap<Node, ReadonlySet<Node>>;
  private readonly split: ReadonlyMap<Node, ReadonlySet<Node>>;

  constructor(nodes: readonly Node[], corrections: readonly Correction[]) {
    const named = new Set(corrections.flatMap(({ first, second }) => [first, second]));
    const nodeOf = new Map<string, Node>();
    if (named.size > 0) for (const node of nodes) for (const id of idsOf(node)) if (named.has(id)) nodeOf.set(id, node);
    const pairs = (kind: Correction["kind"]): NodePair[] =>
      corrections.flatMap((one) => {
        const [first, second] = [nodeOf.get(one.first), nodeOf.get(one.second)];
        return one.kind === kind && first && second && first !== second ? [[first, second] as const] : [];
      });
    this.joins = pairs("join");
    this.splits = pairs("split");
    this.joined = bothWays(this.joins);
    this.split = bothWays(this.splits);
  }

  isJoined(a: Node, b: Node): boolean {
    return this.joined.get(a)?.has(b) === true;
  }

  isSplit(a: Node, b: Node): boolean {
    return this.split.get(a)?.has(b) === true;
  }
}

function bothWays(pairs: readonly NodePair[]): Map<Node, Set<Node>> {
  const found = new Map<Node, Set<Node>>();
  for (const [a, b] of pairs) {
    found.set(a, (found.get(a) ?? new Set()).add(b));
    found.set(b, (found.get(b) ?? new Set()).add(a));
  }
  return found;
}

function idsOf({ posting: { revision, signs } }: Node): Iterable<string> {
  return signs?.messageIds ?? [revision.messageId, ...revision.patches.map(({ messageId }) => messageId)].filter((id) => id !== null);
}

/**
 * Nodes worth comparing, each pair once: those that share a title, a cited or own Message-ID, or the title of a patch. Each
 * key brings a node together with a bounded number of others, so there are as many pairs as there are keys, times that.
 */
function candidatePairs(nodes: readonly Node[]): NodePair[] {
  const mixed = nodes.some(({ posting }) => !posting.signs);
  const sharing = new Map<string, number[]>();
  for (const [at, node] of nodes.entries()) {
    for (const key of candidateKeys(node, mixed)) {
      const known = sharing.get(key);
      if (!known) sharing.set(key, [at]);
      // The titles of one posting may repeat.
      else if (known.at(-1) !== at && known.length <= mostSharing) known.push(at);
    }
  }
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

/** Postings of mails bring their keys; where there are digests too, they must find those by what a digest knows. */
function candidateKeys(node: Node, mixed: boolean): Iterable<string> {
  const { revision, signs } = node.posting;
  if (signs && !mixed) return signs.keys;
  const keys = [node.title, ...node.titles];
  for (const { messageId } of node.citations) keys.push(`<${messageId}>`);
  if (signs) keys.push(...signs.keys);
  if (revision.messageId !== null) keys.push(`<${revision.messageId}>`);
  for (const { messageId } of revision.patches) if (messageId !== null) keys.push(`<${messageId}>`);
  return keys;
}

/** A title that more postings share ("[GIT PULL] KVM fixes") tells nothing, and comparing each pair would take for ever. */
const mostSharing = 64;

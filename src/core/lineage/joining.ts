/** Which postings are one series: those with evidence between them, directly or through others, and what people corrected. */
import type { Correction } from "./corrections";
import { continues } from "./continuing";
import { comparePair, evidenceBetween, evidenceOrder, type Node } from "./evidence";
import { compareTexts } from "../assembly/threads";
import type { LinkEvidence } from "../series/series";

/** All evidence that two postings are the same work, strongest first; [] where there is none or somebody split them. */
export type EvidenceOf = (a: Node, b: Node) => readonly LinkEvidence[];

export interface JoinedNodes {
  readonly groups: readonly Node[][];
  readonly evidenceOf: EvidenceOf;
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
  const groups = new Groups(nodes);
  const buckets = candidates(nodes);
  for (const [a, b] of manual.joins) groups.join(a, b);
  if (manual.splits.length === 0) {
    for (const bucket of buckets) {
      forEachPair(bucket, (a, b) => {
        if (!groups.areOne(a, b) && evidenceBetween(a, b).length > 0) groups.join(a, b);
      });
    }
  } else joinApart(buckets, groups, manual, evidenceOf);
  joinContinued(buckets, groups, manual, continued);
  return { groups: groups.all(), evidenceOf };
}

/** What was split must not come together through a third posting: the strongest evidence joins first, as long as it may. */
function joinApart(buckets: readonly Node[][], groups: Groups, manual: Manual, evidenceOf: EvidenceOf): void {
  const edges: Array<{ a: Node; b: Node; rank: number; gap: number; order: string }> = [];
  for (const bucket of buckets) {
    forEachPair(bucket, (a, b) => {
      const [strongest] = evidenceOf(a, b);
      if (strongest === undefined) return;
      const order = [a, b]
        .map(({ posting }) => posting.signs?.order ?? "")
        .sort()
        .join(" ");
      edges.push({ a, b, rank: evidenceOrder.indexOf(strongest), gap: dateGap(a, b), order });
    });
  }
  edges.sort((x, y) => x.rank - y.rank || x.gap - y.gap || compareTexts(x.order, y.order));
  for (const { a, b } of edges) {
    if (groups.areOne(a, b) || manual.splits.some(([one, other]) => groups.wouldJoin(a, b, one, other))) continue;
    groups.join(a, b);
  }
}

/** Joins a series that begins with a later version to the one it goes on from, the nearest in time first. */
function joinContinued(buckets: readonly Node[][], groups: Groups, manual: Manual, continued: Map<Node, Node>): void {
  const edges: Array<{ newer: Node; older: Node; gap: number; order: string }> = [];
  for (const bucket of buckets) {
    forEachPair(bucket, (a, b) => {
      if (groups.areOne(a, b)) return;
      const [older, newer] = comparePair(a.posting, b.posting) <= 0 ? [a, b] : [b, a];
      if (!continues(newer, older)) return;
      const order = `${newer.posting.signs?.order ?? ""} ${older.posting.signs?.order ?? ""}`;
      edges.push({ newer, older, gap: dateGap(newer, older), order });
    });
  }
  edges.sort((x, y) => x.gap - y.gap || compareTexts(x.order, y.order));
  for (const { newer, older } of edges) {
    const isBetween = groups.of(older).some((one) => comparePair(one.posting, older.posting) > 0);
    if (isBetween || groups.of(newer).some((one) => comparePair(one.posting, newer.posting) < 0) || groups.areOne(newer, older)) continue;
    if (manual.splits.some(([one, other]) => groups.wouldJoin(newer, older, one, other))) continue;
    groups.join(newer, older);
    continued.set(newer, older);
  }
}

function dateGap(a: Node, b: Node): number {
  const [first, second] = [a.posting.revision.date, b.posting.revision.date];
  return first === null || second === null ? 0 : Math.abs(Date.parse(first) - Date.parse(second));
}

function forEachPair(bucket: readonly Node[], act: (a: Node, b: Node) => void): void {
  bucket.forEach((a, at) => {
    for (let next = at + 1; next < bucket.length; next++) act(a, bucket[next] ?? a);
  });
}

/** Nodes in groups, and which group each is in. */
class Groups {
  private readonly groupOf: Map<Node, Node[]>;

  constructor(nodes: readonly Node[]) {
    this.groupOf = new Map(nodes.map((node) => [node, [node]]));
  }

  areOne(a: Node, b: Node): boolean {
    return this.groupOf.get(a) === this.groupOf.get(b);
  }

  /** Whether joining a and b would bring one and other together. */
  wouldJoin(a: Node, b: Node, one: Node, other: Node): boolean {
    return (this.areOne(a, one) && this.areOne(b, other)) || (this.areOne(a, other) && this.areOne(b, one));
  }

  join(a: Node, b: Node): void {
    if (this.areOne(a, b)) return;
    const [from = [], into = []] = [this.groupOf.get(a), this.groupOf.get(b)].sort((x = [], y = []) => x.length - y.length);
    for (const node of from) {
      into.push(node);
      this.groupOf.set(node, into);
    }
  }

  /** The group a node is in. */
  of(node: Node): readonly Node[] {
    return this.groupOf.get(node) ?? [node];
  }

  all(): Node[][] {
    return [...new Set(this.groupOf.values())];
  }
}

/** The corrections that name postings which are here. */
class Manual {
  readonly joins: ReadonlyArray<readonly [Node, Node]>;
  readonly splits: ReadonlyArray<readonly [Node, Node]>;

  constructor(nodes: readonly Node[], corrections: readonly Correction[]) {
    const named = new Set(corrections.flatMap(({ first, second }) => [first, second]));
    const nodeOf = new Map<string, Node>();
    if (named.size > 0) for (const node of nodes) for (const id of idsOf(node)) if (named.has(id)) nodeOf.set(id, node);
    const pairs = (kind: Correction["kind"]): Array<readonly [Node, Node]> =>
      corrections.flatMap((one) => {
        const [first, second] = [nodeOf.get(one.first), nodeOf.get(one.second)];
        return one.kind === kind && first && second && first !== second ? [[first, second] as const] : [];
      });
    this.joins = pairs("join");
    this.splits = pairs("split");
  }

  isJoined(a: Node, b: Node): boolean {
    return this.joins.some(([one, other]) => (one === a && other === b) || (one === b && other === a));
  }

  isSplit(a: Node, b: Node): boolean {
    return this.splits.some(([one, other]) => (one === a && other === b) || (one === b && other === a));
  }
}

function idsOf({ posting: { revision, signs } }: Node): Iterable<string> {
  return signs?.messageIds ?? [revision.messageId, ...revision.patches.map(({ messageId }) => messageId)].filter((id) => id !== null);
}

/** Nodes worth comparing: those that share a title, a cited or own Message-ID, or the title of a patch. */
function candidates(nodes: readonly Node[]): Node[][] {
  const mixed = nodes.some(({ posting }) => !posting.signs);
  const sharing = new Map<string, Node | Node[]>();
  const buckets: Node[][] = [];
  for (const node of nodes) {
    for (const key of candidateKeys(node, mixed)) {
      const known = sharing.get(key);
      if (!known) sharing.set(key, node);
      else if (Array.isArray(known)) {
        // The titles of one posting may repeat.
        if (known.at(-1) !== node) known.push(node);
      } else if (known !== node) {
        const bucket = [known, node];
        buckets.push(bucket);
        sharing.set(key, bucket);
      }
    }
  }
  return buckets.filter(({ length }) => length <= mostSharing);
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

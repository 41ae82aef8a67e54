/** Postings in groups while they are joined to series. Each question takes the same time however large the groups are. */
import { comparePair, type Node } from "./evidence";

/** What is known of a group. */
interface Group {
  readonly nodes: Node[];
  /** Nodes that must not come into it. */
  readonly foes: Set<Node>;
  first: Node;
  last: Node;
}

export class Groups {
  private readonly groupOf: Map<Node, Group>;

  /** @param apart pairs that must not come together */
  constructor(nodes: readonly Node[], apart: ReadonlyArray<readonly [Node, Node]> = []) {
    this.groupOf = new Map(nodes.map((node) => [node, { nodes: [node], foes: new Set(), first: node, last: node }]));
    for (const [one, other] of apart) {
      this.groupOf.get(one)?.foes.add(other);
      this.groupOf.get(other)?.foes.add(one);
    }
  }

  areOne(a: Node, b: Node): boolean {
    return this.groupOf.get(a) === this.groupOf.get(b);
  }

  /** Whether joining two nodes brings none together that must stay apart. */
  mayJoin(a: Node, b: Node): boolean {
    const [small, large] = this.bySize(a, b, ({ foes }) => foes.size);
    if (!small || !large) return true;
    for (const foe of small.foes) if (this.groupOf.get(foe) === large) return false;
    return true;
  }

  join(a: Node, b: Node): void {
    const [from, into] = this.bySize(a, b, ({ nodes }) => nodes.length);
    if (!from || !into || from === into) return;
    for (const node of from.nodes) {
      into.nodes.push(node);
      this.groupOf.set(node, into);
    }
    for (const foe of from.foes) into.foes.add(foe);
    if (comparePair(from.first.posting, into.first.posting) < 0) into.first = from.first;
    if (comparePair(from.last.posting, into.last.posting) > 0) into.last = from.last;
  }

  private bySize(a: Node, b: Node, sizeOf: (group: Group) => number): readonly [Group | undefined, Group | undefined] {
    const [one, other] = [this.groupOf.get(a), this.groupOf.get(b)];
    return one && other && sizeOf(one) > sizeOf(other) ? [other, one] : [one, other];
  }

  /** The group a node is in. */
  of(node: Node): readonly Node[] {
    return this.groupOf.get(node)?.nodes ?? [node];
  }

  /** The oldest and the newest node of the group a node is in. */
  ends(node: Node): Pick<Group, "first" | "last"> {
    return this.groupOf.get(node) ?? { first: node, last: node };
  }

  all(): Node[][] {
    return [...new Set(this.groupOf.values())].map(({ nodes }) => nodes);
  }
}

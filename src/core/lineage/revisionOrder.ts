/**
 * Which revision of a series is the newest. Dates tell, but clocks are wrong: an answer to a posting, one whose changelog
 * names it, and a higher version of it came later, whatever their dates say.
 */
import { comparePair, compareUndated, namesPosting, type Node } from "./evidence";
import { afterPrecursors } from "../assembly/precedence";

/** The revisions of a series, oldest first. */
export function oldestFirst(group: readonly Node[]): Node[] {
  if (group.length === 1) return [...group];
  // Dates decide only where all have one: some with and some without could not be put in one order.
  const isDated = group.every(({ posting }) => posting.revision.date !== null);
  const compare = isDated ? comparePair : compareUndated;
  const sorted = [...group].sort((a, b) => compare(a.posting, b.posting));
  const byId = new Map<string, Node>();
  for (const node of sorted) for (const id of node.posting.signs?.messageIds ?? []) byId.set(id, node);
  const before = versionsBefore(sorted);
  return afterPrecursors(sorted, (node) => {
    const { answers = null } = node.posting.signs ?? {};
    const ids = [...(answers === null ? [] : [answers]), ...node.citations.map(({ messageId }) => messageId)];
    const named = ids.map((id) => byId.get(id)).filter((one) => one !== undefined && one !== node && !namesPosting(one, node));
    return [...named, before.get(node)].filter((one) => one !== undefined);
  });
}

/**
 * What must stand before each by its version: the first posting of the version below. A lower version that was posted once
 * more after a higher one begins anew, and then its date tells. Comments were asked for (RFC) under numbers of their own.
 */
function versionsBefore(sorted: readonly Node[]): Map<Node, Node> {
  const before = new Map<Node, Node>();
  for (const rfc of [true, false]) {
    const firsts: Node[] = [];
    for (const node of sorted.filter(({ posting }) => posting.revision.rfc === rfc).sort(byVersion)) {
      const last = firsts.at(-1);
      if (!last || byVersion(last, node) !== 0) firsts.push(node);
      const below = byVersion(firsts.at(-1) ?? node, node) === 0 ? firsts.at(-2) : firsts.at(-1);
      if (below) before.set(node, below);
    }
  }
  return before;
}

function byVersion({ posting: { revision: a } }: Node, { posting: { revision: b } }: Node): number {
  return a.version - b.version || (a.point ?? 0) - (b.point ?? 0);
}

/**
 * Which postings with one change-id are one work. b4 keeps the change-id of a branch, and a branch may be used again for
 * other work: then the version starts again, and neither titles nor files are those of before.
 */
import { comparePair, intersection, type Node } from "./evidence";

/** One work in a branch, as far as its postings were looked at. */
interface Work {
  readonly name: string;
  readonly paths: Set<string>;
  version: number;
  onlyRfc: boolean;
}

/** Gives each node the name of the work that its change-id stands for; the order of the nodes does not matter. */
export function nameWorks(nodes: readonly Node[]): void {
  const branches = new Map<string, Node[]>();
  for (const node of nodes) {
    const id = node.posting.signs?.changeId ?? null;
    if (id === null) continue;
    const known = branches.get(id);
    if (known) known.push(node);
    else branches.set(id, [node]);
  }
  for (const [id, branch] of branches) nameWorksOf(id, branch);
}

function nameWorksOf(id: string, branch: readonly Node[]): void {
  const titled = new Map<string, Work>();
  let last: Work | null = null;
  let count = 0;
  for (const node of [...branch].sort((a, b) => comparePair(a.posting, b.posting))) {
    const titles = [node.title, ...node.titles].filter((title) => title !== "");
    // Work that was left may go on after other work was sent from its branch.
    const same = titles.map((title) => titled.get(title)).find((work) => work !== undefined);
    const work: Work =
      same ?? (last === null || startsAgain(node, last) ? { name: `${id} ${++count}`, paths: new Set(), version: 0, onlyRfc: true } : last);
    work.version = node.posting.revision.version;
    work.onlyRfc &&= node.posting.revision.rfc;
    for (const path of node.paths) work.paths.add(path);
    for (const title of titles) if (!titled.has(title)) titled.set(title, work);
    node.work = work.name;
    last = work;
  }
}

/** Whether the numbers and the files say that a posting is other work; its titles are new already. */
function startsAgain({ posting: { revision }, paths }: Node, work: Work): boolean {
  if (revision.version > work.version || revision.resend || (work.onlyRfc && !revision.rfc)) return false;
  return paths.size > 0 && work.paths.size > 0 && intersection(paths, work.paths) * 2 <= Math.min(paths.size, work.paths.size);
}

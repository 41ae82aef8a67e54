/** The comments on a patch as threads, one for each line of its diff. */
import type { PatchComment } from "./patchComments";
import type { LinePlace } from "./quotableLines";

export interface LineThread {
  readonly place: LinePlace;
  /** In the order in which they are read: each below the one it answers. */
  readonly comments: ReadonlyArray<PatchComment & { readonly depth: number }>;
}

/** Joins comments on the same line. Those without a line are left out. */
export function lineThreads(comments: readonly PatchComment[]): LineThread[] {
  const threads = new Map<string, { place: LinePlace; comments: Array<PatchComment & { depth: number }> }>();
  for (const comment of readingOrder(comments)) {
    const { place } = comment;
    if (!place) continue;
    const key = `${place.file}:${place.hunk}:${place.line}`;
    const known = threads.get(key);
    if (known) known.comments.push(comment);
    else threads.set(key, { place, comments: [comment] });
  }
  return [...threads.values()];
}

function readingOrder(comments: readonly PatchComment[]): Array<PatchComment & { depth: number }> {
  const below = new Map<number | null, number[]>();
  for (const [number, { parent }] of comments.entries()) {
    const beside = below.get(parent);
    if (beside) beside.push(number);
    else below.set(parent, [number]);
  }
  const ordered: Array<PatchComment & { depth: number }> = [];
  const stack = (below.get(null) ?? []).toReversed().map((number) => ({ number, depth: 0 }));
  for (let next = stack.pop(); next; next = stack.pop()) {
    const { number, depth } = next;
    const comment = comments[number];
    if (comment) ordered.push({ ...comment, depth });
    for (const answer of (below.get(number) ?? []).toReversed()) stack.push({ number: answer, depth: depth + 1 });
  }
  return ordered;
}

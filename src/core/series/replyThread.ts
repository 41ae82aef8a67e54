/** Replies in the order of their thread. */
import type { Reply } from "./series";

/** A reply in the order of its thread. */
export interface ThreadedReply {
  readonly reply: Reply;
  /** Its place among all replies of the revision. */
  readonly at: number;
  /** How many of the replies shown with it stand above it. */
  readonly depth: number;
}

/** The replies below one patch (0: the cover letter) as a thread: each after what it answers, those beside each other by date. */
export function repliesUnder(replies: readonly Reply[], patch: number): ThreadedReply[] {
  const under = replies.map((reply, at) => ({ reply, at })).filter(({ reply }) => reply.patch === patch);
  const ids = new Set(under.map(({ reply }) => reply.messageId));
  const answers = new Map<string | null, typeof under>();
  for (const one of under) {
    const { messageId, inReplyTo } = one.reply;
    const parent = inReplyTo !== null && inReplyTo !== messageId && ids.has(inReplyTo) ? inReplyTo : null;
    const beside = answers.get(parent);
    if (beside) beside.push(one);
    else answers.set(parent, [one]);
  }
  const thread: ThreadedReply[] = [];
  const seen = new Set<number>();
  // A stack and not a recursion: a thread may be as deep as somebody likes.
  const stack: Array<{ one: (typeof under)[number]; depth: number }> = [];
  const push = (parent: string | null, depth: number): void => {
    for (const one of answers.get(parent)?.toReversed() ?? []) stack.push({ one, depth });
  };
  push(null, 0);
  for (let next = stack.pop(); next; next = stack.pop()) {
    const { one, depth } = next;
    if (seen.has(one.at)) continue;
    seen.add(one.at);
    thread.push({ ...one, depth });
    push(one.reply.messageId, depth + 1);
  }
  // Mails that answer each other in a circle hang from nothing.
  for (const one of under) if (!seen.has(one.at)) thread.push({ ...one, depth: 0 });
  return thread;
}

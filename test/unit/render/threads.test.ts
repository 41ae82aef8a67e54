import assert from "node:assert/strict";
import { lineThreads } from "../../../src/core/replies/lineThreads";
import type { PatchComment } from "../../../src/core/replies/patchComments";
import { repliesHtml, restOfRepliesHtml } from "../../../src/render/replyList";
import { commentCountsHtml, rowOf, threadHtml } from "../../../src/render/threads";
import { pageSeries } from "../../../src/shared/pageSeries";
import { answersOf } from "../../support/pageArchive";
import { commentedSeries } from "../../support/pageComments";

/** What a person reads of some HTML. */
function read(html: string): string {
  return html
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ")
    .trim();
}

suite("threads under the lines of a diff", () => {
  const { series, mails } = commentedSeries(30);
  const revision = pageSeries(series).revisions[0]!;
  const answers = answersOf(series.revisions[0]!, mails);
  const comments = answers.comments[0] ?? [];
  const threads = lineThreads(comments);

  test("one for each line, an answer below what it answers", () => {
    assert.deepEqual(
      threads.map((thread) => [rowOf(thread), thread.comments.slice(0, 3).map(({ depth }) => depth)]),
      [
        ["new:102", [0, 1, 2]],
        ["new:109", [0]],
        ["new:106", [0]],
        ["new:107", [0, 0, 0]],
      ],
    );
    const [first] = threads;
    assert.ok(first);
    assert.equal(
      read(threadHtml(first, "lapic.c", revision)),
      [
        "Ben Okoro 3 comments on line 102 of lapic.c Ben Okoro 13 Jan 2026 Why is it unsigned now? The function still returns an int, see https://example.org/manual?section=4 .",
        "Ada Marsh , answer of depth 1 14 Jan 2026 3 quoted lines &gt; &gt; + unsigned int n = 0; &gt; &gt; Why is it unsigned now?",
        "It cannot be negative. I will change the return type too.",
        "Chen Rivera , answer of depth 2 15 Jan 2026 1 quoted line &gt; It cannot be negative. Then &lt;b&gt;say&lt;/b&gt; so in the message.",
      ].join(" "),
    );
  });

  test("questions wait, and the reports of robots are folded under their mark", () => {
    const [, waits, robot] = threads.map((thread) => threadHtml(thread, "lapic.c", revision));
    assert.match(waits ?? "", /<details class="thread" open>/);
    assert.match(
      read(waits ?? ""),
      /^Ben Okoro 1 comment on line 109 of lapic\.c 1 question without an answer by the author Ben Okoro open /,
    );
    assert.match(robot ?? "", /<details class="thread robot">/);
    assert.match(read(robot ?? ""), /^kernel test robot 1 comment on line 106 of lapic\.c /);
  });

  test("a long one draws its first comments", () => {
    const long = threadHtml(threads[3]!, "lapic.c", revision);
    assert.equal(long.split('<li class="comment').length - 1, 12);
    assert.match(long, /Show more \(18 comments left\)/);
  });

  test("their counts stand on the line of the patch", () => {
    assert.deepEqual(answers.counts, [{ patch: 0, placed: 34, open: 1, robots: 1 }]);
    assert.match(
      commentCountsHtml({ placed: 34, open: 2, robots: 1 }),
      /aria-label="34 comments on lines of this patch".*aria-label="2 questions without an answer by the author".*aria-label="1 report of a robot"/,
    );
    assert.equal(commentCountsHtml({ placed: 0, open: 0, robots: 0 }), "");
  });

  test("answers that go round in a circle are no endless thread", () => {
    const [one] = comments;
    assert.ok(one);
    const circle: PatchComment[] = [
      { ...one, parent: 1 },
      { ...one, parent: 0 },
    ];
    assert.equal(lineThreads(circle).length, 0);
  });

  test("of many replies the first are drawn, and more each time they are unfolded", () => {
    const { series: many } = commentedSeries(300);
    const crowd = pageSeries(many).revisions[0]!;
    const place = { patch: 1, name: "patch 1/1", level: 4 } as const;
    const rows = (html: string): number => html.split('<details class="reply"').length - 1;
    assert.equal(rows(repliesHtml(crowd, place, new Set())), 40);
    assert.match(repliesHtml(crowd, place, new Set()), /264 more replies<\/summary><ul class="reply-list" data-rest="40">/);
    assert.equal(rows(restOfRepliesHtml(crowd, 1, new Set(), 40)), 200);
    assert.match(restOfRepliesHtml(crowd, 1, new Set(), 40), /64 more replies<\/summary><ul class="reply-list" data-rest="240">/);
    assert.equal(rows(restOfRepliesHtml(crowd, 1, new Set(), 240)), 64);
    assert.doesNotMatch(restOfRepliesHtml(crowd, 1, new Set(), 240), /data-rest/);
  });
});

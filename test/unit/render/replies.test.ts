import assert from "node:assert/strict";
import type { PostedFacts } from "../../../src/core/series/series";
import { patchBodyHtml, patchesSectionHtml } from "../../../src/render/patchList";
import { postingHtml } from "../../../src/render/postingFacts";
import { goneText, repliesHtml, replyBodyHtml, replyCountHtml } from "../../../src/render/replyList";
import { seriesHtml } from "../../../src/render/seriesPage";
import { type PageRevision, pageSeries, revisionWithTexts } from "../../../src/shared/pageSeries";
import { answersOf } from "../../support/pageArchive";
import { threadSeries } from "../../support/pageThread";

/** What a person reads of some HTML, blanks joined. */
function read(text: string): string {
  return text
    .replace(/<(?:summary|li|p|div|h\d|details)[ >]/g, "\n$&")
    .replace(/<[^>]*>/g, " ")
    .replace(/[ \t]+/g, " ")
    .replace(/\s*\n\s*/g, "\n")
    .trim();
}

suite("replies on the page", () => {
  const { series, mails } = threadSeries();
  const revision = pageSeries(series).revisions[0]!;
  const answers = answersOf(series.revisions[0]!, mails);
  const place = { patch: 1, name: "patch 1/5", level: 4 } as const;
  const none = new Set<string>();
  const posted = (more: Partial<PostedFacts>): PageRevision => ({ ...revision, posted: { ...revision.posted!, ...more } });

  test("a line each, in the order of the thread", () => {
    assert.equal(
      read(repliesHtml(revision, place, none)),
      [
        "4 replies Expand All",
        "Ben Okoro Reviewed-by 13 Jan 2026",
        "Ada Marsh , answer of depth 1 14 Jan 2026",
        "Chen Rivera , answer of depth 2 Nacked-by Tested-by? 15 Jan 2026",
        "kernel test robot bot 14 Jan 2026",
      ].join("\n"),
    );
    assert.equal(repliesHtml(revision, { ...place, patch: 5 }, none), "");
    assert.match(
      repliesHtml(revision, { patch: 0, name: "the cover letter", level: 3 }, none),
      /title="“Applied to kvm-x86 misc, thanks!” Ben Okoro, 18 Jan 2026, names abcdef012345, fedcba987654">reported applied</,
    );
    assert.match(repliesHtml(revision, place, new Set(["r2@example.org"])), /data-reply="2" open>/);
  });

  test("how many there are stands on the line of a patch", () => {
    assert.equal(replyCountHtml(0), "");
    assert.match(replyCountHtml(1), /aria-label="1 reply"/);
    assert.match(replyCountHtml(12), /aria-label="12 replies".*>12<\/span>$/);
  });

  test("a long thread is folded", () => {
    const many = Array.from({ length: 60 }, (_, at) => ({ ...revision.posted!.replies[0]!, messageId: `m${at}` }));
    const html = repliesHtml(posted({ replies: many }), place, none);
    assert.match(read(html), /^60 replies/);
    assert.match(read(html), /^20 more replies$/m);
  });

  test("of a long quote its last lines stay, since they are what is answered", () => {
    const html = replyBodyHtml(answers.replies[0]!.text, "Ben");
    const text = read(html);
    assert.match(text, /27 quoted lines/);
    assert.match(text, /12 quoted lines\n&gt; \+ timer_step\(v, 0\);/);
    assert.match(html, /<\/details><div class="message quote">&gt; \+\ttimer_step\(v, 27\);/);
    assert.match(html, /data-url="https:\/\/example.org\/manual\?section=4&amp;page=2"/);
    assert.match(html, /<div class="message quote">&gt; -\ttimer_save\(v, true\);\n&gt; \+\ttimer_save\(v\);<\/div>/);
  });

  test("hostile text stays text, also the name of an attachment", () => {
    const eve = answers.replies.find((_, at) => series.revisions[0]!.posted!.replies[at]!.messageId.startsWith("r5"))!;
    const bot = answers.replies.find(({ text }) => text!.attachments.length > 0)!;
    const html = [
      replyBodyHtml(eve.text, "<u>Eve</u>"),
      replyBodyHtml(bot.text, "x"),
      repliesHtml(revision, { ...place, patch: 2 }, none),
    ].join("");
    assert.doesNotMatch(html, /<(?:script|img|b|h1|u)\b|<\/div>\s*<\/details>\s*<\/div>\s*<h|\u202e/i);
    assert.match(html, /⟨U\+202E⟩/);
    assert.match(html, /dmesg &lt;b&gt;\.log\.gz/);
    assert.doesNotMatch(html, /data-url="(?!https:\/\/evil\.example\/")/);
  });

  test("a mail that is gone, an empty one and a cut one say so", () => {
    assert.ok(replyBodyHtml(null, "Ben").includes(goneText));
    assert.match(replyBodyHtml({ text: "", attachments: [], cut: false }, "Ben"), /This reply has no text/);
    assert.match(replyBodyHtml({ text: "x", attachments: [], cut: true }, "Ben"), /very long/);
  });

  test("what a posting stands on and what became of it is said in short", () => {
    assert.equal(
      read(postingHtml(revision)),
      [
        "2 of 5 patches reported applied based on 0123456789ab sent to kvm, linux-mm",
        "4/5 was sent 2 times; the newest counts.",
        "Needs 1 other posting or patch",
        "the patch with id 89abcdef0123456789abcdef0123456789abcdef",
      ].join("\n"),
    );
    const whole = posted({
      applied: [{ ...revision.posted!.applied[0]!, patches: null, commit: null, quote: "Series <b>applied</b>." }],
      firstSent: "2026-01-05T00:00:00Z",
      resentAs: [{ messageId: "y", date: "2026-02-03T00:00:00Z" }],
      baseCommit: null,
      prerequisites: [],
      lists: ["kvm.vger.kernel.org"],
      oddities: Array.from({ length: 6 }, (_, at) => `Odd ${at}.`),
    });
    assert.match(
      read(postingHtml(whole)),
      /^reported applied first sent on 5 Jan 2026 and sent again on 3 Feb 2026\nOdd 0\.[^]*Odd 3\.\n2 more\nOdd 4\./,
    );
    assert.match(postingHtml(whole), /title="“Series &lt;b&gt;applied&lt;\/b&gt;\.” Ben Okoro, 18 Jan 2026\nClick to read the reply\."/);
    const pulled = posted({ applied: [{ ...revision.posted!.applied[0]!, patches: [] }] });
    assert.match(read(postingHtml({ ...pulled, expected: 0, patches: [], missing: [] })), /^some patches reported applied/);
    // A release or a branch is no posting or patch that it needs.
    const onWords = posted({
      applied: [],
      baseCommit: null,
      lists: [],
      oddities: [],
      prerequisites: [{ kind: "text", value: "6.20-rc1 <next>" }],
    });
    assert.equal(read(postingHtml(onWords)).trim(), "based on “6.20-rc1 &lt;next&gt;”");
    const some = posted({ applied: [{ ...revision.posted!.applied[0]!, patches: [], commit: null }] });
    assert.match(read(postingHtml(some)), /^some patches reported applied/);
    assert.equal(postingHtml({ ...revision, posted: undefined } as unknown as PageRevision), "");
  });

  test("a badge of what is reported as applied opens the reply, from the line with the mouse and below with the keyboard, and is no proof", () => {
    const first = patchesSectionHtml(revision, { open: new Set(), openReplies: none });
    const badges = first.match(/<span[^>]*badge reported[^]*?<\/span>reported applied<\/span>/g) ?? [];
    assert.equal(badges.length, 2);
    assert.doesNotMatch(first, /<summary>(?:(?!<\/summary>)[^])*<button/, "the line is a control itself");
    assert.match(patchBodyHtml(revision, 0, none), /<button[^>]*class="badge reported" data-do="showReply" data-opens="6"/);
    assert.match(
      badges[0],
      /data-do="showReply" data-opens="6" title="“Applied to kvm-x86 misc, thanks!” Ben Okoro, 18 Jan 2026, names abcdef012345\nClick to read the reply\." aria-label="reported applied: “Applied to kvm-x86 misc, thanks!” Ben Okoro, 18 Jan 2026, names abcdef012345\. Opens the reply\."/,
    );
    assert.doesNotMatch(first, /codicon-check/);
    const whole = posted({ applied: [{ ...revision.posted!.applied[0]!, patches: null }] });
    assert.equal(patchesSectionHtml(whole, { open: new Set(), openReplies: none }).match(/badge reported/g)?.length, 5);
  });

  test("texts that are to come, came, or are gone", () => {
    const body = (one: PageRevision, at = 0): string => read(patchBodyHtml(one, at, none));
    const page = (one: PageRevision): string =>
      read(
        seriesHtml({
          series: { ...pageSeries(series), revisions: [one] },
          revision: 0,
          layout: "line",
          open: new Set(),
          openReplies: none,
          folded: none,
          now: Date.parse("2026-01-20T00:00:00Z"),
        }),
      );
    assert.equal(revision.isLoading, true);
    assert.match(body(revision), /Reading the message…/);
    assert.match(page(revision), /Reading the cover letter…/);
    const loaded = revisionWithTexts(revision, answers.texts, null);
    assert.match(body(loaded), /Say it once, and where it is done \(patch 1\)\.[^]*Notes to reviewers\nv2: asked for by Ben/);
    assert.match(page(loaded), /the timers are saved twice\./);
    assert.match(
      body(loaded, 2),
      /This patch was not found; probably sent to linux-block@lists\.example\.org; its title is known from the cover letter\./,
    );
    const gone = revisionWithTexts(revision, { cover: null, messages: [] }, null);
    assert.ok(body(gone).includes(goneText.replace("'", "&#39;")));
    assert.ok(page(gone).includes(goneText.replace("'", "&#39;")));
    const unread = revisionWithTexts(revision, { cover: null, messages: [] }, "The archive could not be read; sync again.");
    assert.match(body(unread), /The archive could not be read; sync again\./);
    assert.deepEqual(pageSeries(series, () => answers.texts).revisions[0], loaded);
  });
});

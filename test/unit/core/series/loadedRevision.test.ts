import assert from "node:assert/strict";
import { patchFiles } from "../../../../src/core/diff/patchFiles";
import { mailIdsOf, placeInMail, textOfPatch, textsOfRevision } from "../../../../src/core/series/revisionTexts";
import { repliesUnder, type Reply, type Revision } from "../../../../src/core/series/series";
import { bytesById, readMails, sampleArchive, sampleSeriesOf, seriesOfMails } from "../../../support/pageArchive";
import { reviewedSeries } from "../../../support/pageSamples";
import { threadSeries } from "../../../support/pageThread";

function newest(words: string): Revision {
  return sampleSeriesOf(words).revisions.at(-1)!;
}

function filesOf(words: string, patch: number): ReturnType<typeof patchFiles> {
  const revision = newest(words);
  return patchFiles(textOfPatch(revision, patch, readMails(mailIdsOf(revision), sampleArchive().mails)) ?? "");
}

suite("loaded revision", () => {
  test("cover letter and messages come out of the mails", () => {
    const revision = newest("Reclaim the pages");
    const { cover, messages } = textsOfRevision(revision, readMails(mailIdsOf(revision), sampleArchive().mails));
    assert.match(cover ?? "", /^Tearing down|I think this is ready now\./m);
    assert.equal(messages.length, 5);
    assert.match(messages[0] ?? "", /^A machine without the module[^]*Signed-off-by: Ada Lindqvist <ada@tdx\.example\.com>$/);
    for (const message of messages) assert.doesNotMatch(message ?? "", /^diff --git|^From: |files? changed/m);
  });

  test("every patch of the sample has its text, and its diff has the files that are known of it", () => {
    const { series, mails } = sampleArchive();
    for (const revision of series.flatMap(({ revisions }) => revisions)) {
      const read = readMails(mailIdsOf(revision), mails);
      revision.patches.forEach((patch, at) => {
        const text = textOfPatch(revision, at, read);
        const paths = text === null ? [] : patchFiles(text).map(({ path }) => path);
        assert.deepEqual(paths, patch.messageId === null ? [] : patch.files.map(({ path }) => path), patch.title);
      });
    }
  });

  test("notes below the dashes follow the message", () => {
    const { series, mails } = threadSeries();
    const revision = series.revisions[0]!;
    const { messages } = textsOfRevision(revision, readMails(mailIdsOf(revision), mails));
    assert.equal(
      messages[0],
      "Say it once, and where it is done (patch 1).\n\nSigned-off-by: Ada Marsh <ada@example.org>\n---\nv2: asked for by Ben",
    );
    assert.equal(messages[2], null, "a patch known by its title alone has no mail");
  });

  test("what an attachment holds is the patch, a rename has both names, and a picture has no lines", () => {
    assert.equal(filesOf("Skip counters without a selector", 0).length, 1);
    const moved = ["Move the APIC helpers"].flatMap((words) => [0, 1].flatMap((at) => filesOf(words, at))).find(({ oldPath }) => oldPath);
    assert.match(moved?.text ?? "", /^rename from /m);
    const picture = filesOf("Draw the states of a vCPU", 0).find(({ text }) => text.includes("GIT binary patch"));
    assert.match(picture?.text ?? "", /GIT binary patch\n$/);
  });

  test("several patches attached to one mail are told apart", () => {
    const part = (name: string): string =>
      `--b\nContent-Type: text/x-patch; name="${name}.patch"\n\nFrom: Ada <ada@example.org>\nSubject: [PATCH] ${name}\n\nSay ${name}.\n\ndiff --git a/${name}.c b/${name}.c\n--- a/${name}.c\n+++ b/${name}.c\n@@ -1 +1 @@\n-a\n+b\n`;
    const mail = `From: Ada <ada@example.org>\nSubject: [PATCH] Two things\nDate: Mon, 12 Jan 2026 09:30:00 +0000\nMessage-ID: <two@example.org>\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nTwo patches.\n${part("one")}${part("two")}--b--\n`;
    const bytes = [new TextEncoder().encode(mail)];
    const revision = seriesOfMails(bytes)[0]!.revisions[0]!;
    const mails = readMails(mailIdsOf(revision), bytesById(bytes));
    assert.deepEqual(
      revision.patches.map((_, at) => [
        placeInMail(revision, at),
        patchFiles(textOfPatch(revision, at, mails) ?? "").map(({ path }) => path),
      ]),
      [
        [0, ["one.c"]],
        [1, ["two.c"]],
      ],
    );
    assert.equal(textsOfRevision(revision, mails).messages[1], "Say two.");
  });

  test("mails that are gone leave their texts out, and a digest needs none", () => {
    const revision = newest("Reclaim the pages");
    assert.deepEqual(textsOfRevision(revision, new Map()), { cover: null, messages: [null, null, null, null, null] });
    assert.deepEqual(mailIdsOf(reviewedSeries().revisions[1]!), []);
    assert.equal(textsOfRevision(reviewedSeries().revisions[1]!, new Map()).messages.length, 4);
  });
});

function reply(messageId: string, inReplyTo: string | null, patch = 1): Reply {
  return {
    messageId,
    inReplyTo,
    author: { name: messageId, email: "" },
    date: "2026-01-12T09:30:00Z",
    patch,
    kind: "comment",
    trailers: [],
  };
}

suite("replies as a thread", () => {
  const inShort = (replies: readonly Reply[], patch = 1): string[] =>
    repliesUnder(replies, patch).map(({ reply: { messageId }, at, depth }) => `${"  ".repeat(depth)}${messageId} ${at}`);

  test("each stands below what it answers", () => {
    const replies = [reply("a", "patch"), reply("b", "patch"), reply("other", "x", 2), reply("c", "a"), reply("d", "c"), reply("e", "a")];
    assert.deepEqual(inShort(replies), ["a 0", "  c 3", "    d 4", "  e 5", "b 1"]);
    assert.deepEqual(inShort(replies, 2), ["other 2"]);
    assert.deepEqual(inShort(replies, 7), []);
  });

  test("a circle, a mail that answers itself and a very deep thread are drawn", () => {
    assert.deepEqual(inShort([reply("a", "b"), reply("b", "a"), reply("self", "self")]), ["self 2", "a 0", "b 1"]);
    const deep = Array.from({ length: 20_000 }, (_, at) => reply(`r${at}`, `r${at - 1}`));
    assert.equal(repliesUnder(deep, 1).at(-1)?.depth, 19_999);
  });
});

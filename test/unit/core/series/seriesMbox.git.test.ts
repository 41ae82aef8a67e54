import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mailIdsOf } from "../../../../src/core/series/revisionTexts";
import { newestRevision, type Revision } from "../../../../src/core/series/series";
import { branchNameOf, mboxFileName, seriesMbox } from "../../../../src/core/series/seriesMbox";
import { leftOutSentence, leftOutTexts } from "../../../../src/render/labels";
import { coverEntry, revision, seriesOf } from "../../../support/invented";
import { bytesById, seriesOfMails } from "../../../support/pageArchive";
import { type History, makeHistory, numbered, reply, sent } from "../../../support/pendingHistory";
import { plainGit } from "../../../support/sampleArchive";

const bea = "Bea Baker <bea@example.org>";
const cleo = "Cleo Carver <cleo@example.net>";

suite("the mbox of a series", () => {
  let history: History;
  setup(() => (history = makeHistory({ "file.c": numbered(40), "other.c": numbered(10) })));
  teardown(() => history.dispose());

  function threePatches(): Uint8Array[] {
    history.commit("KVM: x86: Change the fifth line", { "file.c": numbered(40, { 5: "five" }) });
    history.commit(
      "KVM: x86: Change the other file",
      { "other.c": numbered(10, { 3: "drei, größer" }) },
      "Grüße.\n\nFrom here on it is text.",
    );
    history.commit("KVM: x86: Add a file", { "new.c": "new\n" });
    return history.mails("HEAD~3", { version: 2, cover: "KVM: x86: Change three things" });
  }

  /** Applies an mbox on the commit in front of the series. */
  function am(text: string, base = "HEAD~3"): void {
    history.git("switch", "--quiet", "-c", "applied", base);
    execFileSync("git", ["am", "--quiet", "-3"], { cwd: history.folder, env: { ...plainGit, HOME: history.folder }, input: text });
  }

  const messages = (range: string): string[] =>
    history.git("log", "--reverse", "--format=%an <%ae>%n%B%x00", range).split(/\0\n?/).slice(0, -1);

  test("git am makes of it the commits it was made of", () => {
    const { revision, bytes } = sent(threePatches());
    const { text, titles, trailers } = seriesMbox(revision, bytes, { trailers: true });
    am(text);
    assert.equal(history.git("rev-parse", "applied^{tree}"), history.git("rev-parse", "main^{tree}"));
    assert.deepEqual(messages("main~3..applied"), messages("main~3..main"));
    assert.deepEqual(titles, ["KVM: x86: Change the fifth line", "KVM: x86: Change the other file", "KVM: x86: Add a file"]);
    assert.equal(trailers, 0);
  });

  test("trailers of replies stand below the sender's own, each once, and only those that count", () => {
    const mails = threePatches();
    const [cover, first, , third] = mails as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
    const { revision, bytes } = sent([
      ...mails,
      reply(cover, cleo, `Tested-by: ${cleo}`),
      reply(first, bea, `Reviewed-by: ${bea}\nFixes: 0123456789ab ("Begin")\nLink: https://example.org/x`),
      reply(first, bea, `Reviewed-by: ${bea}`),
      reply(third, bea, `Acked-by: ${cleo}`),
      reply(third, cleo, `Nacked-by: ${cleo}`),
    ]);
    const { text, trailers } = seriesMbox(revision, bytes, { trailers: true });
    am(text);
    const own = "Signed-off-by: Ada Lind <ada@example.org>";
    const block = (message: string): string => message.trimEnd().split("\n\n").at(-1) ?? "";
    assert.deepEqual(messages("main~3..applied").map(block), [
      `${own}\nReviewed-by: ${bea}\nTested-by: ${cleo}`,
      `${own}\nTested-by: ${cleo}`,
      `${own}\nTested-by: ${cleo}`,
    ]);
    assert.equal(trailers, 4);
    assert.equal(seriesMbox(revision, bytes, { trailers: false }).text.includes("Tested-by"), false);
  });

  test("what is left out is told with its reason, and from another address it can be taken", () => {
    const mails = threePatches();
    const [, first, second, third] = mails as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
    const elsewhere = "Bea Baker <bea@home.example.net>";
    const { revision, bytes } = sent([
      ...mails,
      reply(first, bea, `Reviewed-by: ${elsewhere}\nFixes: 0123456789ab ("Begin")`),
      reply(second, bea, `Acked-by: ${cleo}`),
      reply(third, cleo, `Nacked-by: ${cleo}`),
    ]);
    const strict = seriesMbox(revision, bytes, { trailers: true });
    assert.equal(strict.trailers, 0);
    assert.deepEqual(leftOutTexts(strict.leftOut), [
      `Patch 1: Reviewed-by: ${elsewhere} (sent from another address of the same person)`,
      'Patch 1: Fixes: 0123456789ab ("Begin") (advice to the author)',
      `Patch 2: Acked-by: ${cleo} (given by someone else)`,
      `Patch 3: Nacked-by: ${cleo} (an objection)`,
    ]);
    assert.match(leftOutSentence(strict.leftOut), /^Left out: Reviewed-by: .*, Fixes: .*, Acked-by: .* and 1 more\.$/);
    const sloppy = seriesMbox(revision, bytes, { trailers: true, elsewhere: true });
    assert.equal(sloppy.trailers, 1);
    assert(sloppy.text.includes(`Reviewed-by: ${elsewhere}`));
    assert.deepEqual(seriesMbox(revision, bytes, { trailers: false }).leftOut, []);
    assert.equal(leftOutSentence([]), "");
  });

  test("a message without trailers gets a paragraph for them", () => {
    history.write({ "file.c": numbered(40, { 9: "nine" }) });
    history.git("commit", "--quiet", "-am", "KVM: x86: Change the ninth line");
    const mails = history.mails("HEAD~1");
    const { revision, bytes } = sent([...mails, reply(mails[0]!, bea, `Reviewed-by: ${bea}`)]);
    am(seriesMbox(revision, bytes, { trailers: true }).text, "HEAD~1");
    assert.equal(history.git("log", "-1", "--format=%B", "applied"), `KVM: x86: Change the ninth line\n\nReviewed-by: ${bea}`);
  });

  test("the author is who wrote it, also where the list put its own address there", () => {
    const mails = threePatches().map((bytes) =>
      new TextEncoder().encode(
        new TextDecoder()
          .decode(bytes)
          .replace(
            /^From: Ada Lind <ada@example.org>$/m,
            "From: Ada Lind via KVM <kvm@lists.example.org>\nX-Original-From: Ada Lind <ada@example.org>",
          ),
      ),
    );
    const { revision, bytes } = sent(mails);
    am(seriesMbox(revision, bytes, { trailers: true }).text);
    assert.equal(history.git("log", "--format=%an <%ae>", "main~3..applied"), Array(3).fill("Ada Lind <ada@example.org>").join("\n"));
  });

  test("a partial reroll takes the patches it left from the mails they were posted in", () => {
    const mails = threePatches();
    history.git("switch", "--quiet", "-c", "reroll", "main~1");
    history.commit("KVM: x86: Add a file", { "new.c": "newer\n" });
    const [rerolled] = history.mails("HEAD~1", { version: 3 });
    const text = new TextDecoder()
      .decode(rerolled)
      .replace("[PATCH v3]", "[PATCH v3 3/3]")
      .replace("Subject:", `In-Reply-To: ${/^Message-Id: (.*)$/im.exec(new TextDecoder().decode(mails[3]))?.[1] ?? ""}\nSubject:`);
    const all = [...mails, new TextEncoder().encode(text)];
    const [series] = seriesOfMails(all);
    const newest = newestRevision(series!);
    assert.deepEqual(
      newest.patches.map(({ carriedFrom }) => carriedFrom),
      ["v2", "v2", undefined],
    );
    const bytes = new Map([...bytesById(all)].filter(([id]) => mailIdsOf(newest).includes(id)));
    am(seriesMbox(newest, bytes, { trailers: true }).text, "main~3");
    assert.equal(history.git("rev-parse", "applied^{tree}"), history.git("rev-parse", "reroll^{tree}"));
  });

  suite("what cannot be applied is said", () => {
    const said = (one: Revision, bytes: ReadonlyMap<string, Uint8Array>, sentence: string): void =>
      assert.throws(() => seriesMbox(one, bytes, { trailers: true }), { name: "HumanError", message: sentence });

    test("a digest", () => {
      const [series] = seriesOf([coverEntry("[PATCH v2 0/2] KVM: Wake up", { shortlog: { "Ada Lind": ["One", "Two"] } })]);
      said(newestRevision(series!), new Map(), "Digests do not contain patches. Add the list's archive to apply them.");
    });

    test("missing patches", () => {
      const mails = threePatches();
      const one = sent(mails.filter((_, at) => at !== 2));
      said(
        one.revision,
        one.bytes,
        "Patch 2 of 3 is not in any source, so the series is incomplete. Sync, or add the list it was sent to.",
      );
      const two = sent(mails.filter((_, at) => at === 0 || at === 2));
      said(
        two.revision,
        two.bytes,
        "Patches 1 and 3 of 3 are not in any source, so the series is incomplete. Sync, or add the list they were sent to.",
      );
      const whole = sent(mails);
      said(whole.revision, new Map(), "The mail of patches 1, 2 and 3 of 3 is no longer in the archive. Sync, then try again.");
    });

    test("a damaged patch", () => {
      const mails = threePatches();
      mails[1] = new TextEncoder().encode(new TextDecoder().decode(mails[1]).replace("\n line 8\n", "\n"));
      const { revision, bytes } = sent(mails);
      said(
        revision,
        bytes,
        "Patch 1 of 3 was damaged in transit (a hunk of file.c is shorter than it says) and cannot be applied; ask its author to resend it.",
      );
    });

    test("a patch without a diff", () => {
      const mails = threePatches();
      const text = new TextDecoder().decode(mails[3]);
      mails[3] = new TextEncoder().encode(`${text.slice(0, text.indexOf("diff --git"))}Words.\n`);
      const { revision, bytes } = sent(mails);
      said(revision, bytes, "Patch 3 of 3 has no diff, so git cannot apply the series; look at the mail.");
    });
  });
});

suite("names of a series", () => {
  const author = { name: "Ada Lind", email: "ada.lind@example.org" };
  test("of the file, as b4 gives it", () => {
    const title = "KVM: x86/tdx: Reclaim; rm -rf $HOME/../pages of a \u202etorn-down gÜest";
    const one = revision({ version: 3, title, author, date: "2026-10-01T09:00:00Z" });
    assert.equal(mboxFileName(one), "v3_20261001_ada_lind_kvm_x86_tdx_reclaim_rm_rf_home_pages_of_a_torn_down_gu_est.mbx");
    assert.equal(mboxFileName(revision({ title: "\u202e", author: { name: "", email: "" } })), "v1.mbx");
  });
  test("of the branch", () => {
    assert.equal(
      branchNameOf(revision({ version: 3, title: "KVM: x86/tdx: Reclaim pages -- lazily.lock" })),
      "x86-tdx-reclaim-pages-lazily-lock-v3",
    );
    assert.equal(branchNameOf(revision({ title: "@{-1}" })), "1-v1");
    assert.equal(branchNameOf(revision({ title: "…" })), "series-v1");
  });
});

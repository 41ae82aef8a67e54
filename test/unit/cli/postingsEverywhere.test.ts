/** Postings that are easily read wrongly, out of every kind of source: the same series, whatever order the mails come in. */
import { root } from "../../host/paths";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { buildIndex } from "../../../src/index/build";
import { openIndex } from "../../../src/index/reader";
import { touchesInIndex } from "../../../src/library/touching";
import { dumpIndex } from "../../support/archivesDump";
import { bea, day, hour, type MadeMail, minute, patchBody, start } from "../../support/madeMail";
import { commitMails } from "../../support/makeArchive";
import { diffstat, digestText } from "../../support/digestText";
import { rawMail, rawMbox } from "../../support/rawMail";

const cli = path.join(root, "dist", "cli.js");
const warm = "KVM: x86: Warm the teapots";
const body = (change: string): string => patchBody("arch/x86/kvm/warm.c", change);

/** Posting, review, the patch sent anew, and a later resend of another patch; patches that went to other lists; one id twice. */
const mails: readonly MadeMail[] = [
  { id: "c@example.org", subject: "[PATCH v3 0/2] KVM: x86: Add teapots", body: "Hello.\n" },
  {
    id: "p1@example.org",
    subject: "[PATCH v3 1/2] KVM: x86: Count the teapots",
    to: "c@example.org",
    at: start + 1000,
    body: patchBody("arch/x86/kvm/teapot.c"),
  },
  { id: "p2@example.org", subject: `[PATCH v3 2/2] ${warm}`, to: "c@example.org", at: start + 2000, body: body("rejected") },
  {
    id: "r@example.org",
    subject: `Re: [PATCH v3 2/2] ${warm}`,
    from: bea,
    to: "p2@example.org",
    at: start + hour,
    body: "Fix it, please.\n",
  },
  { id: "p2b@example.org", subject: `[PATCH v3 2/2] ${warm}`, to: "r@example.org", at: start + 2 * hour, body: body("mended") },
  {
    id: "old@example.org",
    subject: "[PATCH] KVM: x86: Polish the kettle",
    at: start - 200 * day,
    body: patchBody("arch/x86/kvm/kettle.c"),
  },
  {
    id: "again@example.org",
    subject: "[PATCH RESEND] KVM: x86: Polish the kettle",
    at: start - day,
    body: patchBody("arch/x86/kvm/kettle.c", "1", "Do it.\n\nAcked-by: Bea Baker <bea@example.org>"),
  },
  {
    id: "l@example.org",
    subject: "[PATCH 0/3] Let the tea steep",
    at: start + day,
    body:
      "Some of it is for others.\n\nAlex Archer (1):\n  KVM: x86: Steep\n\nBea Baker (2):\n  mm: Steep\n  net: Steep\n\n" +
      " arch/x86/kvm/steep.c             |  4 ++--\n .../networking/a/long/way/steep.c | 12 ++++++------\n mm/steep.c                       |  2 +-\n" +
      " 3 files changed, 9 insertions(+), 9 deletions(-)\n",
  },
  {
    id: "l1@example.org",
    subject: "[PATCH 1/3] KVM: x86: Steep",
    to: "l@example.org",
    at: start + day + 1000,
    body: patchBody("arch/x86/kvm/steep.c"),
  },
  // Two mails with one Message-ID, at one time.
  { id: "twin@example.org", subject: "[PATCH] KVM: x86: Pour once", at: start + 2 * day, body: patchBody("arch/x86/kvm/pour.c", "once") },
  { id: "twin@example.org", subject: "[PATCH] KVM: x86: Pour twice", at: start + 2 * day, body: patchBody("arch/x86/kvm/pour.c", "twice") },
  {
    id: "cut@example.org",
    subject: "[PATCH] KVM: x86: Fill it",
    at: start + 3 * day,
    body: patchBody("arch/x86/kvm/fill.c", "1", "x".repeat(700)),
  },
  { id: "cut@example.org", subject: "[PATCH] KVM: x86: Fill it", at: start + 3 * day, body: `${"x".repeat(700)}\n` },
  { id: "said@example.org", subject: "Re: tea", from: bea, at: start + 3 * day, body: "Well.\n" },
  { id: "said@example.org", subject: "[PATCH] KVM: x86: Drink it", at: start + 3 * day + minute, body: patchBody("arch/x86/kvm/drink.c") },
];

/** Deterministic shuffles. */
function shuffled<T>(list: readonly T[], seed: number): T[] {
  const left = [...list];
  const mixed: T[] = [];
  for (let state = seed; left.length > 0;) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    mixed.push(...left.splice(state % left.length, 1));
  }
  return mixed;
}

const orders = [mails, [...mails].reverse(), ...[1, 2, 3].map((seed) => shuffled(mails, seed))];

suite("postings in every kind of source", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "kvm-series-postings-"));
  const at = (...names: string[]): string => path.join(folder, ...names);
  suiteTeardown(() => rmSync(folder, { recursive: true, force: true }));

  function run(...args: string[]): string {
    const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], {
      encoding: "utf8",
      env: { ...process.env, XDG_CACHE_HOME: at("cache") },
    });
    assert.equal(status, 0, stderr);
    return stdout;
  }

  async function archive(name: string, order: readonly MadeMail[]): Promise<string> {
    await commitMails(
      at(name),
      order.map((mail) => ({ add: rawMail(mail), time: (start + 10 * day) / 1000 })),
    );
    return at(name);
  }

  function mbox(name: string, order: readonly MadeMail[]): string {
    writeFileSync(at(name), rawMbox(order.map(rawMail)));
    return at(name);
  }

  interface Shown {
    readonly id: string;
    readonly title: string;
    readonly revisions: ReadonlyArray<{
      readonly date: string;
      readonly messageId: string;
      readonly label: string;
      readonly resent: unknown;
      readonly missing: readonly number[];
      readonly files: readonly string[];
      readonly patches: ReadonlyArray<{ readonly index: number | null; readonly title: string; readonly messageId: string | null }>;
    }>;
  }
  const seriesOf = (source: string, ...more: string[]): readonly Shown[] =>
    (JSON.parse(run("series", source, "--json", ...more)) as { series: readonly Shown[] }).series;
  const touching = (source: string, file: string): unknown =>
    (JSON.parse(run("touching", file, source, "--json")) as { series: Array<{ title: string; patches: unknown }> }).series.map(
      ({ title, patches }) => [title, patches],
    );

  test("every order of the mails gives the same series and the same patches, from an mbox and from an archive", async () => {
    const first = seriesOf(mbox("0.mbox", mails));
    assert.equal(first.length, 6);
    const patchOf = (source: string, id: string): string => run("mbox", source, "--id", id);
    const twins = patchOf(at("0.mbox"), "twin@example.org");
    for (const [number, order] of orders.entries()) {
      const sources = [mbox(`${number}.mbox`, order), await archive(`${number}.git`, order)];
      for (const source of sources) {
        assert.deepEqual(seriesOf(source), first, source);
        const teapots = patchOf(source, "c@example.org");
        assert.match(teapots, /^\+int added_mended;$/m);
        assert.doesNotMatch(teapots, /added_rejected/);
        assert.equal(patchOf(source, "twin@example.org"), twins);
        assert.match(patchOf(source, "cut@example.org"), /^\+int added_1;$/m);
      }
    }
    const [twin] = first.filter(({ title }) => title.startsWith("KVM: x86: Pour"));
    const change = twin?.title.endsWith("twice") === true ? "twice" : "once";
    assert.match(twins, new RegExp(`^\\+int added_${change};$`, "m"));
  });

  test("an index that grew mail by mail is table for table the one that is built afresh", async () => {
    for (const [number, order] of orders.slice(0, 3).entries()) {
      const [repository, grown, fresh] = [`grown${number}.git`, at(`grown${number}.db`), at(`fresh${number}.db`)];
      for (const mail of order) await buildIndex([await archive(repository, [mail])], grown);
      await buildIndex([at(repository)], fresh);
      assert.deepEqual(dumpIndex(grown), dumpIndex(fresh));
    }
  });

  test("a resend is pending, in --since and in a digest of its week, and its tags are the patch's", () => {
    const source = mbox("resend.mbox", mails);
    assert.deepEqual(touching(source, "arch/x86/kvm/kettle.c"), [["KVM: x86: Polish the kettle", [1]]]);
    const [kettle] = seriesOf(source, "--since", "2026-02-20").filter(({ title }) => title.includes("kettle"));
    const [revision] = kettle?.revisions ?? [];
    assert.deepEqual(
      [revision?.date, revision?.messageId, revision?.resent, revision?.patches[0]?.messageId],
      ["2026-02-28T10:00:00Z", "old@example.org", [{ messageId: "again@example.org", date: "2026-02-28T10:00:00Z" }], "again@example.org"],
    );
    assert.match(run("digest", source, "--from", "2026-02-27", "--format", "text"), /Polish the kettle/);
    assert.match(run("mbox", source, "--id", "old@example.org"), /^Acked-by: Bea Baker/m);
  });

  test("files and titles of patches on other lists are known from the cover letter, in an index too", async () => {
    const source = mbox("letter.mbox", mails);
    const inbox = await archive("letter.git", mails);
    for (const one of [source, inbox]) {
      const [steep] = seriesOf(one).filter(({ title }) => title.includes("steep"));
      const [revision] = steep?.revisions ?? [];
      assert.deepEqual(
        revision?.patches.map(({ index, title, messageId }) => [index, title, messageId]),
        [
          [1, "KVM: x86: Steep", "l1@example.org"],
          [2, "mm: Steep", null],
          [3, "net: Steep", null],
        ],
      );
      assert.deepEqual(revision.files, [".../networking/a/long/way/steep.c", "arch/x86/kvm/steep.c", "mm/steep.c"]);
      assert.deepEqual(touching(one, "mm/steep.c"), [["Let the tea steep", []]]);
      assert.deepEqual(touching(one, "drivers/networking/a/long/way/steep.c"), [["Let the tea steep", []]]);
      assert.deepEqual(touching(one, "arch/x86/kvm/steep.c"), [["Let the tea steep", [1]]]);
    }
    await buildIndex([inbox], at("letter.db"));
    const reader = openIndex(at("letter.db"));
    assert.ok(reader);
    const titles = (touches: ReturnType<typeof touchesInIndex>): string[] => touches.map(({ series }) => series.title);
    assert.deepEqual(titles(touchesInIndex(reader, "mm/")), ["Let the tea steep"]);
    assert.deepEqual(titles(touchesInIndex(reader, "drivers/networking/")), ["Let the tea steep"]);
    assert.deepEqual(titles(touchesInIndex(reader, "way/steep.c", { suffix: true })), ["Let the tea steep"]);
    reader.close();
  });

  test("a digest that has an older revision completes the series of an mbox, an archive and an index", async () => {
    const subject = "[PATCH v2] KVM: x86: Polish the kettle";
    const polish: MadeMail = { id: "polish@example.org", subject, body: patchBody("arch/x86/kvm/kettle.c") };
    const [source, inbox] = [mbox("older.mbox", [polish]), await archive("older.git", [polish])];
    await buildIndex([inbox], at("older.db"));
    const body = `Do it.\n\nSigned-off-by: Alex Archer <alex@example.org>\n---\n${diffstat("arch/x86/kvm/kettle.c")}`;
    const author = "Alex Archer <alex@example.org>";
    writeFileSync(at("older.txt"), digestText([{ subject: "[PATCH] KVM: x86: Polish the kettle", author, body }]));
    const [first, ...others] = [source, inbox, at("older.db")].map((one) => seriesOf(at("older.txt"), one));
    assert.deepEqual(
      first?.map(({ revisions }) => revisions.map(({ messageId }) => messageId)),
      [[null, "polish@example.org"]],
    );
    for (const other of others) assert.deepEqual(other, first);
    const known = seriesOf(inbox)[0]?.id ?? "";
    assert.match(run("show", at("older.txt"), inbox, "--id", known), new RegExp(`${first[0]?.id ?? ""} `));
  });

  test("diffs that are in no series are listed oldest first, from an mbox, an archive and an index", async () => {
    const suggestions = Array.from({ length: 12 }, (_, number): MadeMail[] => {
      const [id, day0] = [`u${number}@example.org`, start + ((number * 5) % 12) * day];
      return [
        { id, subject: `[PATCH] KVM: x86: Stir number ${number}`, at: day0, body: patchBody(`made/stir${number}.c`) },
        { id: `r${id}`, subject: "Re: Why not?", from: bea, to: id, at: day0 + hour, body: `Why not?\n\n${patchBody("made/spoon.c", id)}` },
      ];
    });
    const order = suggestions.flat();
    const dates = (source: string): string[] =>
      (JSON.parse(run("untaken", source, "--json")) as { mails: Array<{ date: string }> }).mails.map(({ date }) => date);
    const sources = [mbox("stir.mbox", order), await archive("stir.git", order), await archive("rits.git", order.toReversed())];
    await buildIndex(sources.slice(1, 2), at("stir.db"));
    for (const source of [...sources, at("stir.db")]) assert.deepEqual(dates(source), dates(source).sort(), source);
    assert.equal(dates(at("stir.db")).length, 12);
  });
});

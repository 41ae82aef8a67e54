/** The handed cases of ../shared/data/cases that are about postings: which mails are one revision, which mail is the patch. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { patchId } from "../../src/core/diff/patchId";
import { readMail } from "../../src/core/mail/mail";
import { readMbox } from "../../src/core/mail/mbox";
import { versionLabel } from "../../src/core/mail/subject";
import { assembleMails } from "../../src/core/postings/assembleMails";
import { assembleSeries } from "../../src/core/postings/assembleSeries";
import { type MailFacts, mailFactsOf } from "../../src/core/postings/mailFacts";
import { mailIdsOf } from "../../src/core/series/revisionTexts";
import { isPending, newestDate, newestRevision, type Patch, type Revision, type Series } from "../../src/core/series/series";
import { seriesMbox } from "../../src/core/series/seriesMbox";
import { makeTouchIndex } from "../../src/core/series/touches";
import { projectOfSeries, subsystemIn } from "../../src/library/library";

const folder = path.join(process.env["KVM_SERIES_SHARED"] ?? "", "data", "cases");

interface Case {
  readonly series: readonly Series[];
  /** The newest revision of the only series there is. */
  readonly newest: () => Revision;
  /** What `git am` would take of it. */
  readonly mbox: () => string;
}

function openCase(name: string): Case {
  const file = readdirSync(path.join(folder, name)).find((one) => one.endsWith(".mbox")) ?? "";
  const bytes = readMbox(readFileSync(path.join(folder, name, file)));
  const sha1 = (text: Uint8Array): Uint8Array => createHash("sha1").update(text).digest();
  const facts = bytes.map((mail, at) =>
    mailFactsOf(readMail(mail), { place: `${at}`, committed: null, source: file, patchId: (text) => patchId(text, sha1) }),
  );
  const series = seriesOf(facts);
  assert.deepEqual(seriesOf(facts.toReversed()), series, "the order of the mails matters");
  const newest = (): Revision => {
    assert.equal(series.length, 1, series.map(({ title }) => title).join("; "));
    return newestRevision(series[0] ?? assert.fail());
  };
  const byId = new Map(facts.map(({ messageId }, at) => [messageId, bytes[at] ?? new Uint8Array()]));
  const mbox = (): string => {
    const wanted = new Set(mailIdsOf(newest()));
    return seriesMbox(newest(), new Map([...byId].filter(([id]) => wanted.has(id))), { trailers: true }).text;
  };
  return { series, newest, mbox };
}

function seriesOf(facts: readonly MailFacts[]): Series[] {
  return assembleSeries(
    assembleMails(facts).postings,
    (text) => createHash("sha256").update(text).digest("hex"),
    subsystemIn({ rules: [], trees: [] }),
  );
}

function places({ patches }: Revision): Array<[number | null, string | null]> {
  return patches.map(({ index, messageId }) => [index, messageId]);
}

function trailers(patch: Patch | undefined): string[] {
  return patch?.trailers.map(({ key, value }) => `${key}: ${value.split(" <")[0] ?? ""}`) ?? [];
}

suite("handed cases of postings", () => {
  if (!existsSync(folder)) {
    console.log("    skipped: KVM_SERIES_SHARED names no folder with data/cases");
    return;
  }

  for (const [name, version, count] of [
    ["split-send-broken-off", 4, 4],
    ["split-two-senders", 7, 4],
    ["rest-of-a-posting-sent-from-another-address", 2, 4],
  ] as const) {
    test(name, () => {
      const { series, newest } = openCase(name);
      assert.deepEqual([series[0]?.revisions.length, newest().version, newest().patches.length], [1, version, count]);
      assert.ok(newest().patches.every(({ messageId, index }, at) => messageId !== null && index === at + 1));
    });
  }

  test("replacement-sent-in-reply-to-the-reviewer", () => {
    const { newest, mbox } = openCase("replacement-sent-in-reply-to-the-reviewer");
    assert.deepEqual(places(newest()), [
      [1, "20260901100000.500-2-ada@example.org"],
      [2, "20260901193000.9-1-ada@example.org"],
    ]);
    assert.deepEqual(newest().patches[1]?.rivals, ["20260901100000.500-3-ada@example.org"]);
    assert.deepEqual(trailers(newest().patches[1]), ["Signed-off-by: Ada Lind", "Reviewed-by: Bo Quist"]);
    assert.match(mbox(), /^\+new2_fixed\(\);$/m);
    assert.doesNotMatch(mbox(), /^\+new2\(\);$/m);
  });

  test("resend-loses-its-own-trailers", () => {
    const { newest, mbox } = openCase("resend-loses-its-own-trailers");
    assert.deepEqual(places(newest()), [[1, "20260920100000.22-1-ada@example.org"]]);
    assert.deepEqual(trailers(newest().patches[0]), ["Signed-off-by: Ada Lind", "Acked-by: Bo Quist", "Reviewed-by: Cy Marsh"]);
    assert.match(mbox(), /^Acked-by: Bo Quist/m);
  });

  test("28-partial-reroll", () => {
    const { series, newest, mbox } = openCase("28-partial-reroll");
    assert.deepEqual(
      series[0]?.revisions.map(({ version, point = 0, patches }) => [versionLabel(version, point), patches[2]?.messageId]),
      [
        ["v1", "c28-3@example.org"],
        ["v2", "c28-3v2@example.org"],
        ["v2.1", "c28-3v21@example.org"],
      ],
    );
    assert.deepEqual(trailers(newest().patches[1]), ["Signed-off-by: Ada Lind", "Reviewed-by: Bo Rask"]);
    assert.deepEqual([mbox().match(/^Subject: /gm)?.length, /^\+\tint r = a \+ 334;$/m.test(mbox())], [5, true]);
  });

  test("29-clock-wrong", () => {
    const { series, newest, mbox } = openCase("29-clock-wrong");
    assert.deepEqual([series[0]?.revisions.map(({ version }) => version), newest().messageId], [[1, 2], "c29-2@example.org"]);
    assert.match(mbox(), /^\+\tint r = a \+ 2;$/m);
  });

  test("version-with-a-letter", () => {
    const { series, newest } = openCase("version-with-a-letter");
    assert.deepEqual(
      series[0]?.revisions.map(({ version, point = 0 }) => versionLabel(version, point)),
      ["v3", "v4", "v4A"],
    );
    assert.deepEqual(
      newest().patches.map(({ messageId, carriedFrom }) => [messageId, carriedFrom]),
      [
        ["20260909100000.5-1-ada@example.org", undefined],
        ["20260905100000.5-3-ada@example.org", "v4"],
      ],
    );
  });

  test("stable-notices-are-pending-series", () => {
    assert.equal(openCase("stable-notices-are-pending-series").newest().messageId, "20260801100000.11-1-ada@example.org");
  });

  test("diffstat-of-cover-with-missing-patches", () => {
    const { series, newest } = openCase("diffstat-of-cover-with-missing-patches");
    const touches = makeTouchIndex(series, projectOfSeries).touching("arch/x86/kvm/vmx/vmx.c", "kernel");
    assert.deepEqual([touches.map(({ patches }) => patches), series[0]?.subsystem], [[[]], "x86"]);
    assert.deepEqual(newest().files, ["arch/x86/kvm/vmx/vmx.c", "arch/x86/kvm/x86.c", "tools/testing/selftests/kvm/x86/stack_test.c"]);
  });

  test("resend-after-180-days-is-stale", () => {
    const { series } = openCase("resend-after-180-days-is-stale");
    const touches = makeTouchIndex(
      series.filter((one) => isPending(one, newestDate(series))),
      projectOfSeries,
    ).touching("arch/x86/kvm/x86.c", "kernel");
    const { date, posted } = newestRevision(touches[0]?.series ?? assert.fail());
    assert.deepEqual([date, posted?.resentAs], ["2026-09-28T10:00:00Z", [{ messageId: "20260928100000.22-1-ada@example.org", date }]]);
  });

  for (const [name, ...expected] of [
    ["subsystem-all-architectures", "generic"],
    ["subsystem-mm-series-named-s390", "mm"],
    ["subsystem-of-a-revert", "pci"],
    ["07-revert-subsystem", "drm/foo", "drm/foo", "drm/foo", "x86"],
  ] as const) {
    test(name, () => {
      assert.deepEqual(
        openCase(name)
          .series.map(({ subsystem }) => subsystem)
          .sort(),
        expected,
      );
    });
  }

  for (const [name, place, id] of [
    ["slot-twice-shortlog", 1, "20250303080000.7-2-ada@example.org"],
    ["leftover-patch-that-the-cover-does-not-list", 2, "20260901100000.500-3-ada@example.org"],
  ] as const) {
    test(name, () => {
      const patch = openCase(name)
        .newest()
        .patches.find(({ index }) => index === place);
      assert.deepEqual([patch?.messageId, patch?.rivals?.length], [id, 1]);
    });
  }
});

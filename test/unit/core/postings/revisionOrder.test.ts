import assert from "node:assert/strict";
import type { MailFacts } from "../../../../src/core/postings/mailFacts";
import { isPending, lastSent, newestDate, type Series } from "../../../../src/core/series/series";
import { alex, assembled, day, inShort, made, madeSeries, patchBody, start } from "../../../support/madeMail";

function only(...mails: ReadonlyArray<readonly MailFacts[]>): Series {
  const all = mails.flat();
  const { series } = assembled(all);
  assert.deepEqual(assembled(all.toReversed()).series, series);
  assert.equal(series.length, 1);
  return series[0] ?? assert.fail();
}

function names(series: Series): string[] {
  return series.revisions.map((revision) => inShort(revision).split(" n=")[0] ?? "");
}

suite("the newest revision where clocks are wrong", () => {
  const first = (at = start): MailFacts[] => madeSeries({ id: "v1", at });
  const second = (at: number, more: object = {}): MailFacts[] => madeSeries({ id: "v2", words: "PATCH v2", at, change: "two", ...more });

  test("what answers a posting is newer", () => {
    const series = only(first(), second(start - 130 * day, { to: "v1-0@example.org" }));
    assert.deepEqual(names(series), ["v1", "v2"]);
    assert.deepEqual(
      series.links.map(({ evidence }) => evidence),
      [["in-reply-to", "same-title"]],
    );
  });

  test("what names a posting in its changelog is newer", () => {
    const letter = "v1: https://lore.kernel.org/kvm/v1-0@example.org/\n";
    const again = madeSeries({ id: "again", words: "RFC PATCH v2", at: start - 40 * day, letter, change: "again" });
    const series = only(first(), again);
    assert.deepEqual(
      series.revisions.map(({ messageId }) => messageId),
      ["v1-0@example.org", "again-0@example.org"],
    );
    assert.deepEqual(series.links[0]?.evidence[0], "changelog-link");
  });

  test("a higher version is newer, by its point and its letter too", () => {
    assert.deepEqual(names(only(first(), second(start - 300 * day))), ["v1", "v2"]);
    assert.deepEqual(names(only(first(start + 2000 * day), second(start), madeSeries({ id: "v3", words: "PATCH v3", at: start + day }))), [
      "v1",
      "v2",
      "v3",
    ]);
    const words = ["PATCH v3B", "PATCH v3A", "PATCH v3.1", "PATCH v3", "PATCH v2"];
    const series = only(...words.map((word, at) => madeSeries({ id: `m${at}`, words: word, at: start + at * day })));
    assert.deepEqual(names(series), ["v2", "v3", "v3.1", "v3A", "v3B"]);
  });

  test("a version that is posted once more after a higher one begins anew", () => {
    const anew = madeSeries({ id: "anew", at: start + 60 * day, change: "anew" });
    assert.deepEqual(names(only(first(), second(start + day), anew)), ["v1", "v2", "v1"]);
    const asked = madeSeries({ id: "rfc", words: "RFC PATCH", at: start + 60 * day, change: "anew" });
    assert.deepEqual(names(only(first(), second(start + day), asked)), ["v1", "v2", "v1 rfc"]);
  });

  test("the series is as old as what was sent for it last", () => {
    const series = only(first(), second(start - 300 * day, { to: "v1-0@example.org" }));
    const other = made({ id: "o@example.org", subject: "[PATCH] KVM: Other", from: alex, at: start + day, body: patchBody("made/o.c") });
    const [newest, ...rest] = assembled([...first(), ...second(start - 300 * day, { to: "v1-0@example.org" }), other]).series;
    assert.equal(lastSent(series), "2026-03-01T10:00:00Z");
    assert.ok(newest && isPending(series, newestDate([newest, ...rest])));
    assert.deepEqual([newest.title, rest.length], ["KVM: Other", 1]);
  });
});

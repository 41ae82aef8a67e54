import fc from "fast-check";
import assert from "node:assert/strict";
import {
  addCorrection,
  correctionName,
  parseCorrections,
  printCorrections,
  removeCorrection,
} from "../../../../src/core/postings/corrections";
import { assembleMails } from "../../../../src/core/postings/assembleMails";
import { assembleSeries } from "../../../../src/core/postings/assembleSeries";
import type { Posting } from "../../../../src/core/postings/posting";
import { coverEntry, entry, postingsOf, sha256 } from "../../../support/invented";
import { assembled, day, inShort, madeSeries, start } from "../../../support/madeMail";

suite("corrections", () => {
  test("what is read is printed again, comments and lines that are not understood too", () => {
    const text =
      "# Renamed.\njoin <a@example.org> <b@example.org> # v2\n\nspilt <a@example.org> <c@example.org>\nsplit <a@example.org> <d@example.org>\n";
    const file = parseCorrections(text, "corrections");
    assert.equal(printCorrections(file.lines), text);
    assert.deepEqual(file.corrections, [
      { kind: "join", first: "a@example.org", second: "b@example.org" },
      { kind: "split", first: "a@example.org", second: "d@example.org" },
    ]);
    assert.deepEqual(file.problems, [
      { source: "corrections", message: "Line 4 is not a correction and has no effect: spilt <a@example.org> <c@example.org>" },
    ]);
  });

  test("any text is read, and what is printed reads the same", () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.string(), fc.constantFrom("join <a@b> <c@d>", "split a@b c@d", "join <a@b> <a@b>", "# x"))),
        (rows) => {
          const file = parseCorrections(rows.join("\n"), "x");
          const again = parseCorrections(printCorrections(file.lines), "x");
          assert.deepEqual(again.corrections, file.corrections);
          assert.equal(printCorrections(again.lines), printCorrections(file.lines));
        },
      ),
    );
  });

  test("of two lines that contradict each other the later counts, and a problem says so", () => {
    const both = parseCorrections("join <a@b> <c@d>\nsplit <c@d> <a@b>\n", "x");
    assert.deepEqual(both.corrections, [{ kind: "split", first: "c@d", second: "a@b" }]);
    assert.equal(both.problems.length, 1);
    const through = parseCorrections("join <a@b> <c@d>\njoin <c@d> <e@f>\nsplit <a@b> <e@f>\n", "x");
    assert.deepEqual(
      through.corrections.map(({ kind }) => kind),
      ["join", "join"],
    );
    assert.equal(through.problems.length, 1);
  });

  test("adding takes the place of what was said of the pair, removing takes it back", () => {
    const { lines } = parseCorrections("# Ours.\njoin <a@b> <c@d>\n", "x");
    const split = addCorrection(lines, { kind: "split", first: "c@d", second: "a@b" });
    assert.equal(printCorrections(split), "# Ours.\nsplit <c@d> <a@b>\n");
    assert.equal(printCorrections(removeCorrection(split, { first: "a@b", second: "c@d" })), "# Ours.\n");
  });

  test("join makes one series of two, with the hand as evidence", () => {
    const other = madeSeries({ id: "o", words: "PATCH v2", title: "Tea", titles: ["Tea: a"], paths: ["made/t.c"], at: start + day });
    const mails = [...madeSeries({ id: "v1" }), ...other];
    assert.equal(assembled(mails).series.length, 2);
    const { series } = assembled(mails, [{ kind: "join", first: "v1-2@example.org", second: "o-0@example.org" }]);
    assert.deepEqual(series[0]?.revisions.map(inShort), ["v1 n=3 cover: 1 2 3", "v2 n=1 cover: 1"]);
    assert.deepEqual(series[0].links, [{ from: 0, to: 1, evidence: ["by-hand"] }]);
  });

  test("split parts two revisions, also where a third is like both", () => {
    const mails = ["v1", "v2", "v3"].flatMap((id, at) =>
      madeSeries({ id, words: at === 0 ? "PATCH" : `PATCH ${id}`, at: start + at * day }),
    );
    assert.equal(assembled(mails).series.length, 1);
    const { series } = assembled(mails, [{ kind: "split", first: "v1-0@example.org", second: "v3-0@example.org" }]);
    assert.deepEqual(series.map(({ revisions }) => revisions.map(({ version }) => version)).sort(), [[1, 2], [3]]);
    const shuffled = assembled(mails.toReversed(), [{ kind: "split", first: "v1-0@example.org", second: "v3-0@example.org" }]);
    assert.deepEqual(shuffled.series, series);
    assert.equal(assembled(mails, [{ kind: "split", first: "v1-0@example.org", second: "gone@example.org" }]).series.length, 1);
  });

  suite("of what only a digest tells", () => {
    const shortlog = { "Ada Lind": ["KVM: One", "KVM: Two"] };
    const [older, newer, other] = ["[PATCH 0/2] KVM: All", "[PATCH v2 0/2] KVM: All", "[PATCH 0/1] KVM: Kettles"];
    const postings = postingsOf([coverEntry(older, { shortlog })], [coverEntry(newer, { shortlog }), entry(other, "Other work.")]);
    const nameOf = (subject: string): string => {
      const posting = postings.find(({ revision }) => revision.cover?.subject === subject);
      assert(posting);
      return correctionName(posting.revision, sha256);
    };
    const versions = (all: readonly Posting[], text: string): number[][] => {
      const { corrections, problems } = parseCorrections(text, "x");
      assert.deepEqual(problems, []);
      return assembleSeries(all, sha256, () => "x86", corrections).map(({ revisions }) => revisions.map(({ version }) => version));
    };

    test("two versions of one title have names of their own, which the file can carry and the series are found by", () => {
      assert.match(nameOf(older), /^v1-[0-9a-f]{12}@digest\.invalid$/);
      assert.equal(nameOf(newer), nameOf(older).replace("v1", "v2"));
      const [series] = assembleSeries(postings, sha256, () => "x86").filter(({ revisions }) => revisions.length > 1);
      assert.ok(series?.aliases.includes(nameOf(older)) && series.aliases.includes(nameOf(newer)));
    });

    test("they are split and joined by hand, whatever order they come in", () => {
      const split = `split <${nameOf(older)}> <${nameOf(newer)}> # KVM: All\n`;
      const join = `join <${nameOf(older)}> <${nameOf(other)}>\n`;
      for (const all of [postings, postings.toReversed()]) {
        assert.deepEqual(versions(all, "").sort(), [[1, 2], [1]].sort());
        assert.deepEqual(versions(all, split).sort(), [[1], [1], [2]]);
        assert.deepEqual(versions(all, join), [[1, 1, 2]]);
      }
    });

    test("and from what an archive tells", () => {
      const mails = madeSeries({ id: "v3", words: "PATCH v3", title: "KVM: Kettles", titles: ["KVM: Boil"], paths: ["made/k.c"] });
      const { postings: archived } = assembleMails(mails);
      const all = [...postings, ...archived];
      assert.deepEqual(versions(all, `join <${nameOf(newer)}> <v3-0@example.org>\n`).sort(), [[1, 2, 3], [1]].sort());
    });
  });
});

/** The table of the compared revisions, as the page draws it. */
import assert from "node:assert/strict";
import { compareEach } from "../../../src/core/compare/compareRevisions";
import { patchMatrix } from "../../../src/core/compare/patchMatrix";
import { finished } from "../../../src/core/steps";
import { comparedSectionHtml, matrixHtml } from "../../../src/render/patchMatrix";
import { type PageSeries, pageSeries } from "../../../src/shared/pageSeries";
import { adding, type MadePatch, postingOf } from "../../support/comparedSeries";
import { assembled, context } from "../../support/madeMail";
import { mailFactsOf } from "../../../src/core/postings/mailFacts";

const count = adding("KVM: x86: Count the teapots", "kvm/teapot.c", "	count_teapots(kvm);", "	tell_teapots(kvm);");
const warm = adding("KVM: x86: <b>Warm</b> the teapots", "kvm/warm.c", "	warm_teapot(vcpu);", "	wait_for_steam(vcpu);");
const hotter: MadePatch = { ...adding("", "kvm/warm.c", "	warm_teapot(vcpu);", "	wait_for_whistle(vcpu);"), title: warm.title };
const both: MadePatch = { title: count.title, files: { ...count.files, ...warm.files } };

/** The section and the table of some postings. */
function drawn(...postings: ReadonlyArray<readonly MadePatch[]>): { section: string; table: string; series: PageSeries } {
  const mails = postings.flatMap((patches, at) => postingOf(at + 1, patches, at === 1 ? "Green tea.\n" : "Tea.\n"));
  const [series, ...more] = assembled(mails.map((mail) => mailFactsOf(mail, context))).series;
  assert(series && more.length === 0);
  const matrix = patchMatrix(finished(compareEach(series.revisions, new Map(mails.map((mail) => [mail.messageId ?? "", mail])))));
  const page = pageSeries(series);
  return { section: comparedSectionHtml(page, false), table: matrixHtml(matrix, page, null), series: page };
}

/** The words of each row, as they are seen. */
function rowsOf(table: string): string[] {
  return Array.from(table.matchAll(/<tr[^>]*>(.*?)<\/tr>/gs), ([, row = ""]) =>
    Array.from(row.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/gs), ([, cell = ""]) => cell.replace(/<[^>]*>/g, "").trim()).join(" | "),
  );
}

suite("revisions compared on the page", () => {
  test("say in words what became of each patch", () => {
    const { section, table } = drawn([count, warm], [{ ...count, message: "For tea." }, hotter], [hotter]);
    assert.match(section, /^<details class="compared" data-compared><summary>.*Revisions compared.*v1 to v3/);
    assert.deepEqual(rowsOf(table), [
      " | v1 | v2 | v3",
      "Cover letter |  | changed | changed",
      "KVM: x86: Count the teapots | 1/2 | 1/2 same diff, message changed | dropped",
      "KVM: x86: &lt;b&gt;Warm&lt;/b&gt; the teapots | 2/2 | 2/2 changed | 1/1 moved",
    ]);
  });

  test("have a button where something changed, which says to those who hear it what it shows", () => {
    const { table } = drawn([count, warm], [count, hotter]);
    const buttons = Array.from(table.matchAll(/<button[^>]*>/g), ([button]) => button);
    assert.equal(buttons.length, 2);
    assert.match(buttons[0] ?? "", /data-do="openLetterChange" data-revision="1"/);
    assert.match(
      buttons[1] ?? "",
      /data-do="openChange" data-revision="1" data-before="1" data-after="1" .* aria-label="changed: show what changed from v1 to v2 in KVM: x86: &lt;b&gt;Warm/,
    );
  });

  test("name the patches that one was split into or squashed from", () => {
    assert.deepEqual(rowsOf(drawn([both], [count, warm]).table).slice(2), [
      "KVM: x86: Count the teapots | 1/1 | 1/2 split from 1/1",
      "KVM: x86: &lt;b&gt;Warm&lt;/b&gt; the teapots |  | 2/2 split from 1/1",
    ]);
    assert.deepEqual(rowsOf(drawn([count, warm], [both]).table).slice(2), [
      "KVM: x86: Count the teapots | 1/2 | 1/1 squashed from 1/2, 2/2",
      "KVM: x86: &lt;b&gt;Warm&lt;/b&gt; the teapots | 2/2 | squashed into 1/1",
    ]);
  });

  test("are no section where one revision alone has diffs, and a sentence where they cannot be read", () => {
    assert.equal(drawn([count]).section, "");
    const { series } = drawn([count], [count]);
    assert.equal(
      matrixHtml({ rows: [], letters: [], problems: [] }, series, "The archive could not be read."),
      '<p class="note">The archive could not be read.</p>',
    );
  });
});

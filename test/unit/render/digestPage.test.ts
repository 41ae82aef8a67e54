import assert from "node:assert/strict";
import { seriesUrl } from "../../../src/render/archiveLinks";
import { type DigestReport, digestReport, escapeMarkdown, rangeOfDigests, writeDigestReport } from "../../../src/render/digestReport";
import { bruno, coverEntry, digestOf, patchEntry, revision, seriesOf, seriesWith } from "../../support/invented";

const shortlog = { "Ada Lind": ["KVM: One", "KVM: Two"] };
const lore = "https://lore.kernel.org/all/";
const first = [coverEntry("[PATCH 0/2] KVM: All", { shortlog, files: { "a.c": 2 } })];
const second = [
  patchEntry("[PATCH] KVM: <b>*Lone*</b> `x` [y](z)", { "b.c": 1 }, bruno),
  coverEntry("[PATCH v2 0/2] KVM: All", {
    shortlog: { "Ada Lind": ["KVM: One", "KVM: Three"] },
    files: { "a.c": 2, "c.c": 1 },
    text: `v2:\n - Split.\n - ${lore}1@example.org\n\nv1 (RFC):\n - ${lore}0@example.org`,
  }),
];
const listUrl = "https://lore.kernel.org/kvm";
const options = { title: undefined, listUrl: () => listUrl };
const nowhere = { from: "", to: "", list: "KVM" };
const report: DigestReport = digestReport(
  rangeOfDigests(
    [
      { name: "1.txt", digest: digestOf(...first) },
      { name: "2.txt", digest: digestOf(...second) },
    ],
    "KVM",
  ),
  seriesOf(first, second),
  options,
);

suite("digest report", () => {
  const entries = report.groups.flatMap(({ series }) => series);
  const all = entries.find(({ title }) => title === "KVM: All");
  const lone = entries.find(({ title }) => title !== "KVM: All");

  test("series instead of mails, with what changed since the revision before", () => {
    assert.deepEqual([report.title, report.from, report.to, entries.length], ["KVM mailing list digest", "aaaaaaaaa", "bbbbbbbbb", 2]);
    assert.deepEqual(all?.changes, {
      since: 1,
      sinceLabel: "v1",
      said: `- Split.\n - ${lore}1@example.org`,
      newPatches: ["KVM: Three"],
      droppedPatches: ["KVM: Two"],
    });
    assert.equal(lone?.changes, null);
  });

  test("contributors: new work and rerolls apart", () => {
    assert.deepEqual(
      report.contributors.map(({ author, newPatches, rerolledPatches }) => [author.name, newPatches, rerolledPatches]),
      [
        ["Bruno Vale", 1, 0],
        ["Ada Lind", 0, 2],
      ],
    );
  });

  test("a reroll of what nobody read is one all the same", () => {
    const alone = seriesOf([coverEntry("[PATCH v3 0/2] KVM: All", { shortlog })]);
    assert.equal(digestReport(nowhere, alone, options).groups[0]?.series[0]?.changes?.since, 2);
  });

  test("the address finds the series in the archive", () => {
    assert.equal(
      seriesUrl(seriesWith([revision({ messageId: "a/b+c@example.org" })]), "https://lore.kernel.org/kvm"),
      "https://lore.kernel.org/kvm/a%2Fb%2Bc%40example.org/",
    );
    assert.equal(all?.url, `https://lore.kernel.org/kvm/?q=${encodeURIComponent('s:"KVM: All" f:ada@example.org')}`);
    assert.equal(
      new URL(seriesUrl(seriesWith([revision({ title: 'a "b" \\ c' })]), listUrl)).searchParams.get("q"),
      's:"a  b    c" f:ada@example.org',
    );
  });
});

suite("digest pages", () => {
  test("text", () => {
    const text = writeDigestReport(report, "text");
    assert.match(text, /^KVM mailing list digest\naaaaaaaaa to bbbbbbbbb · 2 series: 1 new, 1 rerolled\n/);
    assert.match(text, /\nKVM: All\n {2}v2 · 2 patches · 2 files · \+3 −0 · new · Ada Lind <ada@example.org>\n/);
    assert.match(text, /\n {2}Since v1:\n {4}- Split\.\n/);
    assert.match(text, /\n {4}\+ KVM: Three\n {4}− KVM: Two\n/);
    assert.match(text, /\n {2}v1 RFC: https:\/\/lore.kernel.org\/all\/0@example.org\n/);
    assert.match(text, /\n {6}1 {9}0 {2}Bruno Vale <bruno@example.org>\n {6}0 {9}2 {2}Ada Lind/);
  });

  test("Markdown: nothing becomes a link, a person, an issue or a note by itself", () => {
    const words = [
      ...[
        "www.example.org",
        "WWW.example.org",
        "(www.example.org)",
        "https://example.org/x_y",
        "ftp://example.org",
        "mailto:a@example.org",
      ],
      ...["a@example.org", "<a@example.org>", "a\\\\@example.org", "@ada", "@org/team", "#123", "GH-12", "org/repo#5", ":smile:"],
      ...["0123456789ab", "0123456789abcdef0123456789abcdef01234567", "`a@example.org`", "``www.example.org"],
    ];
    const plain = /@|:\/\/|www\.|mailto|#\d|GH-\d|:smile:|[0-9a-f]{7}/i;
    for (const word of words) {
      for (const text of [word, `see ${word} now`, `${word}\n${word}`]) {
        const markdown = escapeMarkdown(text);
        assert.doesNotMatch(markdown.replace(/(`+)(?!`).*?(?<!`)\1(?!`)/g, ""), plain, markdown);
        assert.doesNotMatch(markdown, /\n/);
      }
    }
    for (const [text, markdown] of [
      ["[^1] &copy; <b> $x$ ~~a~~ a|b", String.raw`\[^1\] \&copy; \<b\> \$x\$ \~\~a\~\~ a\|b`],
      ["1. one", String.raw`1\. one`],
      ["- one -", String.raw`\- one -`],
      ["KVM: x86: Fix 123456 of v1.2", "KVM: x86: Fix 123456 of v1.2"],
      ["Ada <ada@example.org>", "Ada `<ada@example.org>`"],
    ] as const)
      assert.equal(escapeMarkdown(text), markdown);
    assert.equal(escapeMarkdown("a|b@example.org", true), "`a\\|b@example.org`");
  });

  test("Markdown: nothing of a mail is markup", () => {
    const text = writeDigestReport(report, "markdown");
    assert.match(text, /^### \[KVM: \\<b\\>\\\*Lone\\\*\\<\/b\\> \\`x\\` \\\[y\\\]\(z\)\]\(<https:/m);
    assert.match(text, /^Earlier: \[v1 RFC\]\(<https:\/\/lore.kernel.org\/all\/0@example.org>\)$/m);
    assert.doesNotMatch(text, /<b>/);
  });

  test("Markdown: a changelog cannot end its code block", () => {
    const cover = coverEntry("[PATCH v2 0/2] KVM: All", { text: "v2:\n - ```\n - <script>x</script>\n - ````", shortlog });
    const text = writeDigestReport(digestReport(nowhere, seriesOf([cover]), options), "markdown");
    assert.match(text, /^`{5}\n[\s\S]*<script>[\s\S]*^`{5}$/m);
  });

  test("HTML: everything escaped, nothing loaded", () => {
    const text = writeDigestReport(report, "html");
    assert.match(text, /KVM: &lt;b&gt;\*Lone\*&lt;\/b&gt;/);
    assert.match(text, /default-src 'none'/);
    assert.doesNotMatch(text, /<b>|<script/);
    assert.match(text, /<a href="https:\/\/lore.kernel.org\/all\/0@example.org" rel="noreferrer">v1 RFC<\/a>/);
  });

  test("a link that is no web address leads nowhere", () => {
    const [group] = report.groups;
    assert(group);
    const evil = { ...report, groups: [{ ...group, series: group.series.map((entry) => ({ ...entry, url: 'javascript:alert("1")' })) }] };
    assert.doesNotMatch(writeDigestReport(evil, "html") + writeDigestReport(evil, "markdown"), /javascript:/);
  });

  test("JSON is the report with its schema", () =>
    assert.deepEqual(JSON.parse(writeDigestReport(report, "json")), JSON.parse(JSON.stringify({ schema: 1, ...report }))));

  test("hidden characters are written out everywhere", () => {
    const titled = { ...report, title: "a\u202eb" };
    for (const format of ["text", "markdown", "html"] as const) assert.match(writeDigestReport(titled, format), /a⟨U\+202E⟩b/, format);
  });

  test("an empty report is no error", () => {
    const none = digestReport(nowhere, [], options);
    for (const format of ["text", "markdown", "html", "json"] as const) assert(writeDigestReport(none, format).length > 0);
  });
});

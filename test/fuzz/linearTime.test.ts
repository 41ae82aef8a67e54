import assert from "node:assert/strict";
import { parseDiffstatPath } from "../../src/core/diff/diffPath";
import { parseDiffstat } from "../../src/core/diff/diffstat";
import { parseDigest } from "../../src/core/digest/digest";
import { postingsOfDigests } from "../../src/core/digest/digestPostings";
import { parseAuthor } from "../../src/core/mail/author";
import { changelogSections } from "../../src/core/mail/changelog";
import { referencesIn } from "../../src/core/mail/mailReference";
import { commitMessage } from "../../src/core/mail/mailinfo";
import { parseShortlog } from "../../src/core/mail/shortlog";
import { parseSubject, titleKey } from "../../src/core/mail/subject";
import { parseTrailers } from "../../src/core/mail/trailers";
import { decodeQuotedPrintable } from "../../src/core/mail/transferEncoding";
import { assembleSeries } from "../../src/core/postings/assembleSeries";
import { formerTitles, postingLinks, supersededPostings } from "../../src/core/postings/earlierPostings";
import { linkedText } from "../../src/render/html";
import { letterParts, messageParts } from "../../src/render/letter";
import { digestOf, entry, sha256 } from "../support/invented";

/** Lines and texts a stranger may send to make a pattern try everything: each a piece to repeat and what ends the line. */
const pieces = [
  " ",
  "\t",
  "(",
  "[",
  "{",
  "a",
  "1",
  "|",
  "=> ",
  " => ",
  "{ => ",
  "- ",
  "v1 ",
  "rfc ",
  "re:",
  "v1: https://lore.kernel.org/",
  "<",
  '"',
  "\\",
  ".",
  "+",
  " (1",
  "):",
  "://",
  "patch v",
  "changes ",
  "[a]",
  "%41",
  "@",
  "}",
  ")",
  "])}",
  "= ",
  "=",
  "https://example.org/) ",
];
const ends = ["", "x", "://x", " | 1", ":", "]"];
const shortLines = [
  "v1:\n",
  "\n",
  " \n",
  "a (1):\n",
  "a (1):\n  b\n",
  " a | 1 +\n",
  " 1 file changed\n",
  "- https://lore.kernel.org/r/%@x\n",
  "v%: https://lore.kernel.org/r/%@x\n",
  "A-b: c\n",
  "A-b: c\n\n",
  "[x\n",
  "New:  a\n",
  `\n\n${"-".repeat(70)}\n`,
  "---\n",
  "    a\n",
  " changed\n",
  "---\n\n",
  "v%:\n- a\n\nText\n\n",
  "v%: a\n\n",
];

const readers: Readonly<Record<string, (text: string) => unknown>> = {
  parseSubject,
  titleKey,
  parseAuthor,
  parseDiffstat: (text) => parseDiffstat(`${text}\n 1 file changed, 1 insertion(+)`),
  parseDiffstatRow: (text) => parseDiffstat(` ${text}\n 1 file changed, 1 insertion(+)`),
  parseDiffstatPath,
  quotedPath: (text) => parseDiffstatPath(`"${text}"`),
  parseShortlog,
  parseTrailers: (text) => parseTrailers(text, "patch"),
  commitMessage,
  changelogSections,
  postingLinks: (text) => postingLinks(text, 3),
  supersededPostings: (text) => supersededPostings(`Supersedes: ${text}`, 3),
  formerTitles: (text) => formerTitles(text, text),
  formerTitlesBelow: (text) => formerTitles(`Renamed from "${text}`, ""),
  referencesIn: (text) => referencesIn(text),
  postingLinksBelow: (text) => postingLinks(`v3:\n${text}`, 3),
  letterParts,
  letterEnd: (text) => letterParts(`Text\n${text}\n`),
  messageParts,
  linkedText,
  linkedAddress: (text) => linkedText(`https://example.org/${text}`),
  decodeQuotedPrintable: (text) => decodeQuotedPrintable(Buffer.from(text)),
  parseDigest: (text) => parseDigest(`From a to b\n===== Patch Commit Messages ====\n\n${text}`),
  digestHead: (text) => parseDigest(text),
};

function time(read: (text: string) => unknown, texts: readonly string[]): number {
  const start = performance.now();
  for (const text of texts) read(text);
  return performance.now() - start;
}

/** The quickest of three runs, which other work on the machine can only slow down. */
function quickest(read: (text: string) => unknown, texts: readonly string[]): number {
  return Math.min(time(read, texts), time(read, texts), time(read, texts));
}

const length = 40_000;
/** Below this a ratio says nothing; a single pattern that tries everything takes a second at this length. */
const noise = 60;

/**
 * Whether time grows with the texts and not with their square. Four times the text may take four times as long, and the limit
 * lies between that and sixteen. All texts of a kind are timed together: one that takes its square of time outweighs the rest.
 */
function assertLinear(read: (text: string) => unknown, make: (length: number) => string[]): void {
  const long = make(length);
  for (let attempt = 0; time(read, long) >= noise; attempt++) {
    const taken = quickest(read, long);
    if (taken < noise || taken / quickest(read, make(length / 4)) < 9) return;
    if (attempt < 2) continue;
    const slowest = long.reduce((worst, text) => (time(read, [text]) > time(read, [worst]) ? text : worst), "");
    assert.fail(`${taken.toFixed(0)} ms, which is more than linear; the slowest begins with ${JSON.stringify(slowest.slice(0, 40))}`);
  }
}

suite("hostile text is read in linear time", () => {
  for (const [name, read] of Object.entries(readers)) {
    test(`${name}: long lines`, () =>
      assertLinear(read, (size) => pieces.flatMap((piece) => ends.map((end) => piece.repeat(size / piece.length) + end))));
    test(`${name}: short lines`, () => {
      let count = 0;
      const numbered = (line: string, size: number): string => line.repeat(size / line.length).replace(/%/g, () => String(count++));
      assertLinear(read, (size) => shortLines.map((line) => numbered(line, size)));
    });
  }

  test("thousands of mails that could belong together", () => {
    const join = (entries: ReadonlyArray<ReturnType<typeof entry>>): unknown =>
      assembleSeries(postingsOfDigests([{ name: "", digest: digestOf(...entries) }]), sha256, () => "");
    const makers: ReadonlyArray<(at: number) => ReturnType<typeof entry>> = [
      (at) => entry("[PATCH 0/3] KVM: Same", `${at}`),
      (at) => entry(`[PATCH 0/3] KVM: ${at}`, "Ada Lind (2):\n  KVM: One\n  KVM: Two\n"),
      (at) => entry(`[PATCH ${at % 2}/3] KVM: ${at}`, "Ada Lind (2):\n  KVM: One\n  KVM: Two\n"),
      (at) =>
        entry(
          `[PATCH v${at} 0/3] KVM: ${at}`,
          `v1: https://lore.kernel.org/all/${at >> 1}@x\nv2: https://lore.kernel.org/all/${(at + 1) >> 1}@x\n`,
        ),
    ];
    for (const [number, make] of makers.entries()) {
      const times = [500, 2000].map((count) => {
        const entries = Array.from({ length: count }, (_, at) => make(at));
        return quickest(() => join(entries), [""]);
      });
      const [short = 0, long = 0] = times;
      assert(long < 400 || long / short < 14, `mails ${number}: ${short.toFixed(0)} ms, ${long.toFixed(0)} ms`);
    }
  });

  test("numbers that ask for more memory than there is are none", () => {
    const [posting] = postingsOfDigests([{ name: "", digest: digestOf(entry("[PATCH 1/4294967296] KVM: Huge")) }]);
    assert.deepEqual([posting?.revision.expected, posting?.revision.missing], [1, []]);
    assert.equal(postingsOfDigests([{ name: "", digest: digestOf(entry("[PATCH 1/9999] KVM: Large")) }])[0]?.revision.missing.length, 9998);
  });
});

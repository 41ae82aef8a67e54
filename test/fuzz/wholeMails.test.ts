/** Whole mails on all the way they go, made of one piece again and again: read, assembled, shown on the page and in a terminal, written as mbox. */
import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { patchFiles } from "../../src/core/diff/patchFiles";
import { HumanError } from "../../src/core/humanError";
import { readMail, replyText } from "../../src/core/mail/mail";
import { readMbox } from "../../src/core/mail/mbox";
import { assembleMails } from "../../src/core/postings/assembleMails";
import { assembleSeries } from "../../src/core/postings/assembleSeries";
import { mailFactsOf } from "../../src/core/postings/mailFacts";
import { textsOfPatches, withMailTexts } from "../../src/core/series/revisionTexts";
import { seriesMbox } from "../../src/core/series/seriesMbox";
import { patchKey } from "../../src/index/hashes";
import { digestReport, writeDigestReport } from "../../src/render/digestReport";
import { seriesMarkdownParts } from "../../src/render/hover";
import { patchBodyHtml } from "../../src/render/patchList";
import { replyBodyHtml } from "../../src/render/replyList";
import { seriesReport } from "../../src/render/seriesJson";
import { seriesHtml } from "../../src/render/seriesPage";
import { seriesText } from "../../src/render/seriesText";
import { pageSeries } from "../../src/shared/pageSeries";

const diff = "diff --git a/x.c b/x.c\nindex 1111111..2222222 100644\n--- a/x.c\n+++ b/x.c\n@@ -1 +1 @@\n-a\n+b\n";

const pieces = [
  ...["\n", " \n", "\t", " ", "a", "- ", "---\n", "--- a\n+++ b\n", "--- a\n+++ b\n@@ -1,9 +1,9 @@\n", "@@ -1,99999 +1,99999 @@\n"],
  ...["diff --git a/x b/x\n", "diff --git a/x b/x\nindex 1..2\n@@ -1,9 +1,9 @@\n x\n", diff, "Index: x\n", "From: x\n ", ">8 - ", "-- \n"],
  ...[
    "> ",
    ">\n",
    ">>",
    "v1:\n",
    "v1 ",
    "v2: a\n\nText\n\n",
    "Changes since v1:\n",
    "https://lore.kernel.org/r/a@b ",
    "https://x/)",
    "])}",
    "(",
    "[",
  ],
  ...["A (1):\n", "A (1):\n  b\n", " 1 file changed\n", " a | 1 +\n 1 file changed, 1 insertion(+)\n", " a | 1 +\n", "[x\n", "a-b: b\n"],
  ...[
    "Reviewed-by: a <a@b.c>\n",
    "Reviewed-by: a\na@",
    "Signed-off-by: a <b@c>\n\n",
    "Applied, thanks. ",
    "[1/2] x\n      commit: 0123456789\n",
  ],
  ...[
    "change-id: a\n",
    "This series is based on ",
    "Supersedes: <a@b>\n",
    "@",
    "<a@",
    '"',
    '"\\',
    "= ",
    "=3D",
    "é",
    "\u202e",
    "\r",
    "\r\n",
    "\0",
  ],
  ...[
    "commit 0123456789ab upstream ",
    "for patches 1-3:\n",
    "From x Mon Jan  1 00:00:00 1970\nA: b\n",
    ">From ",
    "GIT binary patch\n",
    "1, ",
  ],
];
const fieldPieces = [
  "<",
  "<a@b> ",
  ",",
  '"',
  '"\\',
  "(",
  "(\\",
  "=?utf-8?q?a?= ",
  "=?a?q?",
  ';a="',
  "[",
  "[a] ",
  "re: ",
  "[PATCH ",
  "v1 ",
  "1/2 ",
  " ",
  "\n ",
  "a ",
  " via ",
];
const fields = ["Subject", "From", "To", "References", "Message-ID", "Date", "List-Id", "Content-Type"];
const attached = `--b\nContent-Type: text/x-patch\nContent-Disposition: attachment; filename=a.patch\n\n${diff}`;
const parts = [
  "--b\n",
  "--b\n\n",
  "--b ",
  "--",
  "--b\nContent-Type: multipart/mixed; boundary=b\n\n",
  attached,
  `--b\nContent-Type: message/rfc822\n\n${diff}`,
];

function head(subject: string, more = ""): string {
  return `${more}From: A <a@b.c>\nSubject: ${subject}\nMessage-ID: <x@y.z>\nDate: Mon, 19 Oct 2026 10:00:00 +0000\n`;
}

type Make = (many: (piece: string) => string) => string;

const mails: ReadonlyArray<readonly [name: string, make: Make]> = [
  ...pieces.flatMap((piece): Array<readonly [string, Make]> => {
    const said = JSON.stringify(piece.slice(0, 40));
    return [
      [`a cover letter of ${said}`, (many) => `${head("[PATCH v3 0/2] x")}\nText\n${many(piece)}\nx`],
      [`a message of ${said}`, (many) => `${head("[PATCH v3] x")}\nText\n${many(piece)}\nSigned-off-by: A <a@b.c>\n---\n${diff}`],
      [`notes of ${said}`, (many) => `${head("[PATCH v3] x")}\nText\n\nSigned-off-by: A <a@b.c>\n---\n${many(piece)}\n${diff}`],
      [`behind a diff ${said}`, (many) => `${head("[PATCH v3] x")}\nText\n---\n${diff}${many(piece)}\n`],
      [`an answer of ${said}`, (many) => `${head("Re: [PATCH v3] x", "In-Reply-To: <q@w>\n")}\nReviewed-by: A\n${many(piece)} x\n`],
      [
        `quoted-printable of ${said}`,
        (many) =>
          `${head("[PATCH v3] x", "Content-Type: text/plain; format=flowed\nContent-Transfer-Encoding: quoted-printable\n")}\n${diff}${many(piece)}\n`,
      ],
    ];
  }),
  ...fields.flatMap((field) =>
    fieldPieces.map((piece): readonly [string, Make] => [
      `${field} of ${JSON.stringify(piece)}`,
      (many) => `${field}: x${many(piece)}\n${head("[PATCH] x")}\n${diff}`,
    ]),
  ),
  ...parts.map((piece): readonly [string, Make] => [
    `parts of ${JSON.stringify(piece.slice(0, 40))}`,
    (many) => `${head("[PATCH] x", "Content-Type: multipart/mixed; boundary=b\n")}\n${many(piece)}`,
  ]),
];

const none: ReadonlySet<string> = new Set();

/** All that is made of a mail. */
function all(bytes: Buffer): void {
  const mail = readMail(bytes);
  const facts = mailFactsOf(mail, { place: "x", committed: null, source: "s", patchId: patchKey });
  const { postings } = assembleMails([facts]);
  const assembled = assembleSeries(
    postings,
    (text) => hash("sha256", text),
    () => "x86",
  );
  const letters = new Map([[facts.messageId, mail]]);
  const series = assembled.map((one) => ({ ...one, revisions: one.revisions.map((revision) => withMailTexts(revision, letters)) }));
  for (const one of series) {
    const page = pageSeries(one);
    seriesHtml({ series: page, revision: 0, layout: "line", open: new Set([0]), openReplies: none, folded: none, now: 0 });
    const [revision] = page.revisions;
    const [first] = one.revisions;
    if (revision?.patches[0]) patchBodyHtml(revision, 0, none);
    if (!first) continue;
    for (const text of textsOfPatches(first, letters)) if (text !== null) patchFiles(text);
    seriesText(one, null);
    seriesMarkdownParts(one, 0);
    try {
      seriesMbox(first, new Map([[facts.messageId, bytes]]), { trailers: true });
    } catch (error) {
      if (!(error instanceof HumanError)) throw error;
    }
  }
  seriesReport(series, []);
  for (const format of ["text", "markdown", "html"] as const)
    writeDigestReport(digestReport({ from: "", to: "", list: "KVM" }, series, { listUrl: () => "https://example.org/" }), format);
  replyBodyHtml(replyText(bytes), "A");
  readMbox(bytes);
}

const length = 100_000;
/** Milliseconds; a loop over the rest for each piece takes ten times as long at this length. */
const noise = 150;

function quickest(make: Make, size: number, times: number): number {
  const bytes = Buffer.from(make((piece) => piece.repeat(Math.ceil(size / piece.length))));
  let best = Infinity;
  for (let time = 0; time < times; time++) {
    const start = performance.now();
    all(bytes);
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

suite("whole mails take linear time", () => {
  for (const [name, make] of mails) {
    test(name, () => {
      for (let attempt = 0; quickest(make, length, 1) >= noise; attempt++) {
        const [long, short] = [quickest(make, length, 2), quickest(make, length / 4, 2)];
        // Four times the text: four times as long, or sixteen.
        if (long < noise || long / short < 9) return;
        assert.ok(attempt < 2, `${long.toFixed(0)} ms, a quarter of it ${short.toFixed(0)} ms`);
      }
    });
  }
});

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readDiff } from "../../../../src/core/diff/diff";
import { readMail } from "../../../../src/core/mail/mail";
import { openPatchMail, patchMbox } from "../../../../src/core/mail/patchMail";
import { sampleArchive } from "../../../support/pageArchive";
import { plainGit } from "../../../support/sampleArchive";

suite("patch as a mail, as git takes it", () => {
  let folder: string;
  setup(() => (folder = mkdtempSync(join(tmpdir(), "kvm-series-patch-"))));
  teardown(() => rmSync(folder, { recursive: true, force: true }));

  /** What git takes from a mail: who, when, what, message and diff. */
  function mailinfo(mail: Uint8Array | string): string {
    const run = spawnSync("git", ["mailinfo", "--encoding=UTF-8", "msg", "patch"], { cwd: folder, env: plainGit, input: mail });
    assert.equal(run.status, 0, run.stderr.toString());
    return [run.stdout.toString(), readFileSync(join(folder, "msg"), "utf8"), readFileSync(join(folder, "patch"), "utf8")].join("\n");
  }

  /** How many mails git sees in an mbox. */
  function mailsplit(text: string): number {
    const out = mkdtempSync(join(folder, "split-"));
    const run = spawnSync("git", ["mailsplit", `-o${out}`, "--", "-"], { env: plainGit, input: text });
    assert.equal(run.status, 0, run.stderr.toString());
    return Number(run.stdout.toString().trim());
  }

  const diff = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n";
  const mailWith = (text: string): Uint8Array =>
    new TextEncoder().encode(`From: A <a@example.org>\nSubject: [PATCH] x\nMessage-ID: <a@example.org>\n\n${text}`);

  test("git takes the same from the clipboard as from the archive, for every kind of mail of the sample", () => {
    const { series, mails } = sampleArchive();
    const revisions = series.flatMap((one) => one.revisions.slice(-1));
    let count = 0;
    for (const { messageId, title } of revisions.flatMap(({ patches }) => patches.slice(-1))) {
      const bytes = mails.get(messageId ?? "");
      if (!bytes) continue;
      const text = patchMbox(openPatchMail(bytes), 0) ?? "";
      assert.match(text, /^From mboxrd@z Thu Jan {2}1 00:00:00 1970\nFrom: /);
      const body = text.slice(text.indexOf("\n") + 1);
      const isAttached = /^Content-Type: multipart/m.test(Buffer.from(bytes).toString("latin1"));
      // Of an attachment git keeps its boundary in the message; the clipboard has none.
      if (!isAttached) assert.equal(mailinfo(body), mailinfo(bytes), title);
      count++;
    }
    assert.ok(count > 15, `${count} patches`);
  });

  test("a file of git format-patch below an answer comes out as git am makes it of the file", () => {
    const message = "Because, größer.\n\nSigned-off-by: B <b@example.org>\n---\n x | 2 +-\n\n";
    const fileMail = (above: string): string =>
      `${above}From: =?UTF-8?q?B=C3=A4r?= <b@example.org>\nDate: Thu, 1 Jan 2026 09:00:00 +0100\nSubject: [PATCH 1/2] KVM: Fix it,\n and that\nMIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: 8bit\n\n${message}${diff}-- \n2.39\n\n`;
    const file = fileMail("");
    const mail = fileMail(
      "From: A <a@example.org>\nSubject: Re: [PATCH] y\nMessage-ID: <a@example.org>\n\nWhat about this?\n\nFrom 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\n",
    );
    const text = patchMbox(openPatchMail(new TextEncoder().encode(mail)), 0) ?? "";
    assert.equal(mailinfo(text.slice(text.indexOf("\n") + 1)), mailinfo(file));
  });

  suite("lines that flow", () => {
    const flowing = (parameters: string, text: string): string =>
      `From: A <a@example.org>\nSubject: [PATCH] x\nMessage-ID: <a@example.org>\nContent-Type: text/plain;\n charset="utf-8"; ${parameters}\n\n${text}`;
    const stuffed = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,3 +1,3 @@\n  kept\n-a\n+b \nmore\n  last\n-- \n2.39\n";

    for (const parameters of ["format=flowed", 'format="Flowed"; delsp=yes'])
      test(`come out as git joins them: ${parameters}`, () => {
        const mail = flowing(parameters, `Words that \ngo on.\n From here.\n---\n${stuffed}`);
        const text = patchMbox(openPatchMail(new TextEncoder().encode(mail)), 0) ?? "";
        assert.match(mailinfo(mail), /go on\.\nFrom here\.\n[^]*\n kept\n-a\n\+b ?more\n last\n-- \n/);
        assert.equal(mailinfo(text.slice(text.indexOf("\n") + 1)), mailinfo(mail));
        const [file] = readDiff(readMail(new TextEncoder().encode(mail)).body).files;
        assert.deepEqual([file?.mangled, file?.added, file?.deleted], [false, 1, 1]);
      });
  });

  test("one mail stays one, whatever lines are in it", () => {
    const bytes = new TextEncoder().encode(
      "From: A <a@example.org>\nSubject: [PATCH] x\nMessage-ID: <a@example.org>\n\nFrom here on it is text.\n\nFrom 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\nFrom: b\n\ndiff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n",
    );
    const text = patchMbox(openPatchMail(bytes), 0) ?? "";
    const run = spawnSync("git", ["mailsplit", "-o.", "--", "-"], { cwd: folder, env: plainGit, input: text });
    assert.equal(run.stdout.toString().trim(), "1");
    assert.equal(text.includes("From here on"), false, "what stands above a file of git format-patch is none of it");
    assert.match(text, /^From: b$/m);
    assert.equal(patchMbox(openPatchMail(bytes), 1), null);
    assert.equal(patchMbox(openPatchMail(new Uint8Array()), 0)?.includes("\r"), false);
  });

  for (const line of [
    "From boot at 10:10:10 2026 on host",
    "From the host 12:34:56 2026, the guest",
    "From cpu 3, 12:34:56 99",
    "From abcd 1:02:03 91:",
    "From a 1:02:03\t+0091",
    "From a 1x02:03 2026",
    "From größe, größe 1:02:03 99999999999999999999999",
    "From éé 1:23:45 99",
    "From  1:02:03 1999:",
  ]) {
    test(`a line that git takes for another mail: ${line}`, () => {
      assert.equal(mailsplit(`From mboxrd@z Thu Jan  1 00:00:00 1970\nFrom: a\n\n${line}\n`), 2, "git splits there");
      const text = patchMbox(openPatchMail(mailWith(`Words.\n${line}\nMore.\n---\n${diff}`)), 0) ?? "";
      assert.equal(mailsplit(text), 1);
      // Nothing is put in front of the line, which would stay in the commit.
      assert.ok(mailinfo(text.slice(text.indexOf("\n") + 1)).includes(`\nWords.\n${line}\nMore.\n`));
    });
  }

  /** Who wrote the commit that git am makes of a mail, and when. */
  function authorOf(mbox: string): string {
    const repository = mkdtempSync(join(folder, "author-"));
    const git = (input: string, ...args: readonly string[]): string => {
      const run = spawnSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.org", ...args], {
        cwd: repository,
        env: { ...plainGit, TZ: "America/New_York" },
        input,
      });
      assert.equal(run.status, 0, run.stderr.toString());
      return run.stdout.toString().trim();
    };
    git("", "init", "--quiet", ".");
    writeFileSync(join(repository, "x"), "a\n");
    git("", "add", "x");
    git("", "commit", "--quiet", "-m", "Begin");
    git(mbox, "am", "--quiet");
    return git("", "log", "-1", "--format=%an <%ae> %aI");
  }

  const ada = "Ada Lind <ada@example.org>";
  const day = "Thu, 1 Jan 2026 09:00:00 +0100";
  for (const [name, from, date, author] of [
    ["a date as mailers write it", ada, `${day} (CET)`, `${ada} 2026-01-01T09:00:00+01:00`],
    ["a date without a zone, which git would take for the reader's", ada, "Thu, 1 Jan 2026 09:00:00", `${ada} 2026-01-01T09:00:00+00:00`],
    ["a zone that is none", ada, "Thu, 1 Jan 2026 09:00:00 +9999", `${ada} 2026-01-01T09:00:00+00:00`],
    ["a year of two digits, which git refuses", ada, "Thu, 1 Jan 26 09:00:00 +0100", `${ada} 2026-01-01T08:00:00+00:00`],
    ["the date of C", ada, "Thu Jan  1 09:00:00 2026", `${ada} 2026-01-01T09:00:00+00:00`],
    ["the date of ISO", ada, "2026-01-01T09:00:00+01:00", `${ada} 2026-01-01T09:00:00+01:00`],
    ["a date that is none, which git refuses", ada, "yesterday", `${ada} 2025-12-31T08:00:00+00:00`],
    ["no date", ada, null, `${ada} 2025-12-31T08:00:00+00:00`],
    ["a date before there were any", ada, "Thu, 1 Jan 1960 09:00:00 +0100", `${ada} 2025-12-31T08:00:00+00:00`],
    [
      "a name in a charset that git does not know",
      "=?ks_c_5601-1987?B?sea1v7/s?= <b@example.org>",
      day,
      "길동우 <b@example.org> 2026-01-01T09:00:00+01:00",
    ],
    ["a name in no charset", "=?UNKNOWN?Q?B=C3=A4r?= <b@example.org>", day, "Bär <b@example.org> 2026-01-01T09:00:00+01:00"],
    ["a name with its language", "=?utf-8*de?Q?B=C3=A4r?= <b@example.org>", day, "Bär <b@example.org> 2026-01-01T09:00:00+01:00"],
    ["a name as bytes", '"Bär \\"X\\" (y), Z" <b@example.org>', day, 'Bär "X" (y), Z <b@example.org> 2026-01-01T09:00:00+01:00'],
  ] as const) {
    test(`git am takes from the headers what people read in them: ${name}`, () => {
      const mail = `From: ${from}\n${date === null ? "" : `Date: ${date}\n`}Subject: [PATCH] x\nMessage-ID: <a@example.org>\n\nWords.\n---\n${diff}`;
      assert.equal(authorOf(patchMbox(openPatchMail(new TextEncoder().encode(mail)), 0, { date: "2025-12-31T08:00:00Z" }) ?? ""), author);
    });
  }

  /** What git am makes of a file: its bytes when the mail was applied. */
  function am(mbox: string, path: string, before: string): string {
    const repository = mkdtempSync(join(folder, "am-"));
    const git = (input: string, ...args: readonly string[]): void => {
      const who = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "core.autocrlf=false"];
      const run = spawnSync("git", [...who, ...args], { cwd: repository, env: plainGit, input });
      assert.equal(run.status, 0, run.stderr.toString());
    };
    git("", "init", "--quiet", ".");
    writeFileSync(join(repository, path), before);
    git("", "add", path);
    git("", "commit", "--quiet", "-m", "Begin");
    git(mbox, "am", "--quiet");
    return readFileSync(join(repository, path), "utf8");
  }

  test("the last line of a hunk stays, of which a mailer took the blank", () => {
    const hunk = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,4 +1,4 @@\n one\n-two\n+zwei\n three\n\n";
    assert.equal(
      am(patchMbox(openPatchMail(mailWith(`Words.\n---\n${hunk}`)), 0) ?? "", "x", "one\ntwo\nthree\n\nfive\n"),
      "one\nzwei\nthree\n\nfive\n",
    );
  });

  test("the empty line stays that ends a binary file", () => {
    const binary =
      "diff --git a/b b/b\nnew file mode 100644\nindex 0000000000000000000000000000000000000000..20b5be91886d0b6f26dc98a225c0dac05fe2c86e\nGIT binary patch\nliteral 3\nKcmYdfNCE%>hycU@\n\nliteral 0\nHcmV?d00001\n\n";
    am(patchMbox(openPatchMail(mailWith(`Words.\n---\n${binary}`)), 0) ?? "", "x", "one\n");
  });

  suite("a file whose lines end in CR LF", () => {
    const before = "one\r\ntwo\r\nthree = größer\r\n";
    const long = `${"long = ".repeat(40)} \r`;
    const patch = `diff --git a/x b/x\nindex 1..2 100644\n--- a/x\n+++ b/x\n@@ -1,3 +1,4 @@\n one\r\n-two\r\n+zwei\r\n+${long}\n three = größer\r\n`;
    const after = `one\r\nzwei\r\n${long}\nthree = größer\r\n`;
    const head = "From: A <a@example.org>\nSubject: [PATCH] x\nMessage-ID: <a@example.org>\nDate: Thu, 1 Jan 2026 00:00:00 +0000\n";
    const base64 = (text: string): string => Buffer.from(text).toString("base64").replace(/.{76}/g, "$&\n");
    const quoted = (text: string): string =>
      text
        .replace(/=/g, "=3D")
        .replace(/[\r\u0080-\uffff]/g, (letter) =>
          [...Buffer.from(letter)].map((byte) => `=${byte.toString(16).toUpperCase().padStart(2, "0")}`).join(""),
        );
    const plain = (encoding: string, text: string): string =>
      `${head}MIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: ${encoding}\n\n${text}\n`;
    const words = "Wörter.\n\nSigned-off-by: A <a@example.org>\n---\n";

    for (const [name, mail] of [
      ["base64", plain("base64", base64(words + patch))],
      ["quoted-printable", plain("quoted-printable", quoted(words + patch))],
    ] as const) {
      test(`comes out as git am makes it of the mail: ${name}`, () => {
        assert.equal(am(`From x Thu Jan  1 00:00:00 1970\n${mail}`, "x", before), after);
        assert.equal(
          am(patchMbox(openPatchMail(new TextEncoder().encode(mail)), 0, { trailers: ["Acked-by: B <b@example.org>"] }) ?? "", "x", before),
          after,
        );
        const read = readMail(new TextEncoder().encode(mail));
        assert.equal(read.body.includes("\r"), false, "what people and editors read has none");
      });
    }

    test("comes out of an attachment too", () => {
      const mail = `${head}MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nWords.\n--b\nContent-Type: text/x-patch; name=1.patch\nContent-Transfer-Encoding: base64\n\n${base64(patch)}\n--b\nContent-Type: text/x-patch; name=2.patch\nContent-Transfer-Encoding: base64\n\n${base64(patch.replaceAll("/x", "/y"))}\n--b--\n`;
      const bytes = new TextEncoder().encode(mail);
      assert.equal(am(patchMbox(openPatchMail(bytes), 0) ?? "", "x", before), after);
      assert.equal(am(patchMbox(openPatchMail(bytes), 1) ?? "", "y", before), after);
    });

    test("and one whose mail alone has such lines does not get them", () => {
      const lines = (text: string): string => text.replace(/\r?\n/g, "\r\n");
      const mail = plain("base64", base64(lines(words + patch)));
      const unix = (text: string): string => text.replaceAll("\r", "");
      const text = patchMbox(openPatchMail(new TextEncoder().encode(mail)), 0) ?? "";
      assert.equal(am(text, "x", unix(before)), unix(after));
      assert.equal(text.includes("\r"), false);
    });
  });

  test("a line that git takes for text stays as it is", () => {
    const lines = [
      "From here on, at 10:10:10 on host",
      "From boot at 10:10:10 90 and later",
      "From boot at 10:10:10 2026 on host: more",
      "From boot at 10:10:10 -2026, a number",
      "From:boot at 10:10:10 2026 on the host",
      "from boot at 10:10:10 2026 on the host",
      "From boot at 10:10:10",
      "From ",
      "From a:",
    ];
    const text = patchMbox(openPatchMail(mailWith(`Words.\n${lines.join("\n")}\n---\n${diff}`)), 0) ?? "";
    assert.ok(text.includes(`\n${lines.join("\n")}\n`), text);
    assert.equal(mailsplit(text), 1);
  });
});

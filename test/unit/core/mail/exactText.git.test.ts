import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { bytesOfRaw } from "../../../../src/core/mail/charset";
import { readMail } from "../../../../src/core/mail/mail";
import { editorPatchTexts, exactPatchTexts, openPatchMail, patchMbox } from "../../../../src/core/mail/patchMail";
import { readyPatches } from "../../../../src/core/series/revisionTexts";
import { type History, makeHistory, sent } from "../../../support/pendingHistory";
import { plainGit } from "../../../support/sampleArchive";

/** A text as bytes, each letter of which is one. */
const latin = (text: string): Buffer => Buffer.from(text, "latin1");
const base64 = (bytes: Buffer): string => bytes.toString("base64").replace(/.{76}/g, "$&\n");
const quoted = (bytes: Buffer): string =>
  Array.from(bytes, (byte) =>
    byte === 10
      ? "\n"
      : byte > 126 || byte < 32 || byte === 61
        ? `=${byte.toString(16).toUpperCase().padStart(2, "0")}`
        : String.fromCharCode(byte),
  ).join("");

suite("bytes of a diff", () => {
  let history: History;
  const file = "/* J\xfcrgen */\none\ntwo\n\x84\x66 \x81\x5c\nthree\n";
  suiteSetup(() => {
    history = makeHistory({ "lat.c": latin(file), "nul.c": latin(`${"line\n".repeat(2000)}a\0b\n`), "utf.c": "/* Jürgen */\none\ntwo\n" });
  });
  suiteTeardown(() => history.dispose());

  const am = (mbox: Uint8Array): readonly string[] => {
    history.git("switch", "--quiet", "--detach", "--discard-changes", "main");
    const { status, stderr } = spawnSync("git", ["am", "--quiet", "--keep-non-patch"], {
      cwd: history.folder,
      env: { ...plainGit, HOME: history.folder },
      input: mbox,
    });
    assert.equal(status, 0, stderr.toString());
    return [history.git("rev-parse", "HEAD^{tree}"), history.git("log", "-1", "--format=%an %ae%n%B")];
  };

  const head = (subject: string): string =>
    `From: =?UTF-8?q?J=C3=BCrgen?= <j@example.org>\nDate: Thu, 1 Jan 2026 09:00:00 +0000\nMessage-ID: <1@example.org>\nSubject: [PATCH] ${subject}\nMIME-Version: 1.0\n`;
  const words = (letters: string): string =>
    `Words of ${letters}.\n\nSigned-off-by: ${letters} <j@example.org>\n---\n notes ${letters}\n\n`;
  const utf8 = Buffer.from("Jürgen").toString("latin1");
  const change =
    "diff --git a/lat.c b/lat.c\n--- a/lat.c\n+++ b/lat.c\n@@ -1,5 +1,5 @@\n /* J\xfcrgen */\n-one\n+\xfcber one \xa0\n two\n \x84\x66 \x81\x5c\n three\n";
  const ofUtf8 = `diff --git a/utf.c b/utf.c\n--- a/utf.c\n+++ b/utf.c\n@@ -1,3 +1,3 @@\n /* ${utf8} */\n-one\n+eins\n two\n`;
  const ofNul = "diff --git a/nul.c b/nul.c\n--- a/nul.c\n+++ b/nul.c\n@@ -1999,3 +1999,3 @@ line\n line\n line\n-a\0b\n+a\0c\n";
  const end = "-- \n2.39.5\n";
  const mail = (type: string, encoding: string, body: string | Buffer): Buffer =>
    Buffer.concat([
      latin(`${head("Change it")}Content-Type: ${type}\nContent-Transfer-Encoding: ${encoding}\n\n`),
      Buffer.from(body as string, "latin1"),
    ]);
  const plain = (charset: string): string => `text/plain; charset=${charset}`;

  for (const [name, bytes] of [
    ["says UTF-8", mail(plain("UTF-8"), "8bit", words(utf8) + change + end)],
    ["says nothing", mail("text/plain", "8bit", words(utf8) + change + end)],
    ["is Latin-1", mail(plain("iso-8859-1"), "8bit", words("J\xfcrgen") + change + end)],
    ["is UTF-8 and says Latin-1", mail(plain("iso-8859-1"), "8bit", words(utf8) + ofUtf8 + end)],
    ["has a message that is not UTF-8 as it says", mail(plain("UTF-8"), "8bit", words("J\xfcrgen \xa0") + change + end)],
    ["comes in base64", mail(plain("UTF-8"), "base64", base64(latin(words(utf8) + change + end)))],
    ["comes in quoted-printable", mail(plain("UTF-8"), "quoted-printable", quoted(latin(words(utf8) + change + end)))],
    ["has a footer in Latin-1", mail(plain("UTF-8"), "8bit", `${words(utf8)}${ofUtf8}${end}\n____\nListe der J\xfcnger\n`)],
    ["holds NULs", mail(plain("UTF-8"), "8bit", words(utf8) + ofNul + end)],
    ["holds NULs in base64", mail(plain("UTF-8"), "base64", base64(latin(words(utf8) + ofNul + end)))],
    [
      "has CR LF in its encoding",
      mail(plain("UTF-8"), "quoted-printable", quoted(latin(`${words(utf8)}${change.replace("\xfcber one", "\xfcber\r")}${end}`))),
    ],
    [
      "is an attachment",
      mail(
        'multipart/mixed; boundary="b"',
        "8bit",
        `\n--b\nContent-Type: text/plain; charset=UTF-8\n\n${words(utf8)}--b\nContent-Type: text/x-patch; name=1.patch\nContent-Disposition: inline\n\n${change}\n--b--\n`,
      ),
    ],
  ] as const) {
    test(`a mail that ${name} is for git what it was`, () => {
      const taken = am(bytes);
      const text = patchMbox(openPatchMail(bytes), 0) ?? "";
      // Of parts git keeps the lines between them in the message.
      if (name === "is an attachment") assert.equal(am(Buffer.from(text))[0], taken[0]);
      else assert.deepEqual(am(Buffer.from(text)), taken);
      const { revision, bytes: sentBytes } = sent([bytes]);
      const { patches } = readyPatches(revision, new Map([...sentBytes].map(([id, one]) => [id, readMail(one)])));
      history.git("switch", "--quiet", "--detach", "--discard-changes", "main");
      const applied = spawnSync("git", ["apply", "--index", "-"], {
        cwd: history.folder,
        env: plainGit,
        input: bytesOfRaw(patches[0]?.raw ?? ""),
      });
      assert.equal(applied.status, 0, applied.stderr.toString());
      assert.equal(history.git("write-tree"), taken[0]);
    });
  }

  test("an attached patch file is in the charset that it says itself", () => {
    const file = `From ${"0".repeat(40)} Mon Sep 17 00:00:00 2001\nFrom: =?ISO-8859-2?q?=A3ukasz?= <l@example.org>\nDate: Thu, 1 Jan 2026 09:00:00 +0000\nSubject: [PATCH] Change it\nMIME-Version: 1.0\nContent-Type: text/plain; charset=ISO-8859-2\nContent-Transfer-Encoding: 8bit\n\n${words("\xa3ukasz \x93")}${change}${end}`;
    const bytes = mail(
      'multipart/mixed; boundary="b"',
      "8bit",
      `\n--b\nContent-Type: text/plain\n\nHere.\n--b\nContent-Type: text/x-patch; name=1.patch\n\n${file}\n--b--\n`,
    );
    assert.match(readMail(bytes).body, /^Signed-off-by: Łukasz /m);
    assert.deepEqual(am(Buffer.from(patchMbox(openPatchMail(bytes), 0) ?? "")), am(latin(file)));
  });

  test("trailers stand below a message whose last byte is half a letter or a no-break space", () => {
    const bytes = mail(plain("UTF-8"), "8bit", `Words.\n\nSigned-off-by: J <j@example.org> \xc3\xa0\n---\n${change}${end}`);
    const text = patchMbox(openPatchMail(bytes), 0, { trailers: ["Acked-by: Zoë <z@example.org>"] }) ?? "";
    const [, commit = ""] = am(Buffer.from(text));
    assert.match(commit, /\nSigned-off-by: J <j@example\.org> à\nAcked-by: Zoë <z@example\.org>$/);
  });

  test("the names of a header that nobody encoded come as git has them", () => {
    const raw = mail(plain("UTF-8"), "8bit", words(utf8) + change + end).toString("latin1");
    const bytes = latin(raw.replace(/^From: .*$/m, "From: J\xfcrgen <j@example.org>").replace("Change it", `Change\xc2\xa0${utf8} \xfc`));
    assert.deepEqual(am(Buffer.from(patchMbox(openPatchMail(bytes), 0) ?? "")), am(bytes));
  });

  test("lines that fit no charset spoil no other line of what is shown", () => {
    const { body } = readMail(mail(plain("UTF-8"), "8bit", words(utf8) + change + end));
    assert.match(body, /^Signed-off-by: Jürgen /m);
    assert.match(body, /^ \/\* Jürgen \*\/$/m);
    const gbk = readMail(mail(plain("gbk"), "8bit", `\xb1\xe4\n${utf8}\n\xff\n`));
    assert.equal(gbk.body, "变\nJürgen\nÿ\n");
  });

  test("an editor shows the lines of the file as it takes them", () => {
    const lines = (bytes: Buffer, isTold: boolean): string[] | undefined =>
      editorPatchTexts(readMail(bytes), isTold)[0]
        ?.match(/^[-+ ].*/gm)
        ?.slice(-5);
    const bytes = mail(plain("iso-8859-1"), "8bit", words("J\xfcrgen") + change);
    assert.deepEqual(
      lines(bytes, false),
      [" /* J\uFFFDrgen */", "-one", "+\uFFFDber one \uFFFD", " two", " \uFFFDf \uFFFD\\", " three"].slice(-5),
    );
    assert.deepEqual(lines(bytes, true), ["-one", "+über one \u00A0", " two", " „f \u0081\\", " three"]);
    assert.ok(
      editorPatchTexts(readMail(mail(plain("iso-8859-1"), "8bit", words("J\xfcrgen") + ofUtf8)))[0]?.includes("\n /* Jürgen */\n"),
      "bytes that are UTF-8 are read so",
    );
  });

  test("what came is there where lines are cut for people", () => {
    const long = "x".repeat(1_100_000);
    const mailed = readMail(mail(plain("UTF-8"), "8bit", `Words.\n---\n${change}+${long}\n`));
    assert.ok(exactPatchTexts(mailed)[0]?.includes(long));
    assert.ok(!mailed.body.includes(long));
  });
});

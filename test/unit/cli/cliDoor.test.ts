/** No control character of a mail reaches the terminal, whatever command it goes through and wherever it stood. */
import { root } from "../../host/paths";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { commands } from "../../../src/cli/commands";
import { print } from "../../../src/cli/output";
import { badMail, mboxOf } from "../../support/badMails";
import { commitMails } from "../../support/makeArchive";
import { MyRepository, teapot } from "../../support/myRepository";

const cli = path.join(root, "dist", "cli.js");
/** Sets a title, clears the screen, the same in eight bits, a bell, and turns the text round. */
const evil = "\x1b]0;owned\x07\x1b[2J\u009b31m\b\x7f\u202e";
/** All but tab and the ends of lines. */
const control = /[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]/;

suite("command line, escape sequences of mails", () => {
  const mine = new MyRepository();
  const folder = mkdtempSync(path.join(tmpdir(), "kvm-series-door-"));
  const inside = path.join(folder, `in${evil.replaceAll("/", "")}`);
  const at = (...names: string[]): string => path.join(inside, ...names);
  let messageId = "";

  const run = (...args: readonly string[]) =>
    spawnSync(process.execPath, [cli, ...args], { encoding: "utf8", cwd: inside, env: { ...process.env, XDG_CACHE_HOME: at("cache") } });

  suiteSetup(async () => {
    mkdirSync(inside);
    const [posted] = mine.posted("HEAD", () => mine.change(teapot, "\treturn 3;\n", "\treturn 33;\n"));
    const diff = posted?.text.slice(posted.text.indexOf("diff --git")) ?? "";
    const words = [
      `Words ${evil}.`,
      "",
      `change-id: one${evil}`,
      `base-commit: none${evil}`,
      `prerequisite-message-id: <zero${evil}@example.org>`,
      `Based-on: ${evil}/next`,
      `v2: ${evil}`,
      `- https://lore.kernel.org/r/zero${evil}@example.org`,
      "",
      `Reviewed-by: Bea${evil} <bea@example.org>`,
      "Signed-off-by: Ada <ada@example.org>",
      "---",
      ` a${evil}.c | 2 +-`,
      " 1 file changed, 1 insertion(+), 1 deletion(-)",
      "",
      diff,
      `diff --git a/a${evil}.c b/a${evil}.c`,
      "index 1111111..2222222 100644",
      `--- a/a${evil}.c`,
      `+++ b/a${evil}.c`,
      `@@ -1 +1 @@ ${evil}`,
      `-old${evil}`,
      `+new${evil}`,
      "-- ",
      "2.43.0",
      "",
    ].join("\n");
    const encoded = (text: string): string => `=?utf-8?B?${Buffer.from(text).toString("base64")}?=`;
    messageId = "evil@example.org";
    const mails = [
      badMail({
        number: 1,
        subject: encoded(`[PATCH v3${evil}] ${evil}head: title${evil}`),
        from: `${encoded(`Ada${evil}`)} <ada@example.org>`,
        id: messageId,
        body: words,
      }),
      badMail({ number: 2, subject: encoded(`[PATCH 0/2] ${evil}: cover`), body: words.slice(0, words.indexOf("---")) }),
      badMail({
        number: 3,
        subject: encoded(`[PATCH v4] {${evil}`),
        from: `a${evil}b@example.org`,
        id: `x${evil}y@example.org`,
        body: words,
      }),
      badMail({
        number: 4,
        subject: `Re: [PATCH v3] head`,
        headers: `In-Reply-To: <${messageId}>\nList-Id: <${evil}>\n`,
        body: `Acked-by: Cleo${evil} <cleo@example.org>\n`,
      }),
    ];
    writeFileSync(at("list.mbox"), mboxOf(...mails));
    await commitMails(
      at("list.git"),
      mails.map((add, number) => ({ add, time: 1_792_000_000 + number })),
    );
    writeFileSync(
      at("cut.mbox"),
      Buffer.concat([mboxOf(...mails), Buffer.from(`\nFrom x${evil} Thu Jan  1 00:00:00 1970\nSubject: ${evil}\n\n${evil}`)]),
    );
    mine.change(teapot, "\treturn 3;\n", "\treturn 300;\n");
  });
  suiteTeardown(() => {
    mine.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  const calls = (source: string): Readonly<Record<string, ReadonlyArray<readonly string[]>>> => ({
    series: [[source], [source, "--author", `no${evil}`], [source, "--since", evil], [source, "--status", evil]],
    show: [
      [source, "--id", messageId],
      [source, "--id", `${evil}no`],
      [source, "--id", messageId, "--revision", evil],
    ],
    touching: [
      [teapot, source],
      [`a${evil}.c`, source],
      [`none${evil}`, source, "--tree", mine.top],
      ["a", `absent${evil}`],
    ],
    compare: [
      [source, "--id", messageId],
      [source, "--id", evil],
      [source, "--id", messageId, "--from", evil],
      [source, "--id", messageId, "--to", `${evil}@`],
    ],
    trailers: [[source], [source, "--id", messageId], [source, "--id", evil], [source, "--id", messageId, "--revision", evil]],
    untaken: [[source], ["a", `absent${evil}`]],
    mbox: [
      [source, "--id", "evil2@example.org"],
      [source, "--id", evil],
    ],
    collides: [
      [source, "--tree", mine.top, "--prove"],
      [source, "--tree", evil],
    ],
    clashes: [[source], [source, "--tree", mine.top], [source, "--tree", evil], [`absent${evil}`]],
    applies: [
      [source, "--tree", mine.top],
      [source, "--tree", mine.top, "--onto", evil],
    ],
    status: [
      [source, "--tree", mine.top],
      [source, "--tree", mine.top, "--id", messageId],
      [source, "--tree", mine.top, "--id", evil],
      [source, "--tree", evil],
    ],
    digest: [
      ...["text", "markdown", "html", "json"].map((format) => [source, "--format", format]),
      [source, "--format", evil],
      [source, "--from", evil],
    ],
    index: [
      [source, "--db", at(`index${evil}.db`)],
      [source, "--db", at("list.mbox")],
    ],
  });

  test("every command, its errors and its JSON", () => {
    for (const source of ["list.mbox", "list.git", "cut.mbox"]) {
      const all = calls(source);
      assert.deepEqual(
        Object.keys(all).sort(),
        Object.keys(commands)
          .filter((name) => name !== "completion")
          .sort(),
      );
      for (const [name, ones] of Object.entries(all)) {
        // The sources differ in what they say of themselves.
        if (source !== "list.mbox" && name !== "series" && name !== "show") continue;
        for (const words of ones) {
          for (const json of commands[name]?.options["json"] ? [[], ["--json"]] : [[]]) {
            const { status, stdout, stderr } = run(name, ...words, ...json);
            const said = JSON.stringify([name, ...words, ...json]);
            assert.doesNotMatch(stdout, control, said);
            assert.doesNotMatch(stderr, control, said);
            assert.ok(status === 0 || stdout === "", said);
            if (json.length > 0 && status === 0) assert.ok(JSON.parse(stdout), said);
          }
        }
      }
    }
    for (const words of [[evil], ["help", evil], ["series", `--${evil}`], ["series", evil], []]) {
      const { stdout, stderr } = run(...words);
      assert.doesNotMatch(stdout + stderr, control);
    }
    // What there is to see was looked at at all.
    assert.match(run("series", "list.mbox").stdout, /⟨U\+001B⟩\]0;owned/);
    const { series } = JSON.parse(run("show", "list.mbox", "--id", messageId, "--json").stdout) as { series: { title: string } };
    assert.ok(series.title.includes("\x1b[2J"), "JSON says what the mail says");
  });

  test("what is for another program is exact, and is not shown to a person as it is", async () => {
    assert.ok(run("mbox", "list.mbox", "--id", messageId).stdout.includes(evil));
    assert.ok(run("digest", "list.mbox").stdout.includes("\x1b[2J"));
    for (const [isTTY, expected] of [
      [true, "⟨U+001B⟩[2J\n"],
      [false, "\x1b[2J\n"],
    ] as const) {
      let written = "";
      const write = (text: string, done: () => void): boolean => {
        written += text;
        done();
        return true;
      };
      await print({ isTTY, on: () => process.stdout, write } as unknown as NodeJS.WriteStream, "\x1b[2J\n", true);
      assert.equal(written, expected);
    }
  });
});

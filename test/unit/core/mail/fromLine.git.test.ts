import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isFromLine } from "../../../../src/core/mail/mbox";
import { plainGit } from "../../../support/sampleArchive";

suite("lines that begin another mail", () => {
  let folder: string;
  setup(() => (folder = mkdtempSync(join(tmpdir(), "kvm-series-from-"))));
  teardown(() => rmSync(folder, { recursive: true, force: true }));

  function mailsplit(text: string): number {
    const run = spawnSync("git", ["mailsplit", "-o.", "--", "-"], { cwd: folder, env: plainGit, input: text });
    assert.equal(run.status, 0, run.stderr.toString());
    return Number(run.stdout.toString().trim());
  }

  test("as git mailsplit finds them", () => {
    const pick = (choices: readonly string[], at: number): string => choices[at % choices.length] ?? "";
    const lines = Array.from({ length: 20_000 }, (_, at) => {
      const parts = [
        ["a", "1", " ", "é"],
        ["1", "x", ":"],
        [":", " ", "2"],
        ["0", "x"],
        ["5", ":"],
        [":", "."],
        ["03", "3", "03:"],
        [" ", " +", " -", "\t", ""],
        ["2026", "90", "91", "x", "091"],
        ["", ":", " x", " 1:02:03"],
      ];
      let rest = at * 7919;
      return `From somebody ${parts
        .map((choices) => {
          const one = pick(choices, rest);
          rest = Math.floor(rest / choices.length) + at;
          return one;
        })
        .join("")}`;
    });
    const start = "From mboxrd@z Thu Jan  1 00:00:00 1970\nFrom: a\n\n";
    const split = mailsplit(`${start}${lines.join("\n")}\n`) - 1;
    assert.ok(split > 20, `${split} of them begin a mail`);
    assert.equal(lines.filter(isFromLine).length, split);
  });
});

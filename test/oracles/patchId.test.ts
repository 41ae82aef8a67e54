import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readDiff } from "../../src/core/diff/diff";
import { patchId } from "../../src/core/diff/patchId";
import { bytesOfRaw } from "../../src/core/mail/charset";
import { readMail } from "../../src/core/mail/mail";
import { exactPatchTexts } from "../../src/core/mail/patchMail";
import { sharedData, sharedMails } from "./sharedMails";

const sha1 = (bytes: Uint8Array): Uint8Array => createHash("sha1").update(bytes).digest();

suite("patch ids against git patch-id --stable", () => {
  if (!sharedData) {
    console.log("    skipped: KVM_SERIES_SHARED names no folder with data");
    return;
  }

  test("every diff in every mail has the id that git gives it", () => {
    const diffs = sharedMails().flatMap(({ name, bytes }) => {
      return exactPatchTexts(readMail(bytes)).flatMap((text) => {
        const { files, start } = readDiff(text);
        return files.length > 0 ? [{ name, text, diff: text.slice(start) }] : [];
      });
    });
    // Git tells of which commit an id is by the commit line above the patch, if its id is not all zeros. What the message says of
    // commits is left out.
    const input = diffs.map(({ diff }, at) => `commit ${(at + 1).toString(16).padStart(40, "0")}\n${diff.replace(/\n?$/, "\n")}`).join("");
    const { stdout } = spawnSync("git", ["patch-id", "--stable"], { input: bytesOfRaw(input), encoding: "utf8", maxBuffer: 1e9 });
    const ids = new Map(stdout.split("\n").map((line) => [parseInt(line.slice(41), 16) - 1, line.slice(0, 40)]));
    const differing = diffs.flatMap(({ name, text }, at) => {
      const id = patchId(text, sha1);
      return id === (ids.get(at) ?? null) ? [] : [{ name, id, git: ids.get(at) ?? null }];
    });
    console.log(
      `    ${diffs.length - differing.length} of ${diffs.length} agree, ${[...ids.keys()].filter((at) => at >= 0).length} have an id`,
    );
    assert.deepEqual(differing, []);
  });
});

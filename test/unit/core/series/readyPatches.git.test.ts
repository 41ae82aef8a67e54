import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { bytesOfRaw } from "../../../../src/core/mail/charset";
import { readMail } from "../../../../src/core/mail/mail";
import { readyPatches } from "../../../../src/core/series/revisionTexts";
import { type History, makeHistory, sent } from "../../../support/pendingHistory";
import { plainGit } from "../../../support/sampleArchive";

suite("patches made ready for git apply", () => {
  let history: History;
  setup(() => (history = makeHistory({ "dos.txt": "one\r\ntwo\r\nthree\r\n" })));
  teardown(() => history.dispose());

  test("lines keep the CR that a file has, as git send-email sends them", () => {
    history.git("config", "core.autocrlf", "false");
    history.commit("Change a line", { "dos.txt": "one\r\nzwei\r\nthree\r\n" });
    const [mail] = history.mails("HEAD~1").map((bytes) => quotedPrintable(new TextDecoder().decode(bytes)));
    const { revision, bytes } = sent([new TextEncoder().encode(mail)]);
    const { patches } = readyPatches(revision, new Map([...bytes].map(([id, one]) => [id, readMail(one)])));
    history.git("switch", "--quiet", "--detach", "HEAD~1");
    writeFileSync(join(history.folder, "ready.patch"), bytesOfRaw(patches[0]?.raw ?? ""));
    const { status, stderr } = spawnSync("git", ["apply", "ready.patch"], { cwd: history.folder, env: plainGit });
    assert.equal(status, 0, stderr.toString());
    assert.equal(history.git("diff", "main"), "");
  });
});

/** As git send-email does it with a patch that has a CR somewhere. */
function quotedPrintable(mail: string): string {
  const blank = mail.indexOf("\n\n");
  const body = mail.slice(blank).replace(/=/g, "=3D").replace(/\r/g, "=0D").replace(/ $/gm, "=20");
  return `${mail.slice(0, blank)}\nContent-Transfer-Encoding: quoted-printable${body}`;
}

/** `kvm-series trailers`, and what `show` and `mbox` take of it: who said what of each patch, also in older revisions. */
import { root } from "../../host/paths";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { rawMbox } from "../../support/rawMail";
import { byBea, byCleo, byEd, reviewedTwice } from "../../support/reviewedTwice";

const cli = path.join(root, "dist", "cli.js");
suite("command line, trailers", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "kvm-series-cli-"));
  const run = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], { encoding: "utf8", cwd: folder });
    return { status, stdout, stderr };
  };
  const id = "v1-0@example.org";

  suiteSetup(() => {
    writeFileSync(path.join(folder, "tea.mbox"), rawMbox(reviewedTwice()));
    writeFileSync(path.join(folder, "digest.txt"), run("digest", "tea.mbox").stdout);
  });
  suiteTeardown(() => rmSync(folder, { recursive: true, force: true }));

  const signed = "Signed-off-by: Alex Archer <alex@example.org>";

  test("of a series, as text", () => {
    const { status, stdout, stderr } = run("trailers", "tea.mbox", "--id", id);
    assert.deepEqual([status, stderr], [0, ""]);
    assert.equal(
      stdout.replaceAll(/^[0-9a-f]{12} /gm, "ID "),
      `ID  v1  KVM: x86: Add teapots
  1/2  KVM: x86: Count the teapots
       ${signed}
       Reviewed-by: ${byBea} (in a reply)
       Acked-by: ${byCleo} (on the cover letter)
  2/2  KVM: x86: Warm the teapots
       ${signed}
       Reviewed-by: ${byBea} # the warm part (in a reply)
       Acked-by: ${byCleo} (on the cover letter)

ID  v2  KVM: x86: Add teapots
  1/2  KVM: x86: Count the teapots
       ${signed}
       Tested-by: ${byEd} (on the cover letter)
       Reviewed-by: ${byBea} (from v1, in a reply)
       Acked-by: ${byCleo} (from v1, on the cover letter)
  2/2  KVM: x86: Warm the teapots
       Acked-by: ${byCleo}
       ${signed}
       Tested-by: ${byBea} (in a reply, given by someone else)
       Tested-by: ${byEd} (on the cover letter)
       (Reviewed by Bea Baker in v1; the patch changed since)
`,
    );
    assert.equal(run("trailers", "tea.mbox", "--id", id, "--revision", "2").stdout, stdout.slice(stdout.indexOf("\n\n") + 2));
  });

  test("as JSON", () => {
    const { status, stdout } = run("trailers", "tea.mbox", "--json");
    assert.equal(status, 0);
    interface Row {
      readonly messageId: string;
      readonly trailers: ReadonlyArray<Record<string, unknown>>;
      readonly former: ReadonlyArray<Record<string, unknown>>;
    }
    const { revisions } = JSON.parse(stdout) as { revisions: Array<{ series: string; label: string; patches: Row[] }> };
    assert.deepEqual(
      revisions.map(({ label, patches }) => [label, ...patches.map(({ messageId }) => messageId)]),
      [1, 2].map((version) => [`v${version}`, `v${version}-1@example.org`, `v${version}-2@example.org`]),
    );
    assert.match(revisions[0]?.series ?? "", /^[0-9a-f]{12}$/);
    const [first, second] = revisions[1]?.patches ?? [];
    assert.deepEqual(first?.trailers, [
      { key: "Signed-off-by", value: "Alex Archer <alex@example.org>", via: "patch", from: null, messageId: "v2-1@example.org" },
      { key: "Tested-by", value: byEd, via: "cover", from: null, messageId: "v2-0@example.org" },
      { key: "Reviewed-by", value: byBea, via: "carried", from: "v1", messageId: "a1@example.org" },
      { key: "Acked-by", value: byCleo, via: "carried", from: "v1", messageId: "a3@example.org" },
    ]);
    assert.deepEqual(second?.trailers[2], {
      key: "Tested-by",
      value: byBea,
      via: "reply",
      from: null,
      messageId: "a4@example.org",
      giver: "other",
    });
    assert.deepEqual(second.former, [{ key: "Reviewed-by", value: `${byBea} # the warm part`, from: "v1", messageId: "a2@example.org" }]);
  });

  test("show says the same of the revision it shows", () => {
    const { stdout } = run("show", "tea.mbox", "--id", id);
    assert.match(stdout, / {9}Reviewed-by: Bea Baker <bea@example.org> \(from v1, in a reply\)\n/);
    assert.match(stdout, / {9}\(Reviewed by Bea Baker in v1; the patch changed since\)\n/);
    const { series } = JSON.parse(run("show", "tea.mbox", "--id", id, "--json").stdout) as {
      series: { revisions: Array<{ patches: Array<{ former?: object[] }> }> };
    };
    const former = { key: "Reviewed-by", value: `${byBea} # the warm part`, via: "reply", revision: "v1" };
    assert.deepEqual(
      series.revisions.map(({ patches }) => patches.map((patch) => patch.former)),
      [
        [undefined, undefined],
        [undefined, [former]],
      ],
    );
  });

  test("mbox takes what was carried over, unless told otherwise, and nothing else changes", () => {
    const given = (...options: string[]): string[] =>
      [...run("mbox", "tea.mbox", "--id", id, ...options).stdout.matchAll(/^(?:Reviewed|Acked|Tested)-by: (\w+)/gm)].map(([line]) => line);
    const own = ["Acked-by: Cleo"];
    assert.deepEqual(given(), ["Reviewed-by: Bea", "Acked-by: Cleo", ...own]);
    assert.deepEqual(given("--no-carried"), own);
    assert.deepEqual(given("--no-trailers"), own);
    const diffs = (...options: string[]): string[] =>
      run("mbox", "tea.mbox", "--id", id, ...options)
        .stdout.split(/^---\n/m)
        .slice(1)
        .map((text) => text.slice(0, text.indexOf("\n-- \n")));
    assert.equal(diffs().length, 2);
    assert.deepEqual(diffs(), diffs("--no-trailers"));
  });

  test("what cannot be asked", () => {
    assert.deepEqual(run("trailers", "tea.mbox", "--revision", "1").status, 2);
    const none = run("trailers", "tea.mbox", "--id", "nothing@example.org");
    assert.deepEqual([none.status, none.stdout], [1, ""]);
    const digest = run("trailers", "digest.txt", "--json");
    assert.equal(digest.status, 0);
    assert.match(digest.stdout, /"via": ?"patch"/);
    assert.doesNotMatch(digest.stdout, /"carried"/);
  });
});

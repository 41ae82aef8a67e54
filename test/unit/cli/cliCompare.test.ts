/** `kvm-series compare`: two revisions of a series, as text and as JSON. */
import { root } from "../../host/paths";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { adding, bodyOf, type MadePatch } from "../../support/comparedSeries";
import { day, start } from "../../support/madeMail";
import { rawMail, rawMbox } from "../../support/rawMail";

const cli = path.join(root, "dist", "cli.js");
const count = adding("KVM: x86: Count the teapots", "arch/x86/kvm/teapot.c", "	count_teapots(kvm);", "	tell_teapots(kvm);");
const warm = adding("KVM: x86: Warm the teapots", "arch/x86/kvm/warm.c", "	warm_teapot(vcpu);", "	wait_for_steam(vcpu);");
const hot = adding("KVM: x86: Warm the teapots", "arch/x86/kvm/warm.c", "	warm_teapot(vcpu);", "	wait_for_\u001b[2Jwhistle(vcpu);");
const clean = adding("KVM: x86: Clean the teapots", "arch/x86/kvm/clean.c", "	rinse_teapot(kvm);", "	dry_teapot(kvm);");

/** The mails of a posting; `words` are those of its brackets. */
function posting(id: string, words: string, patches: readonly MadePatch[], days: number, letter: string): Buffer[] {
  const at = start + days * day;
  return [
    rawMail({ id: `${id}-0@example.org`, subject: `[${words} 0/${patches.length}] KVM: x86: Add teapots`, at, body: letter }),
    ...patches.map((patch, place) =>
      rawMail({
        id: `${id}-${place + 1}@example.org`,
        subject: `[${words} ${place + 1}/${patches.length}] ${patch.title}`,
        at: at + (place + 1) * 1000,
        to: `${id}-0@example.org`,
        body: bodyOf(patch),
      }),
    ),
  ];
}

suite("command line, compare", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "kvm-series-cli-"));
  const at = (name: string): string => path.join(folder, name);
  const run = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [cli, "compare", ...args], { encoding: "utf8", cwd: folder });
    return { status, stdout, stderr };
  };
  const id = "r1-0@example.org";

  suiteSetup(() => {
    const mails = [
      ...posting("r1", "RFC PATCH", [count, warm], 0, "Tea.\n"),
      ...posting("p1", "PATCH", [count, warm], 1, "Tea.\n"),
      ...posting("p2", "PATCH v2", [clean, count, hot], 2, "Tea.\n\nv2: hotter\n"),
    ];
    writeFileSync(at("tea.mbox"), rawMbox(mails));
    writeFileSync(at("one.mbox"), rawMbox(mails.slice(0, 3)));
    writeFileSync(at("digest.txt"), spawnSync(process.execPath, [cli, "digest", at("tea.mbox")], { encoding: "utf8" }).stdout);
  });
  suiteTeardown(() => rmSync(folder, { recursive: true, force: true }));

  test("the newest two revisions", () => {
    const { status, stdout, stderr } = run("tea.mbox", "--id", id);
    assert.deepEqual([status, stderr], [0, ""]);
    assert.equal(
      stdout.replace(/^[0-9a-f]{12} /m, "ID "),
      `KVM: x86: Add teapots
ID · v1 (2 patches) -> v2 (3 patches)

  - -> 1  new      KVM: x86: Clean the teapots
  1 -> 2  moved    KVM: x86: Count the teapots
  2 -> 3  changed  KVM: x86: Warm the teapots

Cover letter
     Tea.
    +
    +v2: hotter

The first column tells which diff has a line: “-” only v1, “+” only v2.

2 -> 3  changed  KVM: x86: Warm the teapots
  arch/x86/kvm/warm.c
    @@ void warm(void)
      	begin_warm();
     +	warm_teapot(vcpu);
    -+	wait_for_steam(vcpu);
    ++	wait_for_⟨U+001B⟩[2Jwhistle(vcpu);
      	end_warm();
`,
    );
  });

  test("JSON", () => {
    const { status, stdout } = run("tea.mbox", "--id", id, "--json", "--from", "1");
    assert.equal(status, 0);
    const report = JSON.parse(stdout) as Record<string, unknown>;
    assert.deepEqual(
      { ...report, id: "ID" },
      {
        schema: 1,
        id: "ID",
        title: "KVM: x86: Add teapots",
        from: "v1",
        to: "v2",
        pairs: [
          {
            from: null,
            to: 1,
            state: "new",
            reordered: false,
            title: { from: null, to: clean.title },
            changes: [],
            message: null,
            trailers: [],
            interdiff: null,
          },
          {
            from: 1,
            to: 2,
            state: "moved",
            reordered: false,
            title: { from: count.title, to: count.title },
            changes: [],
            message: null,
            trailers: [],
            interdiff: null,
          },
          {
            from: 2,
            to: 3,
            state: "changed",
            reordered: false,
            title: { from: warm.title, to: hot.title },
            changes: ["diff"],
            message: null,
            trailers: [],
            interdiff:
              "arch/x86/kvm/warm.c\n  @@ void warm(void)\n    \tbegin_warm();\n   +\twarm_teapot(vcpu);\n  -+\twait_for_steam(vcpu);\n  ++\twait_for_\u001b[2Jwhistle(vcpu);\n    \tend_warm();",
          },
        ],
        cover: " Tea.\n+\n+v2: hotter",
        problems: [],
      },
    );
  });

  test("revisions by version, by name, and by a mail", () => {
    const compared = (...args: string[]): string | undefined => / · (.*)/.exec(run("tea.mbox", "--id", id, ...args).stdout)?.[1];
    assert.equal(compared("--to", "v1"), "v1 RFC (2 patches) -> v1 (2 patches)");
    assert.equal(compared("--from", "v1 RFC"), "v1 RFC (2 patches) -> v2 (3 patches)");
    assert.equal(compared("--from", "1rfc", "--to", "V2"), "v1 RFC (2 patches) -> v2 (3 patches)");
    assert.equal(compared("--from", "<r1-1@example.org>", "--to", "p1-0@example.org"), "v1 RFC (2 patches) -> v1 (2 patches)");
    assert.equal(compared("--from", "v2", "--to", "v1"), "v2 (3 patches) -> v1 (2 patches)");
  });

  test("what cannot be compared is said in a sentence", () => {
    const said = (...args: string[]): [number | null, string, string] => {
      const { status, stdout, stderr } = run(...args);
      return [status, stdout, stderr.split("\n", 1)[0]?.replace(/\b[0-9a-f]{12}\b/, "ID") ?? ""];
    };
    assert.deepEqual(said("tea.mbox", "--id", id, "--from", "v7"), [
      1,
      "",
      "The series ID has no revision 7 in these sources; there are v1 RFC, v1, v2.",
    ]);
    assert.deepEqual(said("tea.mbox", "--id", id, "--from", "no@example.org"), [
      1,
      "",
      "The series ID has no revision with the mail “no@example.org” in these sources; there are v1 RFC, v1, v2.",
    ]);
    assert.deepEqual(said("one.mbox", "--id", id), [
      1,
      "",
      "The series ID has one revision in these sources, v1 RFC; name an archive that holds another one.",
    ]);
    assert.deepEqual(said("tea.mbox", "--id", id, "--from", "v2"), [
      1,
      "",
      "v2 cannot be compared with itself; name another revision with --to.",
    ]);
    assert.deepEqual(said("tea.mbox", "--id", id, "--to", "v1 rfc"), [
      1,
      "",
      "No revision of the series ID in these sources is older than v1 RFC; name one with --from.",
    ]);
    assert.deepEqual(said("tea.mbox", "--id", id, "--to", "newest"), [
      2,
      "",
      "--to takes a revision such as v3, v2.1, “v1 RFC” or a Message-ID of it, not “newest”.",
    ]);
    const { series } = JSON.parse(
      spawnSync(process.execPath, [cli, "series", at("digest.txt"), "--json"], { encoding: "utf8" }).stdout,
    ) as {
      series: ReadonlyArray<{ id: string; revisions: readonly unknown[] }>;
    };
    assert.deepEqual(said("digest.txt", "--id", series.find(({ revisions }) => revisions.length > 1)?.id ?? ""), [
      1,
      "",
      "The patches of v1 RFC are not in these sources (a digest has no diffs); name an archive that holds them.",
    ]);
  });
});

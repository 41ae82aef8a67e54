import assert from "node:assert/strict";
import { root } from "../../host/paths";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { formatDigest } from "../../../src/core/digest/digest";
import { coverEntry, digestOf, patchEntry, sha256 } from "../../support/invented";

const cli = path.join(root, "dist", "cli.js");

/** The Node of the tests, and the older one npm itself may run on. */
const nodes = [...new Set([process.execPath, process.env["npm_node_execpath"] ?? process.execPath])];

const shortlog = { "Ada Lind": ["KVM: x86: One", "KVM: x86: Two"] };
const older = digestOf(
  coverEntry("[PATCH v2 0/2] KVM: x86: All", { shortlog, files: { "arch/x86/kvm/x86.c": 2, ".../kvm/include/x86/apic.h": 1 } }),
);
const newer = digestOf(
  patchEntry("[PATCH] KVM: arm64: Lone", { "arch/arm64/kvm/arm.c": 1 }),
  patchEntry("[PATCH v3 1/2] KVM: x86: One", { "arch/x86/kvm/x86.c": 1 }),
  coverEntry("[PATCH v3 0/2] KVM: x86: All", {
    text: "v3:\n - https://lore.kernel.org/all/2@example.org\n\nv1 (RFC):\n - https://lore.kernel.org/all/1@example.org",
    shortlog,
    files: { "arch/x86/kvm/x86.c": 2, ".../kvm/include/x86/apic.h": 1 },
  }),
);
const id = sha256("KVM: x86: All\nAda Lind <ada@example.org>").slice(0, 12);
const loneId = sha256("KVM: arm64: Lone\nAda Lind <ada@example.org>").slice(0, 12);

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

suite("command line", () => {
  let folder = "";
  const at = (...names: string[]): string => path.join(folder, ...names);

  suiteSetup(() => {
    assert(existsSync(cli), "dist/cli.js is missing: npm run build makes it");
    folder = mkdtempSync(path.join(tmpdir(), "kvm-series-cli-"));
    mkdirSync(at("digests"));
    writeFileSync(at("digests", "9.txt"), formatDigest(older));
    writeFileSync(at("digests", "10.txt"), formatDigest(newer));
    writeFileSync(at("digests", "notes.txt"), "no digest\n");
    writeFileSync(at("notes.txt"), "no digest\n");
    writeFileSync(at("cut.txt"), formatDigest(newer).slice(0, -90));
    mkdirSync(at("empty"));
    mkdirSync(at("tree", "tools", "kvm", "include", "x86"), { recursive: true });
    mkdirSync(at("tree", "virt", "kvm"), { recursive: true });
    for (const name of ["tools/kvm/include/x86/apic.h", "virt/kvm/kvm_main.c", "MAINTAINERS"]) writeFileSync(at("tree", name), "");
  });
  suiteTeardown(() => rmSync(folder, { recursive: true, force: true }));

  function run(...args: readonly string[]): Ran {
    return runWith(process.execPath, args);
  }

  function runWith(node: string, args: readonly string[]): Ran {
    const { status, stdout, stderr, error } = spawnSync(node, [cli, ...args], {
      encoding: "utf8",
      cwd: folder,
      maxBuffer: 64 * 1024 * 1024,
      timeout: 60_000,
    });
    assert.equal(error, undefined);
    return { code: status, stdout, stderr };
  }

  /** Runs a call that ends well and gives back its JSON. */
  function json(...args: readonly string[]): Record<string, unknown> {
    const { code, stdout, stderr } = run(...args, "--json");
    assert.deepEqual([code, stderr], [0, ""]);
    return JSON.parse(stdout) as Record<string, unknown>;
  }

  function titlesTouching(...args: readonly string[]): unknown[] {
    return (json("touching", ...args)["series"] as Array<{ title: string }>).map(({ title }) => title);
  }

  const wrong: ReadonlyArray<readonly [string, readonly string[]]> = [
    ["no command", []],
    ["an unknown command", ["sreies", "digests"]],
    ["a name of an object's own", ["constructor", "digests"]],
    ["an unknown option", ["series", "digests", "--colour"]],
    ["an option without its value", ["series", "digests", "--subsystem"]],
    ["no source", ["series"]],
    ["a date that is none", ["series", "digests", "--since", "soon"]],
    ["a status that is none", ["series", "digests", "--status", "good"]],
    ["show without an id", ["show", "digests"]],
    ["a revision that is none", ["show", "digests", "--id", id, "--revision", "last"]],
    ["touching nothing", ["touching"]],
    ["touching without a source", ["touching", "a.c"]],
    ["a format that is none", ["digest", "digests", "--format", "pdf"]],
    ["classic of several", ["digest", "digests"]],
    ["a range of a digest", ["digest", "digests/9.txt", "--from", "2026-01-01"]],
  ];
  for (const [name, args] of wrong) {
    test(`wrong usage, ${name}: 2, nothing on stdout, the usage on stderr`, () => {
      const { code, stdout, stderr } = run(...args);
      assert.deepEqual([code, stdout], [2, ""]);
      assert.match(stderr, /^[^\n]+\.\nUsage:\n/);
    });
  }

  const problems: ReadonlyArray<readonly [string, readonly string[], RegExp]> = [
    ["a file that is not there", ["series", "gone.txt"], /^gone\.txt: There is no such file or folder/],
    ["no digest", ["series", "notes.txt"], /^notes\.txt: This is neither a digest nor mail; name /],
    ["a folder without digests", ["series", "empty"], /^empty: There is neither mail nor a digest in this folder/],
    ["a path through a file", ["series", "notes.txt/x"], /^notes\.txt\/x: Part of the path/],
    ["no file and no folder", ["series", "/dev/null"], /^\/dev\/null: .*neither a file nor a folder/],
    ["one bad source among good ones", ["series", "digests", "gone.txt"], /^gone\.txt: /],
    ["an id that is not there", ["show", "digests", "--id", "ffffffffffff"], /no series with the id “ffffffffffff”/],
    ["a revision that is not there", ["show", "digests", "--id", id, "--revision", "7"], /no revision 7/],
    ["a tree that is not there", ["touching", "a.c", "digests", "--tree", "gone"], /^gone: There is no such folder/],
    ["a name with a line end", ["series", "a\nb"], /^a b: There is no such/],
  ];
  for (const node of nodes) {
    const version = spawnSync(node, ["--version"], { encoding: "utf8" }).stdout.trim();
    for (const [name, args, message] of problems) {
      test(`${version}: ${name}: 1, nothing on stdout, one line on stderr`, () => {
        const { code, stdout, stderr } = runWith(node, args);
        assert.deepEqual([code, stdout], [1, ""]);
        assert.match(stderr, message);
        assert.match(stderr, /^[^\n]+\n$/);
      });
    }

    test(`${version}: reads, joins and prints one object`, () => {
      const { code, stdout, stderr } = runWith(node, ["series", "digests", "--json"]);
      assert.deepEqual([code, stderr], [0, ""]);
      assert.equal((JSON.parse(stdout) as { series: unknown[] }).series.length, 2);
    });
  }

  test("series --json has the described shape", () => {
    const author = { name: "Ada Lind", email: "ada@example.org" };
    const report = json("series", "digests");
    assert.deepEqual(Object.keys(report), ["schema", "series", "untaken", "problems"]);
    const [lone, all] = report["series"] as Array<Record<string, unknown>>;
    assert.equal(lone?.["id"], loneId);
    const patch = (index: number, title: string): object => ({ index, title, author, messageId: null, files: [], trailers: [] });
    const revision = {
      prefixes: ["PATCH"],
      rfc: false,
      resend: false,
      resent: [],
      applied: [],
      title: "KVM: x86: All",
      author,
      date: null,
      messageId: null,
      expected: 2,
    };
    const files = [".../kvm/include/x86/apic.h", "arch/x86/kvm/x86.c"];
    assert.deepEqual(all, {
      id,
      title: "KVM: x86: All",
      subsystem: "x86",
      status: "new",
      revisions: [
        {
          version: 2,
          label: "v2",
          ...revision,
          cover: { messageId: null, subject: "[PATCH v2 0/2] KVM: x86: All" },
          patches: [patch(1, "KVM: x86: One"), patch(2, "KVM: x86: Two")],
          missing: [],
          files,
        },
        {
          version: 3,
          label: "v3",
          ...revision,
          cover: { messageId: null, subject: "[PATCH v3 0/2] KVM: x86: All" },
          patches: [
            {
              ...patch(1, "KVM: x86: One"),
              files: [{ path: "arch/x86/kvm/x86.c", changed: 1, added: 1, deleted: 0 }],
              trailers: [{ key: "Signed-off-by", value: "Ada Lind <ada@example.org>", via: "patch" }],
            },
            patch(2, "KVM: x86: Two"),
          ],
          missing: [],
          files,
        },
      ],
      elsewhere: [{ version: 1, rfc: true, messageId: "1@example.org", url: "https://lore.kernel.org/all/1@example.org" }],
      links: [{ from: 0, to: 1, evidence: ["changelog-link", "same-title"] }],
    });
    assert.deepEqual([report["schema"], report["problems"]], [1, []]);
  });

  test("later sources are newer, numbers in names count by value", () => {
    const order = (...sources: string[]): unknown => (json("series", ...sources)["series"] as Array<{ id: string }>).map((one) => one.id);
    assert.deepEqual(order("digests"), [loneId, id]);
    assert.deepEqual(order("digests/10.txt", "digests/9.txt"), [loneId, id]);
  });

  const filters: ReadonlyArray<readonly [readonly string[], readonly string[]]> = [
    [["--subsystem", "ARM64"], [loneId]],
    [["--subsystem", "none"], []],
    [
      ["--status", "new"],
      [loneId, id],
    ],
    [["--status", "landed"], []],
    [
      ["--author", "ada@EXAMPLE"],
      [loneId, id],
    ],
    [["--author", "bruno"], []],
    [
      ["--since", "2026-01-01"],
      [loneId, id],
    ],
  ];
  for (const [args, ids] of filters) {
    test(`series ${args.join(" ")}`, () =>
      assert.deepEqual(
        (json("series", "digests", ...args)["series"] as Array<{ id: string }>).map((one) => one.id),
        ids,
      ));
  }

  test("show finds a series by id, former id and Message-ID", () => {
    for (const wanted of [id, "1@example.org", "<1@example.org>", " <2@example.org> "]) {
      assert.equal((json("show", "digests", "--id", wanted)["series"] as { id: string }).id, id, wanted);
    }
    const renamed = digestOf(coverEntry("[PATCH v4 0/2] KVM: x86: All of it", { shortlog }));
    writeFileSync(at("renamed.txt"), formatDigest(renamed));
    const former = sha256("KVM: x86: All of it\nAda Lind <ada@example.org>").slice(0, 12);
    assert.equal((json("show", "renamed.txt", "--id", former)["series"] as { id: string }).id, former);
    assert.equal((json("show", "digests", "renamed.txt", "--id", former)["series"] as { id: string }).id, id);
  });

  test("show --revision shows that one", () => {
    const versions = (...args: string[]): unknown =>
      (json("show", "digests", "--id", id, ...args)["series"] as { revisions: Array<{ version: number }> }).revisions.map(
        ({ version }) => version,
      );
    assert.deepEqual([versions(), versions("--revision", "2"), versions("--revision", "v3")], [[2, 3], [2], [3]]);
    assert.match(run("show", "digests", "--id", id, "--revision", "2").stdout, /^v2 {2}2 patches/m);
  });

  test("touching --json has the described shape", () => {
    assert.deepEqual(json("touching", "arch/x86/kvm/x86.c:10-14", "digests"), {
      schema: 1,
      path: "arch/x86/kvm/x86.c",
      series: [{ id, title: "KVM: x86: All", version: 3, label: "v3", subsystem: "x86", status: "new", patches: [1], lines: [] }],
      problems: [],
    });
  });

  test("touching a file, a folder, a tail, a line, with a tree, and nothing", () => {
    assert.deepEqual(titlesTouching("./arch/arm64/kvm/arm.c", "digests"), ["KVM: arm64: Lone"]);
    assert.deepEqual(titlesTouching("arch/x86/kvm/x86.c:7", "digests"), ["KVM: x86: All"]);
    assert.deepEqual(titlesTouching("arch/", "digests"), ["KVM: arm64: Lone", "KVM: x86: All"]);
    assert.deepEqual(titlesTouching("kvm/x86.c", "digests"), []);
    assert.deepEqual(titlesTouching("kvm/x86.c", "digests", "--suffix"), ["KVM: x86: All"]);
    assert.deepEqual(titlesTouching("/kvm/x86.c", "digests", "--suffix", "--all"), ["KVM: x86: All"]);
    assert.deepEqual(titlesTouching("tools/kvm/include/x86/apic.h", "digests"), ["KVM: x86: All"]);
    assert.deepEqual(titlesTouching("tools/kvm/include/x86/apic.h", "digests", "--tree", "tree"), ["KVM: x86: All"]);
    assert.deepEqual(titlesTouching("other/kvm/include/x86/apic.h", "digests", "--tree", "tree"), []);
    assert.deepEqual(titlesTouching("nothing.c", "digests"), []);
    const { code, stdout, stderr } = run("touching", "nothing.c", "digests");
    assert.deepEqual([code, stdout, stderr], [0, "", "nothing.c: No series of these sources, pending or not, changes it.\n"]);
    assert.deepEqual(run("touching", "MAINTAINERS", "digests", "--tree", "tree").stdout, "No pending series touches MAINTAINERS.\n");
  });

  test("the plain texts name every series", () => {
    assert.match(run("series", "digests").stdout, new RegExp(`arm64\n {2}${loneId} {2}KVM: arm64: Lone`));
    assert.match(run("touching", "arch/x86/kvm/x86.c", "digests").stdout, new RegExp(`^${id} {2}KVM: x86: All {2}v3 · patch 1\n$`));
    assert.match(run("show", "digests", "--id", id).stdout, /joined with v2 by changelog-link, same-title/);
  });

  test("digest in all formats", () => {
    assert.equal(run("digest", "digests/10.txt").stdout, formatDigest(newer));
    assert.equal(run("digest", "digests/10.txt", "--format", "classic").stdout, formatDigest(newer));
    assert.match(run("digest", "digests", "--format", "text", "--title", "This week").stdout, /^This week\n/);
    assert.match(run("digest", "digests", "--format", "markdown").stdout, /^# KVM mailing list digest\n/);
    assert.match(run("digest", "digests", "--format", "html").stdout, /^<!doctype html>/);
    const report = JSON.parse(run("digest", "digests", "--format", "json").stdout) as Record<string, unknown>;
    assert.deepEqual([report["schema"], report["from"], report["to"]], [1, "aaaaaaaaa", "bbbbbbbbb"]);
  });

  test("touching takes a path as it is at hand", () => {
    const all = ["KVM: x86: All"];
    const tree = at("tree");
    const paths = ["arch/x86/kvm", "arch/x86/kvm/", "arch", "a/arch/x86/kvm/x86.c", "b/arch/x86/kvm/x86.c", "arch//x86/./kvm/x86.c"];
    const lines = ["arch/x86/kvm/x86.c:17", "arch/x86/kvm/x86.c:17-20", "arch/x86/kvm/x86.c:17,+5", "arch/x86/kvm/x86.c:17:4"];
    for (const one of [...paths, ...lines, "./arch/x86/kvm/x86.c"]) assert(titlesTouching(one, "digests").includes("KVM: x86: All"), one);
    for (const one of [`${tree}/arch/x86/kvm/x86.c`, `${tree}/arch/x86/kvm/`, `${tree}/../tree/arch/x86/kvm/x86.c:3`])
      assert.deepEqual(titlesTouching(one, "digests", "--tree", "tree"), all, one);
    mkdirSync(at("tree", "arch", "x86", "kvm"), { recursive: true });
    const inside = (...args: readonly string[]): unknown[] => {
      const { stdout } = spawnSync(process.execPath, [cli, "touching", ...args, at("digests"), "--tree", tree, "--json"], {
        cwd: at("tree", "arch", "x86", "kvm"),
        encoding: "utf8",
      });
      return (JSON.parse(stdout) as { series: Array<{ title: string }> }).series.map(({ title }) => title);
    };
    for (const one of ["x86.c", "./x86.c", "../kvm/x86.c", ".", "arch/x86/kvm/x86.c"]) assert.deepEqual(inside(one), all, one);
    for (const [asked, code, said] of [
      ["/etc/passwd", 1, /^\/etc\/passwd is not inside the tree /],
      ["../x.c", 1, /is not inside the tree/],
      [".", 2, /is the whole tree/],
    ] as const) {
      const ran = run("touching", asked, "digests", "--tree", "tree");
      assert.deepEqual([ran.code, ran.stdout], [code, ""], asked);
      assert.match(ran.stderr, said);
    }
    assert.match(run("touching", "/etc/passwd", "digests").stderr, /could be in any tree; name the one it is in with --tree DIR/);
    assert.match(run("touching", "arch/x86/kvm:3", "digests").stderr, /is a folder, which has no lines/);
  });

  test("a path that nobody knows is said, with the names it may have", () => {
    for (const [asked, near] of [
      ["x86.c", "arch/x86/kvm/x86.c"],
      ["arch/x86/kvm/x68.c", "arch/x86/kvm/x86.c"],
      ["arch/arm/kvm/arm.c", "arch/arm64/kvm/arm.c"],
    ] as const) {
      const { code, stdout, stderr } = run("touching", asked, "digests");
      assert.deepEqual([code, stdout], [0, ""]);
      assert.equal(stderr, `${asked}: No series of these sources, pending or not, changes it; perhaps “${near}” is meant.\n`);
    }
    const { series, problems } = json("touching", "virt/kvm/kvm_mian.c", "digests", "--tree", "tree");
    assert.deepEqual(series, []);
    assert.deepEqual(problems, [{ source: "virt/kvm/kvm_mian.c", message: "This is not in the tree tree, and no series changes it." }]);
    assert.match(run("touching", "kvm_main.c", "digests", "--tree", "tree").stderr, /perhaps “virt\/kvm\/kvm_main\.c” is meant/);
  });

  test("a damaged digest is read as far as it goes: 0, the problem in the JSON, else on stderr", () => {
    const { code, stdout, stderr } = run("series", "cut.txt");
    assert.equal(code, 0);
    assert.match(stdout, /2 series\n$/);
    assert.match(stderr, /^cut\.txt: The digest ends in the middle[^\n]+\n$/);
    const told = JSON.parse(run("series", "cut.txt", "--json").stdout) as { problems: Array<{ source: string }> };
    assert.deepEqual(
      told.problems.map(({ source }) => source),
      ["cut.txt"],
    );
  });

  test("help is no mistake", () => {
    for (const word of ["help", "--help", "-h"]) assert.match(run(word).stdout, /^Usage:\n/);
  });
});

/** The command line on archives: every form of the sample list, ranges of it, and its index. */
import { root } from "../../host/paths";
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { parseDigest } from "../../../src/core/digest/digest";
import { writeSampleArchive, writeSampleMaildir, writeSampleMbox } from "../../support/sampleArchive";

const cli = path.join(root, "dist", "cli.js");

/** The Node of the tests, and the older one npm itself may run on. */
const nodes = [...new Set([process.execPath, process.env["npm_node_execpath"] ?? process.execPath])];

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface ShownSeries {
  readonly id: string;
  readonly title: string;
  readonly subsystem: string;
  readonly revisions: ReadonlyArray<{
    readonly version: number;
    readonly date: string | null;
    readonly messageId: string | null;
    readonly expected: number;
    readonly missing: readonly number[];
    readonly patches: ReadonlyArray<{ readonly index: number; readonly files: ReadonlyArray<{ readonly path: string }> }>;
  }>;
  readonly links: ReadonlyArray<{ readonly from: number; readonly to: number; readonly evidence: readonly string[] }>;
  readonly patches: readonly number[];
  readonly lines: ReadonlyArray<readonly [number, number]>;
}

suite("command line, archives", () => {
  let folder = "";
  const at = (...names: string[]): string => path.join(folder, ...names);

  suiteSetup(async () => {
    assert(existsSync(cli), "dist/cli.js is missing: npm run build makes it");
    folder = mkdtempSync(path.join(tmpdir(), "kvm-series-cli-"));
    await writeSampleArchive(at("inbox"));
    await writeSampleMbox(at("list.mbox"));
    await writeSampleMaildir(at("maildir"));
    writeFileSync(at("list.mbox.gz"), gzipSync(readFileSync(at("list.mbox"))));
    mkdirSync(at("mails"));
    for (const name of readdirSync(at("maildir", "cur")))
      copyFileSync(at("maildir", "cur", name), at("mails", `${name.replace(/:.*/, "")}.eml`));
    for (const name of readdirSync(at("maildir", "new"))) copyFileSync(at("maildir", "new", name), at("mails", `${name}.eml`));
  });
  suiteTeardown(() => rmSync(folder, { recursive: true, force: true }));

  function run(args: readonly string[], node = process.execPath): Ran {
    const { status, stdout, stderr, error } = spawnSync(node, [cli, ...args], {
      encoding: "utf8",
      cwd: folder,
      maxBuffer: 64 * 1024 * 1024,
      env: { ...process.env, XDG_CACHE_HOME: at("cache") },
    });
    assert.equal(error, undefined);
    return { code: status, stdout, stderr };
  }

  function text(...args: readonly string[]): string {
    const { code, stdout, stderr } = run(args);
    assert.equal(code, 0, stderr);
    return stdout;
  }

  function series(...args: readonly string[]): readonly ShownSeries[] {
    return (JSON.parse(text(...args, "--json")) as { series: readonly ShownSeries[] }).series;
  }

  const tdx = "KVM: x86/tdx: Reclaim the pages of a torn-down guest lazily";

  test("an archive, an mbox, a maildir and a folder of mails tell the same", () => {
    const [archive, ...others] = ["inbox", "list.mbox", "list.mbox.gz", "maildir", "mails"].map((source) => series("series", source));
    assert(archive && archive.length > 20);
    for (const other of others) assert.deepEqual(other, archive);
  });

  test("revisions, their mails and why they are joined", () => {
    const one = series("series", "inbox").find(({ title }) => title === tdx);
    assert(one);
    assert.equal(one.subsystem, "x86/tdx");
    assert.deepEqual(
      one.revisions.map(({ version, expected, missing, patches }) => [version, expected, missing.length, patches.length]),
      [
        [1, 3, 0, 3],
        [2, 4, 0, 4],
        [3, 5, 0, 5],
      ],
    );
    assert(one.revisions.every(({ date, messageId }) => date?.endsWith("Z") === true && messageId !== null));
    assert(one.links.every(({ evidence }) => evidence.length > 0));
    for (const id of [one.id, ...one.revisions.map(({ messageId }) => `<${messageId ?? ""}>`)]) {
      const shown = JSON.parse(text("show", "inbox", "--id", id, "--json")) as { series: ShownSeries };
      assert.equal(shown.series.id, one.id);
    }
  });

  test("an id may be the beginning of one, a link, or a Message-ID in any dress; in memory and through an index alike", () => {
    text("index", "inbox", "--db", at("ids.db"));
    for (const source of ["list.mbox", "inbox", "ids.db"]) {
      const all = series("series", source);
      const one = all.find(({ title }) => title === tdx);
      const mail = one?.revisions.at(-1)?.messageId ?? "";
      assert(one && mail.includes("@"));
      const alike = (count: number): number => all.filter(({ id }) => id.startsWith(one.id.slice(0, count))).length;
      const shortest = one.id.split("").findIndex((_, at) => alike(at + 1) === 1) + 1;
      const escaped = mail.replace("@", "%40");
      const written = [
        one.id.slice(0, shortest),
        one.id.slice(0, 11).toUpperCase(),
        `https://lore.kernel.org/kvm/${escaped}/T/#u`,
        escaped,
      ];
      for (const id of [
        ...written,
        `<${mail}>`,
        `Message-ID: <${mail}>`,
        `https://patchew.org/linux/${mail}/`,
        mail.slice(0, mail.indexOf("@")),
      ])
        assert.match(text("show", source, "--id", id), new RegExp(`^${tdx}\n${one.id} `), id);
      const [first] = "0123456789abcdef".split("").filter((digit) => all.filter(({ id }) => id.startsWith(digit)).length > 1);
      const { code, stdout, stderr } = run(["show", source, "--id", first ?? ""]);
      assert.deepEqual([code, stdout], [1, ""]);
      const listed = all.filter(({ id }) => id.startsWith(first ?? "")).map(({ id }) => id);
      assert.deepEqual(
        [...stderr.matchAll(/^ {2}([0-9a-f]{12}) {2}/gm)].map(([, id]) => id),
        listed.sort(),
      );
    }
  });

  test("show prints the letter out of the archive", () => {
    const shown = text("show", "inbox", "--id", series("series", "inbox").find(({ title }) => title === tdx)?.id ?? "");
    assert.match(shown, /^Patches$/m);
    assert.ok((shown.split("Patches\n")[0] ?? "").split("\n").length > 10, shown);
  });

  test("touching a path, lines of it, a folder, a tail; in memory and through an index alike", () => {
    text("index", "inbox", "--db", at("list.db"));
    for (const source of ["list.mbox", "inbox", "list.db"]) {
      const hits = series("touching", "arch/x86/kvm/vmx/tdx.c", source);
      const hit = hits.find(({ title }) => title === tdx);
      assert(hit && hit.patches.length > 0 && hit.lines.length > 0, source);
      const [first, last] = hit.lines[0] ?? [0, 0];
      const has = (lines: string): boolean => series("touching", `arch/x86/kvm/vmx/tdx.c:${lines}`, source).some(({ id }) => id === hit.id);
      assert.deepEqual([has(`${first}`), has(`${last}-${last + 5}`), has("1000000")], [true, true, false]);
      assert(series("touching", "arch/x86/kvm/vmx/", source).some(({ id }) => id === hit.id));
      assert(series("touching", "vmx/tdx.c", source, "--suffix").some(({ id }) => id === hit.id));
      assert.deepEqual(series("touching", "nowhere.c", source), []);
    }
  });

  test("index says what is in it, and a second run finds nothing new", () => {
    const counts = (): Record<string, number> =>
      JSON.parse(text("index", "inbox", "--db", at("counted.db"), "--json")) as Record<string, number>;
    const { seconds, ...first } = counts();
    assert.equal(typeof seconds, "number");
    assert.deepEqual(Object.keys(first), ["mails", "patches", "revisions", "series"]);
    const { seconds: again, ...second } = counts();
    assert.equal(typeof again, "number");
    assert.deepEqual(second, first);
  });

  test("an older Node goes on with the project's own", () => {
    for (const node of nodes) {
      const { code, stdout, stderr } = run(["series", "inbox", "--json"], node);
      assert.deepEqual([code, stderr], [0, ""], node);
      assert.equal(stdout, text("series", "inbox", "--json"));
    }
  });

  test("a classic digest of a range of commits, the same whatever came later", () => {
    const git = (...args: string[]): string =>
      execFileSync("git", ["-C", at("inbox", "git", "1.git"), ...args], { encoding: "utf8" }).trim();
    const commits = git("rev-list", "--reverse", "HEAD").split("\n");
    const [from = "", to = ""] = [commits[2], commits.at(-10)];
    const whole = text("digest", "inbox", "--from", from, "--to", to);
    const { digest, problems } = parseDigest(whole);
    assert.deepEqual([digest?.from, digest?.to, problems], [from.slice(0, 9), to.slice(0, 9), []]);
    assert(digest?.entries.length);
    assert.equal(text("digest", "inbox", "--from", from.slice(0, 12), "--to", to), whole);
    const later = parseDigest(text("digest", "inbox", "--from", to)).digest;
    assert(later?.entries.every((entry) => !digest.entries.some((one) => one.subject === entry.subject && one.body === entry.body)));
  });

  test("ranges of dates, over epochs and of mail files", () => {
    const titles = (source: string, ...ends: string[]): string[] =>
      (parseDigest(text("digest", source, ...ends)).digest?.entries ?? []).map(({ subject }) => subject);
    const all = titles("inbox");
    const middle = "2026-10-19";
    const [before, after] = [titles("inbox", "--to", "2026-10-18"), titles("inbox", "--from", middle)];
    assert(before.length > 0 && after.length > 0);
    assert.deepEqual([...after, ...before], all);
    assert(titles("list.mbox", "--from", middle).length > 0);
  });

  test("a range without mail is a sentence that names its ends; dates in git's forms count from the newest mail", () => {
    const newest = "the newest is of \\d{4}-\\d\\d-\\d\\d, so choose other ends or fetch the archive\\.\\n$";
    const empty = (source: string, from: string, to: string, said: string): void => {
      const { code, stdout, stderr } = run(["digest", source, "--from", from, "--to", to]);
      assert.deepEqual([code, stdout], [1, ""]);
      assert.match(stderr, new RegExp(`^${source}: There is no mail from ${said}; ${newest}`));
    };
    for (const source of ["inbox", "list.mbox"]) empty(source, "2020-01-01", "2020-01-07", "2020-01-01 to 2020-01-07");
    empty("inbox", "HEAD", "HEAD", "[0-9a-f]{9} to [0-9a-f]{9}");
    assert.equal(text("digest", "inbox", "--from", "1.week.ago"), text("digest", "list.mbox", "--from", "1 week ago"));
    const both = (from: string): string => text("digest", "inbox", "list.mbox", "--from", from, "--format", "json");
    assert.equal(both("last week"), both("7.days.ago"));
    const { code, stderr } = run(["digest", "inbox", "--from", "yesterday", "--to", "2.days.ago"]);
    assert.equal(code, 2);
    assert.match(stderr, /^--from \d{4}-\d\d-\d\d is later than --to \d{4}-\d\d-\d\dT[\d:]+Z\.\nUsage:\n/);
  });

  test("the other formats tell of series, with what changed", () => {
    const report = text("digest", "inbox", "--from", "2026-10-19", "--format", "markdown");
    assert.match(report, /^## /m);
    assert.match(report, /Since v\d/);
    const again = JSON.parse(text("digest", "inbox", "--from", "2026-10-19", "--format", "json")) as { groups: readonly unknown[] };
    assert(again.groups.length > 3);
  });

  test("a posting that a digest and an archive tell of is one", () => {
    const digests = path.join(root, "test", "fixtures", "sample", "digests");
    const both = series("series", digests, "list.mbox");
    assert.equal(both.filter(({ title }) => title === tdx).length, 1);
    assert.deepEqual(series("touching", "arch/x86/kvm/vmx/tdx.c", digests, "list.mbox").filter(({ title }) => title === tdx).length, 1);
  });

  test("what is wrong is one sentence", () => {
    mkdirSync(at("empty.git", "objects"), { recursive: true });
    mkdirSync(at("empty.git", "refs"));
    writeFileSync(at("empty.git", "HEAD"), "ref: refs/heads/master\n");
    writeFileSync(at("other.db"), "SQLite format 3\0 of something else");
    const mistakes: ReadonlyArray<readonly [args: readonly string[], code: number]> = [
      [["series", "empty.git"], 1],
      [["series", "other.db"], 1],
      [["index", "nowhere", "--db", "x.db"], 1],
      [["index", "inbox"], 2],
      [["digest", "inbox", "--from", "no-such-commit"], 1],
      [["digest", "list.mbox", "--from", "0123abc"], 1],
      [["digest", "inbox", "list.mbox"], 2],
      [["touching", "a.c:9-3", "inbox"], 2],
      [["show", "inbox", "--id", "nobody@example.org"], 1],
    ];
    for (const [args, expected] of mistakes) {
      const { code, stdout, stderr } = run(args);
      assert.deepEqual([args, code, stdout], [args, expected, ""]);
      assert.match(stderr, expected === 1 ? /^[^\n]+\n$/ : /\nUsage:\n/, args.join(" "));
    }
  });
});

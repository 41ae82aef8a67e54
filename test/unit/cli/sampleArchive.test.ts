import assert from "node:assert/strict";
import { root } from "../../host/paths";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatAuthor } from "../../../src/core/mail/author";
import { readMail } from "../../../src/core/mail/mail";
import { parseSubject } from "../../../src/core/mail/subject";
import { plainGit, writeSampleArchive, writeSampleMaildir, writeSampleMbox } from "../../support/sampleArchive";
import { type SampleMail, sampleMails } from "../../support/sampleMails";

const trees = join(root, "test/fixtures/sample");

function git(folder: string, ...args: string[]): { code: number; out: string; said: string } {
  const env = { ...plainGit, GIT_COMMITTER_NAME: "A Tester", GIT_COMMITTER_EMAIL: "tester@example.org" };
  const run = spawnSync("git", args, { cwd: folder, env, encoding: "latin1", maxBuffer: 1 << 28 });
  return { code: run.status ?? -1, out: run.stdout, said: run.stderr };
}

suite("sample archive", () => {
  let folder: string;
  const mails = sampleMails();
  setup(() => (folder = mkdtempSync(join(tmpdir(), "kvm-series-sample-"))));
  teardown(() => rmSync(folder, { recursive: true, force: true }));

  test("spans eight weeks and has no Message-ID twice", () => {
    assert.equal(new Set(mails.map(({ messageId }) => messageId)).size, mails.length);
    assert.ok(mails.length >= 120, `${mails.length} mails`);
    assert.ok((mails[0]?.arrived ?? 0) >= Date.UTC(2026, 8, 20) / 1000);
    assert.ok((mails.at(-1)?.arrived ?? 0) < Date.UTC(2026, 10, 16) / 1000);
  });

  test("every mail reads as it was written, whatever its encoding", () => {
    for (const mail of mails) {
      const read = readMail(mail.bytes);
      assert.equal(read.messageId, mail.messageId);
      assert.equal(read.subject, mail.subject);
      assert.equal(formatAuthor(read.from), mail.from.replaceAll('"', ""), mail.messageId);
      assert.equal((read.date ?? 0) / 1000, mail.date, mail.messageId);
      // An attachment is no longer what was written; nor is what a reader makes of HTML.
      if (!/^Content-Type: (?:multipart|text\/html)/m.test(mail.bytes.toString("latin1")))
        assert.equal(read.body, mail.body, mail.messageId);
    }
  });

  test("what a mail answers or cites is in the archive, unless the story says that it is elsewhere", () => {
    const known = new Set(mails.map(({ messageId }) => messageId));
    const missing = new Set<string>();
    for (const { bytes, body } of mails) {
      const cited = Array.from(body.matchAll(/lore\.kernel\.org\/all\/([^/\s)]+)/g), (match) => match[1] ?? "");
      for (const id of [...readMail(bytes).references, ...cited]) if (!known.has(id)) missing.add(id);
    }
    // The first revisions of the lost timers are older than the archive, and that of the paused guests went to another list.
    assert.deepEqual([...missing].sort(), [
      "20260820010203.9-1-ade@example.org",
      "20260902030405.9-1-ade@example.org",
      "20260915101112.9-1-ade@example.org",
      "20261008090000.4-1-ade@example.org",
    ]);
  });

  test("is the same every time, sound, and holds each mail in a commit of its own", async () => {
    const [one, two] = [join(folder, "one"), join(folder, "two")];
    await writeSampleArchive(one);
    await writeSampleArchive(two);
    const commits: string[] = [];
    for (const epoch of ["0.git", "1.git"]) {
      const log = (archive: string): string =>
        git(join(archive, "git", epoch), "log", "--reverse", "--raw", "--format=%H %at %ct", "master").out;
      assert.equal(log(one), log(two));
      const sound = git(join(one, "git", epoch), "fsck", "--full", "--strict");
      assert.deepEqual([sound.code, sound.out, sound.said], [0, "", ""]);
      // The file a commit leaves behind is the one of its changes that is not a deletion.
      const seen = git(join(one, "git", epoch), "log", "--reverse", "--no-renames", "--name-status", "--format=%x00%at %ct", "master").out;
      const found = seen.split("\0").slice(1);
      assert.ok(found.length > 10, `${epoch} has ${found.length} commits`);
      for (const commit of found) {
        const files = Array.from(commit.matchAll(/^[AM]\t(.*)$/gm), (match) => match[1] ?? "");
        commits.push(`${files.join(",")} ${commit.split("\n", 1)[0] ?? ""}`);
      }
    }
    const expected = mails.flatMap(({ date, arrived, removed }) => [
      { at: arrived, text: `m ${date} ${arrived}` },
      ...(removed === null ? [] : [{ at: removed, text: `d ${removed} ${removed}` }]),
    ]);
    assert.deepEqual(
      commits,
      expected.sort((a, b) => a.at - b.at).map(({ text }) => text),
    );
  });

  test("its blobs are the mails, byte by byte", async () => {
    await writeSampleArchive(folder);
    const last = mails.at(-1)!;
    assert.equal(git(join(folder, "git", "1.git"), "cat-file", "blob", "master:m").out, last.bytes.toString("latin1"));
    const removed = mails.find((mail) => mail.removed !== null)!;
    const rm = git(join(folder, "git", "1.git"), "log", "--format=%H", "--diff-filter=A", "master", "--", "d").out.trim();
    assert.equal(git(join(folder, "git", "1.git"), "cat-file", "blob", `${rm}:d`).out, removed.bytes.toString("latin1"));
  });

  test("the archive of another list holds what was sent there, its own patch among it", async () => {
    const other = sampleMails("kvm-arm@lists.example.org");
    const here = new Set(mails.map(({ messageId }) => messageId));
    assert.deepEqual(
      other.filter(({ messageId }) => !here.has(messageId)).map(({ subject }) => subject),
      ["[PATCH 2/3] KVM: arm64: Let unknown causes end the guest"],
    );
    await writeSampleArchive(folder, "kvm-arm@lists.example.org");
    assert.equal(git(join(folder, "git", "0.git"), "rev-list", "--count", "master").out.trim(), String(other.length));
  });

  test("mbox and maildir hold the same mails but the removed one", async () => {
    const kept = mails.filter(({ removed }) => removed === null).map(({ bytes }) => bytes.toString("latin1"));
    await writeSampleMbox(join(folder, "mbox"));
    const pieces = readFileSync(join(folder, "mbox"), "latin1").split(/^From mboxrd@z .*\n/m);
    const read = pieces.slice(1).map((text) => text.slice(0, -1).replace(/^>(>*From )/gm, "$1"));
    assert.deepEqual(read, kept);
    await writeSampleMaildir(join(folder, "maildir"));
    const files = ["cur", "new"].flatMap((name) =>
      readdirSync(join(folder, "maildir", name)).map((file) => join(folder, "maildir", name, file)),
    );
    assert.deepEqual(files.map((file) => readFileSync(file, "latin1")).sort(), [...kept].sort());
  });
});

suite("sample patches", () => {
  let folder: string;
  suiteSetup(() => {
    folder = mkdtempSync(join(tmpdir(), "kvm-series-sample-"));
    for (const tree of ["linux", "qemu"]) {
      cpSync(join(trees, tree), join(folder, tree), { recursive: true });
      git(join(folder, tree), "init", "--quiet", "--template=");
      git(join(folder, tree), "add", "--all", "--force");
      const committed = git(
        join(folder, tree),
        "-c",
        "user.name=A Tester",
        "-c",
        "user.email=tester@example.org",
        "commit",
        "--quiet",
        "-m",
        "base",
      );
      assert.equal(committed.code, 0, committed.said);
      git(join(folder, tree), "tag", "base");
    }
    mkdirSync(join(folder, "mails"));
  });
  suiteTeardown(() => rmSync(folder, { recursive: true, force: true }));

  /** The patches whose Message-IDs share a stem, in order, as files that git reads. */
  function patchFiles(stem: string, lists: readonly string[] = ["kvm@lists.example.org"]): string[] {
    const found = new Map<string, SampleMail>();
    for (const list of lists) for (const mail of sampleMails(list)) if (mail.messageId.startsWith(stem)) found.set(mail.messageId, mail);
    const patches = [...found.values()].filter(({ subject }) => !parseSubject(subject).reply && parseSubject(subject).index !== 0);
    patches.sort((a, b) => (parseSubject(a.subject).index ?? 0) - (parseSubject(b.subject).index ?? 0));
    assert.ok(patches.length > 0, stem);
    return patches.map(({ messageId, bytes }) => {
      const file = join(folder, "mails", messageId);
      writeFileSync(file, bytes);
      return file;
    });
  }

  function am(tree: string, files: readonly string[]): ReturnType<typeof git> {
    const run = git(join(folder, tree), "am", "--quiet", ...files);
    if (run.code !== 0) git(join(folder, tree), "am", "--abort");
    git(join(folder, tree), "reset", "--quiet", "--hard", "base");
    git(join(folder, tree), "clean", "-dfqx");
    return run;
  }

  const applying: ReadonlyArray<readonly [what: string, stem: string, tree?: string]> = [
    ["tdx, the RFC", "20260929081200.4101-"],
    ["tdx v2", "20261007074500.4177-"],
    ["tdx v3, which adds a file", "20261013081500.4242-"],
    ["loongarch v1, quoted-printable", "20261001020304.77-"],
    ["loongarch v2, quoted-printable", "20261008013000.81-"],
    ["arm64 counters v1", "20261002113000.55-"],
    ["arm64 counters v2", "20261014090000.12-"],
    ["svm v1", "20261001120000.31-"],
    ["svm v2", "20261015120000.33-"],
    ["s390, unthreaded", "20261003070000.3-"],
    ["vfio", "20261004180000.9-"],
    ["the file that is put", "20261004210000.6-"],
    ["the file that is put, again", "20261011120000.6-"],
    ["guest_memfd v2", "20261110033000.25-"],
    ["selftests, which move a file", "20261009073000.14-"],
    ["riscv, which adds a file", "20261009200000.11-"],
    ["the picture", "20261014130000.17-"],
    ["pmu", "20261017090000.5-"],
    ["apic", "20261018100000.18-"],
    ["the attachment", "CAJon-1026@"],
    ["halted time, the RFC", "20261021130000.7-"],
    ["halted time", "20261103130000.9-"],
    ["the backport", "20261022050000.1001-"],
    ["qemu", "20260928100200.2-", "qemu"],
  ];
  for (const [what, stem, tree = "linux"] of applying) {
    test(`apply: ${what}`, () => {
      const run = am(tree, patchFiles(stem));
      assert.equal(run.code, 0, run.said + run.out);
    });
  }

  test("apply: mmu, though its lines have moved", () => {
    const files = patchFiles("20261016150000.99-");
    assert.equal(files.length, 12);
    assert.equal(am("linux", files).code, 0);
    assert.match(
      git(join(folder, "linux"), "apply", "--check", "--verbose", files[0]!).said,
      /Hunk #1 succeeded at \d+ \(offset -?\d+ lines?\)/,
    );
  });

  test("apply: the trap causes, with the patch of the other list and without", () => {
    const stem = "20260923120000.31-";
    assert.equal(patchFiles(stem).length, 2);
    assert.equal(am("linux", patchFiles(stem)).code, 0);
    assert.equal(patchFiles(stem, ["kvm@lists.example.org", "kvm-arm@lists.example.org"]).length, 3);
    assert.equal(am("linux", patchFiles(stem, ["kvm@lists.example.org", "kvm-arm@lists.example.org"])).code, 0);
  });

  test("conflict: guest_memfd v1", () => {
    const run = am("linux", patchFiles("20261010040000.21-"));
    assert.notEqual(run.code, 0);
    assert.match(run.said, /patch does not apply/);
  });

  test("already in the tree: the direct map", () => {
    const files = patchFiles("20260922031500.8-");
    assert.notEqual(am("linux", files).code, 0);
    const decoded = join(folder, "mails", "decoded");
    writeFileSync(decoded, readMail(readFileSync(files[0]!)).body);
    assert.equal(git(join(folder, "linux"), "apply", "--check", "--reverse", decoded).code, 0);
  });

  test("refused by git: the one that leaves the tree", () => {
    assert.match(am("linux", patchFiles("20261030235900.1-evil@")).said, /invalid path|does not exist/);
  });

  test("the diffstat of every patch is what git counts", () => {
    const patches = sampleMails().filter(
      ({ file, body }) => file !== "hostile" && /^diff --git/m.test(body) && /^ \d+ files? changed/m.test(body),
    );
    const printed = patches.map(({ body }) => [/^ \d+ files? changed.*/m.exec(body)?.[0].trim()]);
    const counted = patches.map(({ body }) => {
      const run = spawnSync("git", ["apply", "--stat", "-"], { input: body, env: plainGit, cwd: folder, encoding: "utf8" });
      return [run.stdout.trim().split("\n").at(-1)?.trim()];
    });
    assert.deepEqual(printed, counted);
  });
});

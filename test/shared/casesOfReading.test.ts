/** The handed cases of subjects, headers, kinds of mail and kinds of files; what is expected was read in their expected.txt. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, globSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { readMail } from "../../src/core/mail/mail";
import { readPatchBody } from "../../src/core/mail/mailinfo";
import { assembleMails } from "../../src/core/postings/assembleMails";
import { type MailFacts, mailFactsOf } from "../../src/core/postings/mailFacts";
import type { Series } from "../../src/core/series/series";
import { seriesMbox } from "../../src/core/series/seriesMbox";
import { patchKey } from "../../src/index/hashes";
import { seriesOfPostings } from "../../src/library/library";
import { detectSource, isMailFile } from "../../src/sources/detect";
import { makeDigestReader } from "../../src/sources/digestFile";
import { readMailFile } from "../../src/sources/mailFiles";

const cli = join(__dirname, "..", "..", "..", "dist", "cli.js");
const cases = join(process.env["KVM_SERIES_SHARED"] ?? "", "data", "cases");

interface Read {
  readonly facts: readonly MailFacts[];
  readonly series: readonly Series[];
  readonly mails: ReadonlyMap<string, Uint8Array>;
  readonly problems: readonly string[];
}

async function read(...path: string[]): Promise<Read> {
  const source = join(cases, ...path);
  const kind = detectSource(source);
  assert.ok(isMailFile(kind), `${source} is ${kind}`);
  const facts: MailFacts[] = [];
  const mails = new Map<string, Uint8Array>();
  const problems: string[] = [];
  await readMailFile(kind, source, {
    mail(bytes, spot) {
      const one = mailFactsOf(readMail(bytes), { place: spot, committed: null, source: "case", patchId: patchKey });
      facts.push(one);
      mails.set(one.messageId, bytes);
    },
    problem: (sentence) => void problems.push(sentence),
    stopped: () => false,
  });
  return { facts, series: seriesOfPostings(assembleMails(facts).postings, { rules: [], trees: [] }), mails, problems };
}

/** The facts of a file that holds one mail. */
async function factsIn(...path: string[]): Promise<MailFacts> {
  const [one] = (await read(...path)).facts;
  assert.ok(one);
  return one;
}

/** `v2 1/3`; a number or total that nobody said is left out. */
function inShort({ subject: { version, point, index, expected } }: MailFacts): string {
  return `v${version}${point > 0 ? `.${point}` : ""}${index === null ? "" : ` ${index}/${expected ?? ""}`}`;
}

/** What a person reads in the 67 subjects, in their order. */
const forms = `v1 1/8|v2.3 1/4|v2 1/2|v2 1/2|v2 1/3|v2 1/2|v1|v2 1/10|v3 1/2|v2|v1|v1|v3|v5 3/7|v5 3/7|v3 1/1|v3 2/10|v2 1/2|v3 1/2|v2 1/2|v2 1/2|v2 1/3|v2 1/2|v2|v2 1/2|v4|v2 1/2|v2 1/10|v1 1/2|v2 1/2|v10 12/100|v2 1/2|v2 1/2|v2|v2 1/2|v1 1/2|v3 1/2|v2 1/2|v1.1|v1 1/2|v2 1/2|v2 1/2|v2 1/2|v2 1/2|v2 1/2|v2 1/2|v2 1/2|v2 1/2|v2 1/2|v2 1/2|v2.1 2/2|v2 1/2|v2 1/2|v2 1/2|v2 1/2|v2 1/2|v2 1/3|v12 0/0|v2 1/1|v3|v2 1/2|v2 1/2|v2 1/2|v2 1/2|v2 1/2|v2 1/2|v3 1/2`;

suite("handed cases of reading", function () {
  this.timeout(60_000);
  suiteSetup(() => assert.ok(existsSync(cases), "KVM_SERIES_SHARED names no folder with data/cases"));

  test("01: the colon behind the bracket", async () => {
    const { series } = await read("01-colon-after-bracket", "in.mbox");
    assert.deepEqual(series.map(({ title, revisions }) => `${title.replace(/\.$/, "")} ${revisions.length}`).sort(), [
      "KVM: x86: Spaced colon 1",
      "KVM: x86: Widen the first widget 2",
    ]);
  });

  test("02: forms of subjects", async () => {
    const names = readdirSync(join(cases, "02-subject-forms", "mails")).sort();
    const said = await Promise.all(names.map(async (name) => inShort(await factsIn("02-subject-forms", "mails", name))));
    assert.deepEqual(said, forms.split("|"));
  });

  test("06: a patch without brackets in a thread", async () => {
    const { series } = await read("06-unbracketed-patch-in-thread", "in.mbox");
    const touching = series.filter(({ revisions }) => revisions.some(({ files }) => files.includes("virt/kvm/gadget.c")));
    assert.deepEqual(
      touching.map(({ title }) => title),
      ["KVM: Gadget eight needs it too"],
    );
  });

  test("08: bare diffs are named", async () => {
    const reader = makeDigestReader();
    for (const name of ["bare.diff", "bare.patch", join("quilt", "0001-fix.patch")]) {
      const { problems } = await reader.read(join(cases, "08-bare-patch-files", name));
      assert.match(problems[0]?.message ?? "", /^This is a diff without mail headers\. .*git format-patch/);
    }
    assert.match((await read("08-bare-patch-files", "quilt")).problems[0] ?? "", /^0001-fix\.patch is a diff without mail headers/);
  });

  test("10: an in-body Subject is the title", async () => {
    const { subject, author } = await factsIn("10-inbody-subject", "in.mbox");
    assert.deepEqual([subject.title, author.name], ["KVM: x86: Tenth widget counts from one", "Bo Rask"]);
  });

  for (const name of ["2026-May.mbox", "2026-May.txt", "2026-May.txt.gz"]) {
    test(`12: ${name} of a Mailman archive`, async () => {
      const { series, facts } = await read("12-pipermail", name);
      const revision = series[0]?.revisions[0];
      assert.deepEqual([facts.length, series.length, revision?.version, revision?.expected], [3, 1, 2, 2]);
      assert.equal(`${revision?.patches[0]?.author.name ?? ""} ${revision?.patches[0]?.author.email ?? ""}`, "Bo Rask bo@example.org");
      assert.ok(revision?.patches[0]?.trailers.some(({ key, value }) => key === "Reviewed-by" && value === "Cy Dahl <cy@example.org>"));
    });
  }

  test("23: kinds of mbox", async () => {
    const names = readdirSync(join(cases, "23-mbox-kinds")).filter((name) => !/^(?:expected|trunc|.*\.cover$)/.test(name));
    assert.ok(names.length > 10);
    for (const name of names) {
      const { facts, series, mails } = await read("23-mbox-kinds", name);
      assert.deepEqual([facts.length, series.length, series[0]?.revisions[0]?.patches.length], [3, 1, 3], name);
      for (const [id, bytes] of mails) {
        const { message } = readPatchBody(readMail(bytes).body);
        assert.match(message, /^From here it is \d\.\n>From there too\.$/m, `${name} ${id}`);
      }
    }
  });

  test("26: headers, with git mailinfo as the judge of subject and author", async () => {
    for (const file of globSync(join(cases, "26-headers", "*.eml")).sort()) {
      const name = basename(file, ".eml");
      const { subject, author, sender } = await factsIn("26-headers", `${name}.eml`);
      if (name.startsWith("via-")) {
        assert.deepEqual([author, sender], Array(2).fill({ name: "Ada Lind", email: "ada@example.org" }), name);
        continue;
      }
      const info = spawnSync("git", ["mailinfo", "/dev/null", "/dev/null"], {
        input: readFileSync(file),
      }).stdout.toString();
      const field = (key: string): string => new RegExp(`^${key}: (.*)$`, "m").exec(info)?.[1] ?? "";
      assert.equal(author.email, field("Email"), name);
      // Git gives up on bytes that are not UTF-8, and on the names of two senders.
      if (name !== "rawlatin") assert.equal(subject.title, field("Subject").replace(/\s+/g, " "), name);
      if (name !== "rawlatin" && name !== "from-two") assert.equal(author.name || author.email, field("Author"), name);
    }
  });

  test("34: kinds of folders and packings", async () => {
    for (const name of readdirSync(join(cases, "34-folders")).filter((one) => one !== "expected.txt")) {
      const packer = /\.(xz|bz2)$/.exec(name)?.[1]?.replace("bz2", "bzip2");
      if (packer !== undefined && spawnSync(packer, ["--version"]).error) continue;
      const { series } = await read("34-folders", name);
      assert.deepEqual([series.length, series[0]?.revisions[0]?.patches.length, series[0]?.revisions[0]?.missing.length], [1, 3, 0], name);
    }
  });

  test("35: several patches in one attachment", async () => {
    const { series } = await read("35-attached-mbox", "in.mbox");
    assert.deepEqual(
      series[0]?.revisions[0]?.patches.map(({ title }) => title),
      ["KVM: x86: Fifteenth widget", "KVM: Fifteenth gadget"],
    );
  });

  test("55: Message-IDs", async () => {
    const ids = await Promise.all([0, 1, 2, 3, 4, 5, 6, 7].map(async (at) => (await factsIn("55-message-ids", `${at}.eml`)).messageId));
    const plain = (at: number): string => `c55-${at}@example.org`;
    assert.deepEqual(ids, [...[0, 1, 2, 3].map(plain), "c55 4@example.org", "c55/5+%25@[127.0.0.1]", plain(6), plain(7)]);
  });

  for (const path of ["quote-only-patch/in.mbox", "answer-that-lost-its-re/input.mbox"]) {
    test(`${path}: what only quotes is no series`, async () => {
      const { series, facts } = await read(path);
      assert.equal(series.length, 1);
      assert.deepEqual(facts.map(({ kind }) => kind).sort(), ["patch", "reply"]);
    });
  }

  for (const path of ["several-patches-inline/in.mbox", "two-patches-pasted-into-one-mail/input.mbox"]) {
    test(`${path}: no file is named twice, and the mbox gives what git makes of the mail`, async () => {
      const { series, mails } = await read(path);
      const [revision] = series[0]?.revisions ?? [];
      assert.ok(revision);
      for (const { files } of revision.patches) assert.equal(new Set(files.map((file) => file.path)).size, files.length);
      assert.equal(revision.patches.length, 2);
      const [bytes] = mails.values();
      const made = splitByGit(Buffer.from(seriesMbox(revision, mails, { trailers: false }).text));
      assert.deepEqual(made, splitByGit(Buffer.from(bytes ?? [])));
      assert.equal(made.length, 2);
    });
  }

  for (const path of ["title-broken-bracket/in.mbox", "subject-with-one-bracket-too-many/input.mbox"]) {
    test(`${path}: the title`, async () => {
      assert.equal((await read(path)).series[0]?.title, "KVM: selftests: Fix a spelling mistake");
    });
  }

  test("ansi-subsystem: no escape byte reaches the terminal", () => {
    const mail = join(cases, "ansi-subsystem", "m.eml");
    const run = (...args: string[]) => spawnSync(process.execPath, [cli, ...args], { encoding: "utf8" });
    const { series } = JSON.parse(run("series", mail, "--json").stdout) as { series: ReadonlyArray<{ id: string }> };
    assert.equal(series.length, 1);
    for (const args of [
      ["series", mail],
      ["show", mail, "--id", series[0]?.id ?? ""],
    ]) {
      const { status, stdout, stderr } = run(...args);
      assert.equal(status, 0, stderr);
      assert.doesNotMatch(stdout + stderr, /[\x00-\x08\x0b-\x1f\x7f\x9b]/);
    }
  });
});

/** What `git am` takes of each mail that git finds in a file: author, subject, message, patch. */
function splitByGit(file: Buffer): string[] {
  const folder = mkdtempSync(join(tmpdir(), "kvm-series-split-"));
  try {
    const from = file.toString("latin1").startsWith("From ")
      ? file
      : Buffer.concat([Buffer.from("From git@z Thu Jan  1 00:00:00 1970\n"), file]);
    writeFileSync(join(folder, "mbox"), from);
    spawnSync("git", ["mailsplit", `-o${folder}`, join(folder, "mbox")]);
    return readdirSync(folder)
      .filter((name) => /^\d+$/.test(name))
      .sort()
      .map((name) => {
        const info = spawnSync("git", ["mailinfo", "--encoding=UTF-8", "msg", "patch"], {
          input: readFileSync(join(folder, name)),
          cwd: folder,
        });
        return [info.stdout, readFileSync(join(folder, "msg")), readFileSync(join(folder, "patch")).toString().trimEnd()].join("\n");
      });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

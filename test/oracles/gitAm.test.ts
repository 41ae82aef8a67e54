/** What `git am` makes of our mbox against what it makes of the mails themselves: tree, author, date and message. */
import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { readDiff } from "../../src/core/diff/diff";
import { decodeAsGit } from "../../src/core/mail/charset";
import { readMail } from "../../src/core/mail/mail";
import { openPatchMail, type PatchMail, patchMbox } from "../../src/core/mail/patchMail";
import { parseSubject } from "../../src/core/mail/subject";
import { mailFactsOf } from "../../src/core/postings/mailFacts";
import { seriesMbox } from "../../src/core/series/seriesMbox";
import { bytesById, seriesOfMails } from "../support/pageArchive";
import { plainGit } from "../support/sampleArchive";
import { type MadeSeries, makeRepositories } from "./madeRepositories";
import { oracleMails, sharedData } from "./sharedMails";

/** Two hundred histories, unless more are asked for. */
const made = Number(process.env["KVM_SERIES_MADE"] ?? 200);
const seed = Number(process.env["KVM_SERIES_SEED"] ?? 20_261_129);

/** Counts reasons, and keeps what has none. */
class Verdicts {
  readonly #counts = new Map<string, number>();
  readonly unexplained: unknown[] = [];

  add(reason: string | null, difference: unknown): void {
    if (reason === null) this.unexplained.push(difference);
    else this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1);
  }

  print(): void {
    for (const [reason, count] of this.#counts) console.log(`    ${count}: ${reason}`);
  }
}

/** The first place where two texts part, for people. */
function parted(git: string, ours: string): object {
  let at = 0;
  while (at < git.length && git[at] === ours[at]) at++;
  const from = Math.max(0, at - 60);
  return { at, git: git.slice(from, at + 60), ours: ours.slice(from, at + 60) };
}

suite("mbox | git am against git am of the mails: made repositories", () => {
  const folder = mkdtempSync(join(tmpdir(), "kvm-series-am-"));
  suiteTeardown(() => rmSync(folder, { recursive: true, force: true }));

  const git = (args: readonly string[], input: Uint8Array = new Uint8Array(0)) => {
    const { status, stdout, stderr } = spawnSync("git", args, { cwd: folder, env: { ...plainGit, HOME: folder }, input, maxBuffer: 1e9 });
    return { status, stdout: stdout.toString("latin1"), stderr: stderr.toString() };
  };

  /** Trees, authors and messages of the commits that git makes; what it says where it makes none. */
  function taken(base: string, mbox: Uint8Array): { readonly refused: string | null; readonly commits: string } {
    git(["checkout", "--quiet", "--detach", "--force", base]);
    const { status, stderr } = git(["am", "--quiet"], mbox);
    if (status !== 0) {
      git(["am", "--abort"]);
      return { refused: stderr.split("\n")[0] ?? "", commits: "" };
    }
    return { refused: null, commits: git(["log", "--reverse", "--format=%T%n%an <%ae> %ad%n%B", `${base}..HEAD`]).stdout };
  }

  const reasons: ReadonlyArray<
    readonly [reason: string, applies: (made: MadeSeries, raw: ReturnType<typeof taken>, ours: ReturnType<typeof taken>) => boolean]
  > = [
    [
      "git refuses a mail whose bytes do not fit the charset it declares",
      (_, { refused }, ours) => refused?.startsWith("error: cannot convert from") === true && ours.refused === null,
    ],
    [
      "git does not decode the From that opens a body: the name comes out as other letters",
      ({ name }, raw, ours) =>
        name.includes("--from") &&
        !name.includes("UTF-8 message") &&
        raw.refused === null &&
        withoutNames(raw.commits) === withoutNames(ours.commits),
    ],
  ];
  const withoutNames = (commits: string): string => commits.replace(/^.* <\S+@example\.org> .*$/gm, "");

  test(`${made} series`, function () {
    this.timeout(made * 3000);
    const verdicts = new Verdicts();
    let [same, refused, whole] = [0, 0, 0];
    for (const one of makeRepositories(folder, made, seed)) {
      const separator = Buffer.from("From mboxrd@z Thu Jan  1 00:00:00 1970\n");
      // As mboxo has it, which git reads: a line that would begin a mail is quoted, and of an encoded mail there is none.
      const raw = taken(one.base, Buffer.concat(one.mails.flatMap((mail) => [separator, mail, Buffer.from("\n")])));
      const mails = one.mails.map((mail) => new Uint8Array(mail));
      const text = mails.map((mail) => patchMbox(openPatchMail(mail), 0) ?? "").join("\n");
      const [series, ...others] = seriesOfMails(mails);
      const revision = series?.revisions.at(-1);
      if (revision && others.length === 0 && revision.missing.length === 0 && revision.patches.length === mails.length) {
        whole++;
        assert.equal(seriesMbox(revision, bytesById(mails), { trailers: true }).text, text, one.name);
      }
      const ours = taken(one.base, Buffer.from(text));
      if (raw.commits === ours.commits && (raw.refused === null) === (ours.refused === null)) {
        same++;
        if (raw.refused !== null) refused++;
        continue;
      }
      const reason = reasons.find(([, applies]) => applies(one, raw, ours))?.[0] ?? null;
      verdicts.add(reason, { name: one.name, raw: raw.refused, ours: ours.refused, ...parted(raw.commits, ours.commits) });
    }
    console.log(
      `    ${same} of ${made} are the same, ${refused} of them are refused either way; ${whole} were assembled to one whole series`,
    );
    verdicts.print();
    assert.deepEqual(verdicts.unexplained, []);
    // Of text that is not encoded git takes the CR off each line, so that it refuses a patch for a file that has them.
    assert.ok(refused < made / 3, "most of them can be applied at all");
    assert.ok(whole > made / 2, "most of them make a series");
  });
});

interface RealMail {
  readonly name: string;
  readonly raw: string;
  readonly patch: PatchMail;
}

interface Difference {
  readonly field: "refused" | "head" | "message" | "patch";
  readonly git: string;
  readonly ours: string;
}

/** Why git makes something else of our mbox, by what is seen in the mail; each was looked at. */
const realReasons: ReadonlyArray<readonly [reason: string, applies: (difference: Difference, mail: RealMail) => boolean]> = [
  [
    "a file of git format-patch stands in the text: the mbox has what git am would make of the file alone",
    (_, { raw }) => /^>?From [0-9a-f]{40} Mon Sep 17 00:00:00 2001$/m.test(raw),
  ],
  [
    "a signature is attached, which git leaves behind the patch and does not look at",
    ({ field, git, ours }, { raw }) =>
      field === "patch" && /^Content-Type: application\/(?:x-)?(?:pkcs7|pgp)-/im.test(raw) && sameFiles(git, ours),
  ],
];

/** Whether what git applies is the same to the byte. */
function sameFiles(git: string, ours: string): boolean {
  const end = readDiff(git).end;
  return end > 0 && git.slice(0, end) === ours.slice(0, end);
}

suite("mbox | git am against git am of the mails: real mail", () => {
  if (!sharedData) {
    console.log("    skipped: KVM_SERIES_SHARED names no folder with data");
    return;
  }

  test("author, subject, message and the bytes of the patch", async () => {
    const folder = mkdtempSync(join(tmpdir(), "kvm-series-am-"));
    try {
      const mails: RealMail[] = [];
      for (const { name, bytes } of oracleMails()) {
        const mail = readMail(bytes);
        if (parseSubject(mail.subject).reply || readDiff(mail.body).files.length === 0) continue;
        const patch = openPatchMail(bytes);
        const { author } = mailFactsOf(mail, { place: name, committed: null, source: name, patchId: null });
        writeFileSync(join(folder, `${mails.length}.raw`), bytes);
        writeFileSync(join(folder, `${mails.length}.our`), patchMbox(patch, 0, { author }) ?? "");
        mails.push({ name, raw: Buffer.from(bytes).toString("latin1"), patch });
      }
      await Promise.all([0, 1].map((first) => mailinfo(folder, first, mails.length)));
      const verdicts = new Verdicts();
      let same = 0;
      for (const [at, mail] of mails.entries()) {
        const differences = compare(folder, at);
        if (differences.length === 0) same++;
        for (const difference of differences) {
          const reason = realReasons.find(([, applies]) => applies(difference, mail))?.[0] ?? null;
          verdicts.add(reason, { mail: mail.name, field: difference.field, ...parted(difference.git, difference.ours) });
        }
      }
      console.log(`    ${same} of ${mails.length} are the same to the byte`);
      verdicts.print();
      assert.deepEqual(verdicts.unexplained.slice(0, 100), []);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

/** Runs git for each mail, in one shell for every second one: starting a process from Node costs more than git itself. */
async function mailinfo(folder: string, first: number, count: number): Promise<void> {
  const take = "git mailinfo --encoding=UTF-8 $n.$k.msg $n.$k.patch <$n.$k >$n.$k.info 2>/dev/null || rm -f $n.$k.info";
  const loop = `n=$1; while [ "$n" -lt "$2" ]; do for k in raw our; do ${take}; done; n=$((n + 2)); done`;
  await promisify(execFile)("sh", ["-c", loop, "sh", `${first}`, `${count}`], { cwd: folder });
}

function compare(folder: string, at: number): Difference[] {
  const of = (kind: string): Record<"head" | "message" | "patch", string> | null => {
    const read = (what: string): Buffer => readFileSync(join(folder, `${at}.${kind}.${what}`));
    // The commit that `git am` makes is UTF-8 in any case, and the last line of an mbox has an end.
    return existsSync(join(folder, `${at}.${kind}.info`))
      ? {
          head: decodeAsGit(read("info")),
          message: decodeAsGit(read("msg")),
          patch: read("patch").toString("latin1").replace(/\n?$/, "\n"),
        }
      : null;
  };
  const [raw, ours] = [of("raw"), of("our")];
  if (!raw || !ours)
    return raw === ours ? [] : [{ field: "refused", git: raw ? "takes it" : "refuses it", ours: ours ? "takes it" : "refuses it" }];
  return (["head", "message", "patch"] as const)
    .map((field) => ({ field, git: raw[field], ours: ours[field] }))
    .filter(({ git, ours: own }) => git !== own);
}

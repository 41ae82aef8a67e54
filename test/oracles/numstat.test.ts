import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readDiff, type Diff } from "../../src/core/diff/diff";
import { readMail } from "../../src/core/mail/mail";
import { sharedData, sharedMails } from "./sharedMails";

interface PatchMail {
  readonly name: string;
  readonly body: string;
  readonly diff: Diff;
}

interface Disagreement {
  readonly at: number;
  readonly git: string;
  readonly ours: string;
}

/** Why git counts otherwise or not at all, by what is seen in the mail and the two answers; each was looked at. */
const reasons: ReadonlyArray<readonly [reason: string, applies: (mail: PatchMail, found: Disagreement) => boolean]> = [
  [
    "the diff was damaged on its way, so git refuses all of it",
    ({ diff }, { git }) => git.startsWith("error") && diff.files.some(({ mangled }) => mangled),
  ],
  [
    "names without a/ and b/: git takes their first folder for the prefix",
    (_, { git, ours }) => sameButForFirstFolders(git.split("\0"), ours.split("\0")),
  ],
  ["blanks behind a name: git takes them for part of it", (_, { git, ours }) => git.replace(/ +(?=\0)/g, "") === ours],
];

/** Whether the lines of two numstats count alike and differ at most in that names lack their first folder in one. */
function sameButForFirstFolders(git: readonly string[], ours: readonly string[]): boolean {
  return (
    git.length === ours.length && ours.every((line, at) => line === git[at] || line.replace(/\t[^\t/]*\/(?=[^\t]*$)/, "\t") === git[at])
  );
}

suite("diff reader against git apply --numstat", () => {
  if (!sharedData) {
    console.log("    skipped: KVM_SERIES_SHARED names no folder with data");
    return;
  }

  test("files, added and deleted lines of every mail with a diff", async () => {
    const folder = mkdtempSync(join(tmpdir(), "kvm-series-numstat-"));
    try {
      const seen = new Set<string>();
      const mails = sharedMails().flatMap(({ name, bytes }): PatchMail[] => {
        const { body, patches } = readMail(bytes);
        return [body, ...patches].flatMap((text) => {
          const diff = readDiff(text);
          if (diff.files.length === 0 || seen.has(text)) return [];
          seen.add(text);
          return [{ name, body: text, diff }];
        });
      });
      mails.forEach(({ body }, at) => writeFileSync(join(folder, `${at}`), body));
      const half = Math.ceil(mails.length / 2);
      const numbers = mails.map((_, at) => at);
      const differing = (
        await Promise.all([numbers.slice(0, half), numbers.slice(half)].map((part) => disagreements(folder, mails, part)))
      ).flat();
      const unexplained = differing.filter((found) => !reasons.some(([, applies]) => applies(mails[found.at]!, found)));
      console.log(`    ${mails.length - differing.length} of ${mails.length} agree`);
      for (const [reason, applies] of reasons)
        console.log(`    ${differing.filter((found) => applies(mails[found.at]!, found)).length}: ${reason}`);
      assert.deepEqual(
        unexplained.map(({ at, git, ours }) => ({ mail: mails[at]!.name, git, ours })),
        [],
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

/** One call of git for many patches; where that does not give the expected lines, the halves are looked at. */
async function disagreements(folder: string, mails: readonly PatchMail[], numbers: readonly number[]): Promise<Disagreement[]> {
  const found: Disagreement[] = [];
  for (let at = 0; at < numbers.length; at += 64) found.push(...(await compare(folder, mails, numbers.slice(at, at + 64))));
  return found;
}

async function compare(folder: string, mails: readonly PatchMail[], numbers: readonly number[]): Promise<Disagreement[]> {
  const ours = numbers.map((at) => numstat(mails[at]!.diff)).join("");
  const git = await gitNumstat(folder, numbers);
  if (git === ours) return [];
  if (numbers.length === 1) return [{ at: numbers[0]!, git, ours }];
  const half = Math.ceil(numbers.length / 2);
  return [...(await compare(folder, mails, numbers.slice(0, half))), ...(await compare(folder, mails, numbers.slice(half)))];
}

function gitNumstat(folder: string, numbers: readonly number[]): Promise<string> {
  return new Promise((resolve) => {
    const args = ["apply", "--numstat", "-z", ...numbers.map(String)];
    execFile("git", args, { cwd: folder, maxBuffer: 1e8 }, (error, stdout, stderr) => {
      resolve(error ? `error: ${stderr.split("\n")[0] ?? ""}` : stdout);
    });
  });
}

function numstat({ files }: Diff): string {
  return files.map(({ path, binary, added, deleted }) => (binary ? `-\t-\t${path}\0` : `${added}\t${deleted}\t${path}\0`)).join("");
}

/** The sample mails in the forms archives have: public-inbox v2, mbox, maildir. The same mails give the same bytes every time. */
import { spawn } from "node:child_process";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { sampleList, sampleMails, type SampleMail } from "./sampleMails";

/** Mails that arrived before this are in the first epoch: Monday, 2026-10-19. */
const secondEpoch = Date.UTC(2026, 9, 19) / 1000;

/** Nothing of the machine's or the user's settings may change what git does, and no commit starts two more processes to tidy up. */
export const plainGit = {
  PATH: process.env["PATH"] ?? "",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_COUNT: "2",
  GIT_CONFIG_KEY_0: "core.hooksPath",
  GIT_CONFIG_VALUE_0: "/dev/null",
  GIT_CONFIG_KEY_1: "maintenance.auto",
  GIT_CONFIG_VALUE_1: "false",
  GIT_TERMINAL_PROMPT: "0",
  LC_ALL: "C",
  TZ: "UTC",
} as const;

/**
 * Writes the archive of a list as public-inbox v2: `git/0.git` and `git/1.git`, one commit a mail with the file `m`, and a commit
 * with the file `d` for the mail that was removed. What was in the folder is replaced.
 */
export async function writeSampleArchive(folder: string, list: string = sampleList): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  const changes = changesOf(sampleMails(list));
  const epochs = [changes.filter(({ at }) => at < secondEpoch), changes.filter(({ at }) => at >= secondEpoch)];
  await Promise.all(epochs.map((epoch, number) => writeEpoch(join(folder, "git", `${number}.git`), epoch)));
}

interface Change {
  readonly mail: SampleMail;
  readonly at: number;
  /** The file of the commit: `m` for a mail, `d` for one that was removed. */
  readonly file: "m" | "d";
}

function changesOf(mails: readonly SampleMail[]): Change[] {
  const changes = mails.flatMap((mail): Change[] => [
    { mail, at: mail.arrived, file: "m" },
    ...(mail.removed === null ? [] : [{ mail, at: mail.removed, file: "d" as const }]),
  ]);
  // Mails are in order already; a removal takes its place among them.
  return changes.sort((a, b) => a.at - b.at);
}

async function writeEpoch(repository: string, changes: readonly Change[]): Promise<void> {
  await mkdir(repository, { recursive: true });
  await git(repository, ["init", "--quiet", "--bare", "--template=", "--object-format=sha1", "--initial-branch=master"], []);
  // One pack instead of some hundred files: that is what a clone has.
  await git(repository, ["-c", "fastimport.unpackLimit=1", "fast-import", "--quiet", "--date-format=raw"], changes.flatMap(commitOf));
}

function commitOf({ mail, at, file }: Change, index: number): Buffer[] {
  const mark = index + 1;
  const { name, email } = /^"?(?<name>.*?)"? <(?<email>[^<>]*)>$/.exec(mail.from)?.groups ?? {};
  const author = `${(name ?? "").replace(/[<>]/g, "")} <${email ?? ""}>`;
  const subject = Buffer.from(file === "m" ? mail.subject : "rm");
  return [
    Buffer.from(`blob\nmark :${mark}\ndata ${mail.bytes.length}\n`),
    mail.bytes,
    Buffer.from(
      `\ncommit refs/heads/master\nauthor ${author} ${file === "m" ? mail.date : at} ${file === "m" ? mail.zone : "+0000"}\n` +
        `committer Sample Archive <archive@example.org> ${at} +0000\ndata ${subject.length}\n`,
    ),
    subject,
    // Each commit holds one file and nothing of the commit before.
    Buffer.from(`\ndeleteall\nM 100644 :${mark} ${file}\n\n`),
  ];
}

function git(folder: string, args: readonly string[], input: readonly Buffer[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const run = spawn("git", args, { cwd: folder, env: plainGit, stdio: ["pipe", "ignore", "pipe"] });
    let said = "";
    run.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
    run.on("error", reject);
    run.on("close", (code) =>
      code === 0 ? resolve() : reject(new Error(`git ${args.join(" ")} ended with ${code ?? "a signal"}: ${said}`)),
    );
    // A git that ends early closes its end; why is said by its exit.
    run.stdin.on("error", () => undefined);
    run.stdin.end(Buffer.concat(input));
  });
}

/** The mails of a list that are still in its archive, as one mbox (mboxrd: `From ` at the start of a line gets one more `>`). */
export async function writeSampleMbox(file: string, list: string = sampleList): Promise<void> {
  const texts = sampleMails(list)
    .filter(({ removed }) => removed === null)
    // Latin-1 keeps each byte as it is.
    .map(({ bytes }) => `From mboxrd@z Thu Jan  1 00:00:00 1970\n${bytes.toString("latin1").replace(/^>*From /gm, ">$&")}\n`);
  await writeFile(file, Buffer.from(texts.join(""), "latin1"));
}

/** The same mails as a maildir: those of the last week are new, the others were read. */
export async function writeSampleMaildir(folder: string, list: string = sampleList): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await Promise.all(["cur", "new", "tmp"].map((name) => mkdir(join(folder, name), { recursive: true })));
  const mails = sampleMails(list).filter(({ removed }) => removed === null);
  const lastWeek = (mails.at(-1)?.arrived ?? 0) - 7 * 86400;
  await Promise.all(
    mails.map(({ arrived, bytes }, index) => {
      const name = `${arrived}.M${String(index).padStart(4, "0")}.sample`;
      return writeFile(arrived > lastWeek ? join(folder, "new", name) : join(folder, "cur", `${name}:2,S`), bytes);
    }),
  );
}

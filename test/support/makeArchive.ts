/** Writes invented mail as real archives: public-inbox v2 repositories by `git fast-import`, or plain files. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeMail, planArchive, type ArchiveTruth } from "./archiveMails";

/** Raised whenever the mails change, so that archives kept from an earlier run are made again. */
const generation = 4;

/** A change to an archive's history, as public-inbox makes it. */
export type Commit =
  | { readonly add: Buffer; readonly time: number; /** The author's date; else `time`. */ readonly written?: number }
  | { readonly remove: Buffer; readonly time: number };

/** Runs git quietly; throws with what it said where it fails. */
export function git(folder: string, args: readonly string[], input?: string | Buffer): string {
  const run = spawnSync("git", args, { cwd: folder, input, maxBuffer: 1 << 30, encoding: "utf8" });
  if (run.status !== 0) throw new Error(`git ${args.join(" ")}: ${run.stderr}`);
  return run.stdout;
}

/** Adds commits to the `master` of a bare repository, which is made where it is absent. */
export async function commitMails(repository: string, commits: Iterable<Commit>): Promise<void> {
  const known = existsSync(join(repository, "HEAD"));
  if (!known) {
    mkdirSync(repository, { recursive: true });
    git(repository, ["init", "--quiet", "--bare", "--initial-branch=master", "."]);
  }
  const hasCommits = known && spawnSync("git", ["rev-parse", "--verify", "-q", "refs/heads/master"], { cwd: repository }).status === 0;
  const importer = spawn("git", ["fast-import", "--quiet", "--force"], { cwd: repository, stdio: ["pipe", "inherit", "inherit"] });
  const closed = once(importer, "close");
  let mark = 0;
  let pieces: Buffer[] = [];
  let size = 0;
  const flush = async (): Promise<void> => {
    const waits = !importer.stdin.write(Buffer.concat(pieces));
    [pieces, size] = [[], 0];
    if (waits) await once(importer.stdin, "drain");
  };
  for (const commit of commits) {
    const bytes = "add" in commit ? commit.add : commit.remove;
    const [first, subject] = ["add" in commit ? "m" : "d", "add" in commit ? "mail" : "rm"];
    mark++;
    const from = mark === 1 && hasCommits ? "from refs/heads/master^0\n" : "";
    const change = first === "m" ? `D d\nM 100644 :${mark} m\n` : `D m\nM 100644 :${mark} d\n`;
    const written = ("written" in commit ? commit.written : undefined) ?? commit.time;
    pieces.push(
      Buffer.from(`blob\nmark :${mark}\ndata ${bytes.length}\n`),
      bytes,
      Buffer.from(
        `\ncommit refs/heads/master\nauthor Someone <someone@example.org> ${written} +0000\ncommitter Archive <archive@example.org> ${commit.time} +0000\ndata ${subject.length}\n${subject}\n${from}${change}\n`,
      ),
    );
    size += bytes.length;
    if (size > 1 << 20) await flush();
  }
  await flush();
  importer.stdin.end();
  const [code] = (await closed) as [number];
  if (code !== 0) throw new Error(`git fast-import ended with ${code}`);
}

/** The mails `from` to `to` of a seeded archive, as commits. */
export function* seededCommits(
  seed: number,
  plans: ReturnType<typeof planArchive>["plans"],
  from = 0,
  to = plans.length,
): Generator<Commit> {
  for (const plan of plans.slice(from, to)) yield { add: makeMail(seed, plan), time: plan.time + 60 };
}

export interface MadeArchive {
  /** A bare repository for one epoch, a folder with `git/N.git` for several. */
  readonly path: string;
  readonly truth: ArchiveTruth;
}

/**
 * A seeded public-inbox v2 archive, repacked as a clone is. Kept in `folder` and used again, since making a large one takes minutes.
 */
export async function makeArchive(
  folder: string,
  options: { seed: number; mails: number; epochs?: number; repack?: boolean },
): Promise<MadeArchive> {
  const { seed, mails, epochs = 1, repack = true } = options;
  const path = join(folder, `g${generation}-s${seed}-${mails}-${epochs}${repack ? "" : "-raw"}`);
  const note = join(path, "truth.json");
  if (existsSync(note))
    return { path: epochs === 1 ? join(path, "0.git") : path, truth: JSON.parse(readFileSync(note, "utf8")) as ArchiveTruth };
  const { plans, truth } = planArchive(seed, mails);
  const making = `${path}.making.${process.pid}`;
  rmSync(making, { recursive: true, force: true });
  for (let epoch = 0; epoch < epochs; epoch++) {
    const repository = epochs === 1 ? join(making, "0.git") : join(making, "git", `${epoch}.git`);
    const [from, to] = [Math.floor((plans.length * epoch) / epochs), Math.floor((plans.length * (epoch + 1)) / epochs)];
    await commitMails(repository, seededCommits(seed, plans, from, to));
    if (repack) git(repository, ["-c", "pack.threads=2", "repack", "-adfq", "--window=10", "--depth=50"]);
  }
  writeFileSync(join(making, "truth.json"), JSON.stringify(truth));
  rmSync(path, { recursive: true, force: true });
  renameSync(making, path);
  return { path: epochs === 1 ? join(path, "0.git") : path, truth };
}

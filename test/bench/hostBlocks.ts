/** The longest block of the event loop of the extension host around an archive: see hostChild.ts for what it does. */
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { node24, root } from "../host/paths";
import { inventDigestText } from "./inventedDigests";

/** Of one step, in milliseconds. */
export interface BlockFigure {
  readonly step: string;
  readonly wall: number;
  /** The processor time of the thread in the stretch that took most of it: what other programs took does not count. */
  readonly cpu: number;
}

export interface HostRun {
  readonly blocks: readonly BlockFigure[];
  /** How much of each there was, so that a figure of nothing is seen. */
  readonly counted: Readonly<Record<string, number>>;
}

const newMails = 100;
const digestCounts = [2, 100];

/**
 * Measures some runs, each in a process of its own with its own copy of the index.
 *
 * @param archive a bare repository, which is copied
 * @param folder for what is made
 * @returns the middle of each figure
 */
export function benchHost(archive: string, folder: string, rounds = 3): HostRun {
  const git = (args: readonly string[], cwd: string): string => execFileSync("git", args, { cwd, encoding: "utf8" }).trim();
  const repository = path.join(folder, "host.git");
  const built = path.join(folder, "built");
  const digests = digestCounts.map((count) => writeDigests(path.join(folder, String(count)), count));
  git(["clone", "--quiet", "--bare", archive, repository], folder);
  const tip = git(["rev-parse", "refs/heads/master"], repository);
  const before = git(["rev-parse", `refs/heads/master~${newMails}`], repository);
  git(["update-ref", "refs/heads/master", before], repository);
  const child = (what: string, storage: string): string => {
    const task = path.join(folder, "task.json");
    writeFileSync(task, JSON.stringify({ archive: repository, tip, digests, storage }));
    return execFileSync(node24, [path.join(__dirname, "hostChild.js"), what, task], { encoding: "utf8" });
  };
  mkdirSync(path.join(built, "index"), { recursive: true });
  child("prepare", built);
  const runs = Array.from({ length: rounds }, (_, round) => {
    const storage = path.join(folder, `run${round}`);
    cpSync(built, storage, { recursive: true });
    git(["update-ref", "refs/heads/master", before], repository);
    return JSON.parse(child("measure", storage)) as HostRun;
  });
  const [first] = runs;
  if (!first) throw new Error("at least one run is needed");
  const blocks = first.blocks.map(({ step }, at) => ({
    step,
    wall: middle(runs.map((run) => run.blocks[at]?.wall ?? NaN)),
    cpu: middle(runs.map((run) => run.blocks[at]?.cpu ?? NaN)),
  }));
  return { blocks, counted: first.counted };
}

function middle(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

function writeDigests(folder: string, count: number): string {
  mkdirSync(folder);
  for (let place = 0; place < count; place++) writeFileSync(path.join(folder, `${place}.txt`), inventDigestText(place));
  return folder;
}

/** The real archives, where there are any, as bare repositories in a folder. */
export function realArchives(folder: string): Array<{ readonly name: string; readonly path: string }> {
  const data = path.join(process.env["KVM_SERIES_SHARED"] ?? path.join(root, "..", "shared"), "data");
  return ["kvm-recent", "kvm-ppc"].flatMap((name) => {
    const bundle = path.join(data, `${name}.bundle`);
    if (!existsSync(bundle)) return [];
    const repository = path.join(folder, `${name}.git`);
    execFileSync("git", ["clone", "--quiet", "--bare", "--branch", "master", bundle, repository]);
    return [{ name, path: repository }];
  });
}

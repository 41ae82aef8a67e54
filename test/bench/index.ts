/** The speed and memory of the index against what git itself needs, as ratios of one interleaved run. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { DatabaseSync } from "node:sqlite";
import { buildIndex } from "../../src/index/build";
import { storeSum } from "../../src/index/checksum";
import { openIndex } from "../../src/index/reader";
import { planArchive } from "../support/archiveMails";
import { commitMails, makeArchive, seededCommits } from "../support/makeArchive";
import { benchHost, realArchives } from "./hostBlocks";

const seed = 42;
const epochName = "0.git";

/** One line of the table: a figure, what it must reach, and what was measured. */
export interface Figure {
  readonly archive: string;
  readonly name: string;
  readonly must: string;
  readonly measured: string;
}

interface Timed {
  readonly wall: number;
  readonly cpu: number;
  readonly out: string;
}

/** Runs a command under bash's `time`, whose CPU seconds count all processes that were waited for. */
function timed(command: readonly string[], cwd: string): Timed {
  const run = spawnSync("bash", ["-c", `TIMEFORMAT='%R %U %S'; time "$0" "$@"`, ...command], {
    cwd,
    encoding: "utf8",
    stdio: ["ignore", command.includes("--batch") ? "ignore" : "pipe", "pipe"],
    env: { ...process.env, LC_ALL: "C" },
  });
  if (run.status !== 0) throw new Error(`${command.join(" ")}: ${run.stderr}`);
  const [wall = 0, user = 0, system = 0] = (run.stderr.trim().split("\n").at(-1) ?? "").split(" ").map(Number);
  return { wall, cpu: user + system, out: run.stdout };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

function shareOf(values: Float64Array, share: number): number {
  return values[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0;
}

const micro = (milliseconds: number): string => `${(milliseconds * 1000).toFixed(1)} µs`;
const milli = (milliseconds: number): string => `${milliseconds.toFixed(1)} ms`;

interface Cold {
  readonly wall: number;
  readonly cpu: number;
  readonly megabytes: number;
  /** The longest the thread that started it was kept from anything else, in milliseconds. */
  readonly block: number;
  readonly bytes: number;
  readonly file: string;
  readonly peers: readonly Peer[];
}

/** How many times as long as we public-inbox-index takes for an index, by the clock and in processor time. */
interface Peer {
  readonly level: string;
  readonly must: string;
  readonly wall: number;
  readonly cpu: number;
}

/** The indexes of public-inbox-index: Message-IDs and threads, and the words of subjects, people and bodies too. */
const peerLevels = [
  { level: "basic", must: "12" },
  { level: "medium", must: "50" },
] as const;
const largestForPeer = 10_000;

/** Cold builds and git's own reading in turn; the ratios are taken pair by pair. */
function measureCold(archive: string, mails: number, rounds: number, folder: string): Cold {
  const file = join(folder, `${mails}.db`);
  const walls: number[] = [];
  const cpus: number[] = [];
  const memory: number[] = [];
  const blocks: number[] = [];
  let peers: readonly Peer[] = [];
  for (let round = 0; round < rounds; round++) {
    const limit = timed(["git", "cat-file", "--batch", "--batch-all-objects", "--unordered"], archive);
    for (const suffix of ["", "-journal", ".lock"]) rmSync(file + suffix, { force: true });
    const ours = timed([process.execPath, join(__dirname, "indexChild.js"), file, archive], folder);
    const { megabytes, block } = JSON.parse(ours.out) as { megabytes: number; block: number };
    walls.push(ours.wall / limit.wall);
    cpus.push(ours.cpu / limit.cpu);
    memory.push(megabytes);
    blocks.push(block);
    // It takes so long that once is enough, and of a large archive minutes.
    if (round === 0 && mails <= largestForPeer && hasPeer())
      peers = peerLevels.map(({ level, must }) => {
        const { wall, cpu } = measurePeer(archive, folder, level);
        return { level, must, wall: wall / ours.wall, cpu: cpu / ours.cpu };
      });
  }
  const bytes = statSync(file).size / mails;
  return {
    wall: median(walls),
    cpu: median(cpus),
    megabytes: median(memory),
    block: median(blocks),
    bytes,
    file,
    peers,
  };
}

function hasPeer(): boolean {
  return spawnSync("public-inbox-index", ["--help"], { stdio: "ignore" }).status === 0;
}

function measurePeer(archive: string, folder: string, level: string): Timed {
  const inbox = join(folder, "peer");
  rmSync(inbox, { recursive: true, force: true });
  cpSync(archive, join(inbox, "git", epochName), { recursive: true });
  // It indexes nothing that was not announced to it; its own settings stay as they are.
  process.env["PI_CONFIG"] = join(folder, "peer.config");
  timed(["public-inbox-init", "-V2", "kvm", inbox, "http://127.0.0.1/kvm", "kvm@example.org"], folder);
  return timed(["public-inbox-index", "--no-fsync", "-L", level, inbox], folder);
}

/** Milliseconds of some runs with 100 more mails each, and with none, in a process that is there already. */
async function measureRefresh(folder: string, archive: string, file: string): Promise<{ more: number; none: number }> {
  const repository = join(folder, "grows.git");
  // Of the archive that was measured before.
  rmSync(repository, { recursive: true, force: true });
  cpSync(archive, repository, { recursive: true });
  const index = join(folder, "grows.db");
  cpSync(file, index);
  const moved = new DatabaseSync(index);
  moved.prepare("UPDATE archive SET path = ?").run(repository);
  moved.prepare("UPDATE epoch SET name = ?").run("grows.git");
  storeSum(moved, index);
  moved.close();
  // The editor reads the index all the while.
  const reader = openIndex(index);
  // Mails of another list, sent at the same time.
  const { plans } = planArchive(seed + 1, 700);
  const [more, none]: [number[], number[]] = [[], []];
  for (let round = 0; round < 7; round++) {
    await commitMails(repository, seededCommits(seed + 1, plans, round * 100, (round + 1) * 100));
    for (const times of [more, none]) {
      const start = performance.now();
      await buildIndex([repository], index);
      times.push(performance.now() - start);
    }
  }
  reader?.close();
  return { more: median(more), none: median(none) };
}

/** Asks for paths as often as they are touched, then again for the hottest one. */
function measureTouching(file: string): { all: Float64Array; hottest: Float64Array; first: number } {
  const db = new DatabaseSync(file, { readOnly: true });
  const rows = db.prepare("SELECT path, count(*) AS count FROM touch GROUP BY path ORDER BY count DESC").all();
  db.close();
  const asked = rows.flatMap(({ path, count }) => Array.from({ length: Number(count) }, () => String(path)));
  const started = performance.now();
  const reader = openIndex(file);
  if (!reader) throw new Error("the index cannot be read");
  reader.touching(asked[0] ?? "");
  const first = performance.now() - started;
  const measure = (paths: readonly string[]): Float64Array =>
    Float64Array.from(paths, (path, number) => {
      const start = performance.now();
      reader.touching(path, [number % 1000, (number % 1000) + 40], 100_000);
      return performance.now() - start;
    }).sort();
  let state = 1;
  const shuffled = Array.from({ length: 20_000 }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return asked[state % asked.length] ?? "";
  });
  const all = measure(shuffled);
  const hottest = measure(Array.from({ length: 2000 }, () => asked[0] ?? ""));
  reader.close();
  return { all, hottest, first };
}

/** An archive to measure on. */
interface BenchArchive {
  readonly name: string;
  /** A bare repository. */
  readonly path: string;
  readonly mails: number;
}

/**
 * Measures and prints the table; each line names its archive. Archives are made once and kept, in the folder the environment names
 * (KVM_SERIES_ARCHIVES) or in the temporary folder. Real archives stand first, where there are any.
 *
 * @param sizes of the invented archives in mails, ascending; see `mustOf`
 */
export async function benchIndex(sizes: readonly number[] = [10_000], rounds = 5): Promise<Figure[]> {
  const kept = process.env["KVM_SERIES_ARCHIVES"] ?? join(tmpdir(), "kvm-series-archives");
  const folder = mkdtempSync(join(tmpdir(), "kvm-series-bench-"));
  const figures: Figure[] = [];
  const printer =
    (archive: string) =>
    (name: string, must: string, measured: string): void => {
      figures.push({ archive, name, must, measured });
      process.stdout.write(`${archive.padEnd(14)} ${name.padEnd(58)} ${must.padStart(12)} ${measured}\n`);
    };
  try {
    const archives: BenchArchive[] = realArchives(folder).map((one) => ({ ...one, mails: countMails(one.path) }));
    for (const mails of sizes) archives.push({ name: `seeded ${mails}`, mails, path: (await makeArchive(kept, { seed, mails })).path });
    // Git reads a mail of a small archive as fast as one of a large one, so its time is the clock by which both are told.
    const perMail = new Map<number, number>();
    for (const [at, { name: archive, path, mails }] of archives.entries()) {
      const add = printer(archive);
      const cold = measureCold(path, mails, Math.min(mails > 200_000 ? 1 : mails > 100_000 ? 3 : rounds, rounds), folder);
      if (archive.startsWith("seeded")) perMail.set(mails, cold.wall);
      const must = mustOf(archive, mails);
      add("cold index / git reading the mails, wall", must.wall, cold.wall.toFixed(2));
      add("the same, CPU of all processes", must.cpu, cold.cpu.toFixed(2));
      for (const peer of cold.peers)
        add(
          `public-inbox-index (${peer.level}, --no-fsync) / ours, wall / CPU`,
          peer.must,
          `${peer.wall.toFixed(1)} / ${peer.cpu.toFixed(1)}`,
        );
      add("resident memory of Node", must.memory, `${cold.megabytes.toFixed(0)} MB`);
      add("bytes of the index for each mail, without full text", "220", cold.bytes.toFixed(0));
      add("longest block of the host: cold index", "30 ms", milli(cold.block));
      const ground = join(folder, `host${at}`);
      mkdirSync(ground);
      const { blocks, counted } = benchHost(path, ground, Math.min(3, rounds));
      for (const { step, wall, cpu } of blocks) add(`longest block of the host: ${step}`, "30 ms", `${milli(wall)}, CPU ${milli(cpu)}`);
      add(
        "of which",
        "",
        Object.entries(counted)
          .map((one) => one.join(" "))
          .join(", "),
      );
      const { more, none } = await measureRefresh(folder, path, cold.file);
      add("100 new mails, host alive", "50 ms", milli(more));
      add("nothing new", "5 ms", milli(none));
      const { all, hottest, first } = measureTouching(cold.file);
      add("from stored index to first answer", "50 ms", milli(first));
      add("series touching lines of a path, p50 / p99", "50 µs / 1 ms", `${micro(shareOf(all, 0.5))} / ${micro(shareOf(all, 0.99))}`);
      add("the same, hottest path, p99", "3 ms", micro(shareOf(hottest, 0.99)));
    }
    const [smallest, largest] = [Math.min(...sizes), Math.max(...sizes)];
    if (largest > smallest) {
      const ratio = (perMail.get(largest) ?? 0) / (perMail.get(smallest) ?? 1);
      printer("seeded")(`cost of a mail, ${largest} : ${smallest} mails`, "1.1", ratio.toFixed(2));
    }
    return figures;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What the figures of an archive must reach, by how hard it is. */
function mustOf(archive: string, mails: number): { readonly wall: string; readonly cpu: string; readonly memory: string } {
  const memory = mails > 200_000 ? "600 MB" : mails > 10_000 ? "250 MB" : "350 MB";
  if (!archive.startsWith("seeded")) return { wall: "1.8", cpu: "2.8", memory };
  return mails <= 10_000 ? { wall: "2.8", cpu: "4.5", memory } : { wall: "1.8", cpu: "2.6", memory };
}

function countMails(repository: string): number {
  return Number(spawnSync("git", ["rev-list", "--count", "refs/heads/master"], { cwd: repository, encoding: "utf8" }).stdout);
}

if (require.main === module) {
  const sizes = process.argv.slice(2).map(Number).filter(Boolean);
  void benchIndex(sizes.length > 0 ? sizes : [10_000], 3);
}

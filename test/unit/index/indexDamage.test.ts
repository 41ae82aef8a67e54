/**
 * Indexes that were damaged at random: what is answered is right or nothing, the next run makes them sound, and no error is
 * one that only a programmer understands. On real terms: KVM_SERIES_DAMAGES=1000.
 */
import { root } from "../../host/paths";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { hash } from "node:crypto";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { buildIndex } from "../../../src/index/build";
import { isDamage } from "../../../src/index/damage";
import { indexPageBytes } from "../../../src/index/database";
import { type IndexReader, openIndex } from "../../../src/index/reader";
import { fillSearch } from "../../../src/index/search";
import { ArchiveSeries } from "../../../src/library/archiveSeries";
import { planArchive } from "../../support/archiveMails";
import { type Random, seeded } from "../../support/archiveWords";
import { dumpIndex } from "../../support/archivesDump";
import { commitMails, seededCommits } from "../../support/makeArchive";

const cli = path.join(root, "dist", "cli.js");
const damages = Number(process.env["KVM_SERIES_DAMAGES"] ?? 40);
/** A process for each takes too long for every run. */
const calls = Math.max(4, damages / 10);
const seed = 31;
const mails = 240;

type Damage = (bytes: Buffer, random: Random) => Buffer;

function placeIn(length: number, random: Random): number {
  return Math.floor(random() * length);
}

function pageIn(bytes: Buffer, random: Random): Buffer {
  const at = placeIn(bytes.length / indexPageBytes, random) * indexPageBytes;
  return bytes.subarray(at, at + indexPageBytes);
}

const kinds: Readonly<Record<string, Damage>> = {
  "a bit": (bytes, random) => {
    const at = placeIn(bytes.length, random);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << placeIn(8, random));
    return bytes;
  },
  "a bit of the first page": (bytes, random) => {
    const at = placeIn(indexPageBytes, random);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << placeIn(8, random));
    return bytes;
  },
  "a bit of the header": (bytes, random) => {
    const at = placeIn(100, random);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << placeIn(8, random));
    return bytes;
  },
  "some bytes": (bytes, random) => {
    const at = placeIn(bytes.length, random);
    for (let place = at; place < Math.min(bytes.length, at + 100); place++) bytes[place] = placeIn(256, random);
    return bytes;
  },
  "a page of zeros": (bytes, random) => {
    pageIn(bytes, random).fill(0);
    return bytes;
  },
  "a third of it": (bytes) => bytes.fill(0xaa, Math.floor(bytes.length / 3), Math.floor((bytes.length * 2) / 3)),
  "a page in the place of another": (bytes, random) => {
    const [one, other] = [pageIn(bytes, random), pageIn(bytes, random)];
    const copy = Buffer.from(one);
    other.copy(one);
    copy.copy(other);
    return bytes;
  },
  "the end cut off": (bytes, random) => bytes.subarray(0, placeIn(bytes.length, random)),
  "pages cut off": (bytes, random) => bytes.subarray(0, placeIn(bytes.length / indexPageBytes, random) * indexPageBytes),
  "garbage behind it": (bytes, random) => Buffer.concat([bytes, Buffer.from(Array.from({ length: 20_000 }, () => placeIn(256, random)))]),
};

/** What lies beside it, whatever SQLite would make of that. */
const besides = ["-journal", "-wal"];
const leftBehind = "a journal left behind";

suite(`an index that is damaged in ${damages} ways`, function () {
  this.timeout(300_000 + damages * 3000);
  const folder = mkdtempSync(path.join(tmpdir(), "kvm-series-damage-"));
  const at = (...names: string[]): string => path.join(folder, ...names);
  const archive = at("list.git");
  const { plans } = planArchive(seed, mails);
  let whole: Buffer;
  let older: Buffer;
  /** As a writer leaves them that was killed in the midst of writing. */
  let half: { readonly file: Buffer; readonly journal: Buffer };
  let expected = "";
  let expectedDump: readonly string[] = [];
  let words: readonly string[] = [];
  let printed = "";

  suiteSetup(async function () {
    const file = at("whole.db");
    await commitMails(archive, seededCommits(seed, plans, 0, mails / 2));
    await build(file);
    older = readFileSync(file);
    await commitMails(archive, seededCommits(seed, plans, mails / 2));
    await build(file);
    whole = readFileSync(file);
    expectedDump = dumpIndex(file);
    const reader = openIndex(file);
    assert.ok(reader);
    words = reader.pending(Infinity).map(({ title }) => title.split(" ").at(-1) ?? "");
    expected = answersOf(reader);
    reader.close();
    half = halfWritten(at("half.db"));
    printed = run(["series", file, "--json"]).stdout;
    assert.ok(JSON.parse(printed));
  });
  suiteTeardown(() => rmSync(folder, { recursive: true, force: true }));

  function halfWritten(file: string): { file: Buffer; journal: Buffer } {
    writeFileSync(file, whole);
    const db = new DatabaseSync(file);
    db.exec("PRAGMA cache_size = 1; BEGIN; UPDATE component SET body = zeroblob(500); UPDATE touch SET info = zeroblob(20)");
    const left = { file: readFileSync(file), journal: readFileSync(`${file}-journal`) };
    db.exec("ROLLBACK");
    db.close();
    assert.ok(!left.file.equals(whole) && left.journal.length > indexPageBytes);
    return left;
  }

  async function build(file: string): Promise<void> {
    await buildIndex([archive], file);
    while (((await fillSearch(file)) ?? 0) > 0);
  }

  function run(args: readonly string[]): { code: number | null; stdout: string; stderr: string } {
    const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], {
      encoding: "utf8",
      cwd: folder,
      maxBuffer: 64 * 1024 * 1024,
    });
    return { code: status, stdout, stderr };
  }

  function answersOf(reader: IndexReader): string {
    const series = reader.pending(Infinity);
    const touched = [...new Set(series.flatMap(({ revisions }) => revisions.flatMap(({ files }) => files)))].sort();
    const found = words.map((word) =>
      reader
        .search(word, 10_000)
        .map(({ id }) => id)
        .sort(),
    );
    return hash("sha1", JSON.stringify([series, reader.counts, reader.problems, touched.map((name) => reader.touching(name)), found]));
  }

  /** What a reader makes of it: the right answers, or that it is damaged, or that there is no index. */
  function answer(file: string): string {
    try {
      const reader = openIndex(file);
      if (!reader) return "none";
      try {
        return answersOf(reader);
      } finally {
        reader.close();
      }
    } catch (error) {
      if (isDamage(error)) return "damaged";
      throw error;
    }
  }

  const random = seeded(damages);
  const names = [
    ...Object.keys(kinds),
    "older pages",
    ...besides.map((suffix) => `a ${suffix} that is none`),
    leftBehind,
    `${leftBehind}, damaged`,
  ];
  for (const name of names) {
    test(name, async () => {
      const times = Math.ceil(damages / names.length);
      for (let time = 0; time < times; time++) {
        const file = at("damaged.db");
        for (const suffix of ["", "-journal", "-wal", "-shm"]) rmSync(file + suffix, { force: true });
        writeFileSync(file, damaged(name));
        for (const suffix of besides)
          if (name.includes(suffix)) writeFileSync(file + suffix, Buffer.from(whole).subarray(0, placeIn(40_000, random)));
        if (name.startsWith(leftBehind)) writeFileSync(`${file}-journal`, name === leftBehind ? half.journal : damagedJournal());
        const said = answer(file);
        if (name === leftBehind) assert.equal(said, expected);
        assert.ok(said === expected || said === "damaged" || said === "none", `${name} ${time}: a wrong answer`);
        if (readFileSync(file).equals(whole)) assert.equal(said, expected);
        const series = new ArchiveSeries({ file, corrections: [] });
        series.refresh();
        await series.load();
        assert.equal(series.damaged, said === "damaged");
        assert.equal(series.series.length > 0, said === expected);
        if (time < Math.ceil(calls / names.length)) calledWith(file, said, name);
        await build(file);
        assert.equal(answer(file), expected, `${name} ${time}: not made sound`);
        assert.deepEqual(dumpIndex(file), expectedDump);
        assert.equal(series.refresh() || !series.damaged, true);
        series.dispose();
      }
    });
  }

  function damagedJournal(): Buffer {
    const [one = ""] = Object.keys(kinds).slice(placeIn(Object.keys(kinds).length, random));
    return kinds[one]?.(Buffer.from(half.journal), random) ?? half.journal;
  }

  function damaged(name: string): Buffer {
    if (name.startsWith(leftBehind)) return half.file;
    const bytes = Buffer.from(whole);
    if (name !== "older pages") return kinds[name]?.(bytes, random) ?? bytes;
    const page = placeIn(Math.min(older.length, bytes.length) / indexPageBytes, random) * indexPageBytes;
    older.copy(bytes, page, page, page + indexPageBytes);
    return bytes;
  }

  /** The command line says one sentence, or the right thing; `index` says what it found and mends it. */
  function calledWith(file: string, said: string, name: string): void {
    const copy = at("called.db");
    rmSync(`${copy}-journal`, { force: true });
    cpSync(file, copy);
    cpSync(at("whole.db.lock"), at("called.db.lock"));
    const read = run(["series", copy, "--json"]);
    if (read.code === 0) assert.equal(read.stdout, printed, `${name}: a wrong answer`);
    else assert.deepEqual([read.code, read.stdout, read.stderr.trimEnd().split("\n").length], [1, "", 1], read.stderr);
    const mended = run(["index", archive, "--db", copy]);
    assert.doesNotMatch(mended.stderr, /^ +at /m);
    if (mended.code === 0) {
      assert.equal(run(["series", copy, "--json"]).stdout, printed, name);
      if (said === "damaged") assert.match(mended.stderr, /^[^\n]*called\.db: The index was damaged and has been built again\.\n$/);
    } else assert.match(mended.stderr, /is not a writable index and was left unchanged; give --db another file\.\n$/, name);
  }
});

import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Correction } from "../../../src/core/postings/corrections";
import type { Problem } from "../../../src/core/series/series";
import { Corrections } from "../../../src/engines/corrections";
import { until } from "../../support/fakeClock";
import { FakeLog } from "../../support/fakePorts";
import { revision, seriesWith } from "../../support/invented";

const [first, second, third] = ["1", "2", "3"].map((at) => revision({ messageId: `${at}@example.org`, version: Number(at) }));

suite("corrections", () => {
  let folder = "";
  setup(() => (folder = mkdtempSync(join(tmpdir(), "kvm-corrections-"))));
  teardown(() => rmSync(folder, { recursive: true, force: true }));

  function makeGround(name = "corrections.txt") {
    const ground = { file: join(folder, name), fault: null as Error | null };
    const applied: Array<readonly Correction[]> = [];
    const problems: Array<readonly Problem[]> = [];
    const watched = new Map<string, () => void>();
    const log = new FakeLog();
    const corrections = new Corrections({
      file: () => ground.file,
      watch: (files, changed) => {
        const path = join(files.folder, files.glob);
        watched.set(path, changed);
        return { dispose: () => watched.delete(path) };
      },
      apply: (made, found) => {
        if (ground.fault) return Promise.reject(ground.fault);
        applied.push(made);
        problems.push(found);
        return Promise.resolve();
      },
      log,
    });
    return { ground, corrections, applied, problems, watched, log, text: () => readFileSync(ground.file, "utf8") };
  }

  test("what is joined and split is written, holds at once, and can be taken back", async () => {
    const { corrections, applied, text } = makeGround("below/corrections.txt");
    await corrections.join(first!, second!);
    assert.equal(text(), "join <1@example.org> <2@example.org>\n");
    const series = seriesWith([first!, second!, third!], { id: "1@example.org" });
    await corrections.split(series, third!);
    assert.deepEqual(applied.at(-1), [
      { kind: "join", first: "1@example.org", second: "2@example.org" },
      { kind: "split", first: "3@example.org", second: "1@example.org" },
      { kind: "split", first: "3@example.org", second: "2@example.org" },
    ]);
    assert.equal((await corrections.of(series)).length, 2);
    assert.equal((await corrections.of(null)).length, 3);
    await corrections.undo(await corrections.of(series));
    assert.deepEqual(applied.at(-1), [{ kind: "split", first: "3@example.org", second: "2@example.org" }]);
  });

  test("two changes at once are both kept", async () => {
    const { corrections, text } = makeGround();
    await Promise.all([corrections.join(first!, second!), corrections.join(second!, third!)]);
    assert.equal(text().split("\n").filter(Boolean).length, 2);
  });

  test("follows the file, and another one when the settings name it", async () => {
    const { ground, corrections, applied, watched } = makeGround();
    corrections.begin();
    await until(() => applied.length === 1);
    writeFileSync(ground.file, "split <1@example.org> <2@example.org>\n");
    watched.get(ground.file)!();
    await until(() => applied.length === 2);
    assert.equal(applied[1]![0]?.kind, "split");
    ground.file = join(folder, "other.txt");
    corrections.begin();
    await until(() => applied.length === 3);
    assert.deepEqual([applied[2], [...watched.keys()]], [[], [ground.file]]);
    corrections.dispose();
    assert.equal(watched.size, 0);
  });

  test("a failure where nobody waits is in the log, and later changes are made all the same", async () => {
    const { ground, corrections, applied, log } = makeGround();
    ground.fault = new Error("The index is away.");
    corrections.begin();
    await until(() => log.errors.length > 0);
    assert.deepEqual(log.errors, ["The index is away."]);
    await assert.rejects(corrections.join(first!, second!), /away/);
    ground.fault = null;
    await corrections.join(second!, third!);
    assert.equal(applied.at(-1)?.length, 2);
  });

  test("a file that cannot be read as a whole is left as it is, and is a problem of its own", async () => {
    const { ground, corrections, problems, text } = makeGround();
    writeFileSync(ground.file, Buffer.from([0x23, 0xff, 0xfe, 0x0a]));
    corrections.begin();
    await until(() => problems.length === 1);
    assert.match(problems[0]![0]?.message ?? "", /not UTF-8 text/);
    await assert.rejects(corrections.join(first!, second!), /could not be read completely and was left unchanged/);
    assert.equal(text().length, 4);
  });

  test("of a file with many odd lines three are shown, and all are in the log", async () => {
    const { ground, corrections, problems, log } = makeGround();
    writeFileSync(ground.file, "odd\n".repeat(9));
    corrections.begin();
    await until(() => problems.length === 1);
    assert.deepEqual([problems[0]!.length, log.warnings.length], [3, 9]);
  });

  test("a file that is a link stays one, and keeps its mode", async () => {
    const { ground, corrections } = makeGround();
    const place = join(folder, "shared.txt");
    writeFileSync(place, "# Ours\n");
    chmodSync(place, 0o640);
    symlinkSync(place, ground.file);
    await corrections.join(first!, second!);
    assert.deepEqual(
      [readFileSync(place, "utf8"), statSync(place).mode & 0o777, readdirSync(folder).sort()],
      ["# Ours\njoin <1@example.org> <2@example.org>\n", 0o640, ["corrections.txt", "shared.txt"]],
    );
  });

  test("a file that cannot be written says so", async () => {
    const { ground, corrections, log } = makeGround();
    writeFileSync(join(folder, "file"), "");
    ground.file = join(folder, "new.txt");
    symlinkSync(join(folder, "file", "below"), ground.file);
    await assert.rejects(corrections.join(first!, second!), /could not be (?:read|written)/);
    assert.equal(log.errors.length <= 1, true);
  });

  test("a revision of a digest has a name of its own, and the file says what it stands for", async () => {
    const { corrections, applied, text } = makeGround();
    const digested = revision({ title: "KVM: Fix\u202e it" });
    await corrections.join(first!, digested);
    assert.match(text(), /^join <1@example\.org> <v1-[0-9a-f]{12}@digest\.invalid> # v1 KVM: Do a thing \| v1 KVM: Fix⟨U\+202E⟩ it\n$/);
    const made = applied.at(-1) ?? [];
    assert.equal(made.length, 1);
    await corrections.undo(made);
    assert.equal(text(), "");
  });

  test("a series of one revision is refused before anything is written", async () => {
    const { ground, corrections } = makeGround();
    await assert.rejects(corrections.split(seriesWith([first!]), first!), /only one revision/);
    assert.equal(existsSync(ground.file), false);
    assert.match(readFileSync(await corrections.makeFile(), "utf8"), /^# What was joined/);
  });
});

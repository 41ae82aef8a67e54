/** Files that were moved, asked about on the command line. */
import { root } from "../../host/paths";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { makeMovedGround, type MovedGround, movedNamesOf } from "../../support/movedGround";

const cli = path.join(root, "dist", "cli.js");
const { old, now, here, ahead } = movedNamesOf;

interface Touching {
  readonly path: string;
  readonly file?: string;
  readonly movedFrom?: string;
  readonly movedTo?: string;
  readonly series: ReadonlyArray<{
    readonly title: string;
    readonly movedFrom?: string;
    readonly movedTo?: string;
    readonly movedBy?: object;
  }>;
}

suite("command line, moved files", () => {
  let folder = "";
  let ground: MovedGround;
  let box = "";
  suiteSetup(() => {
    assert(existsSync(cli), "dist/cli.js is missing: npm run build makes it");
    folder = mkdtempSync(path.join(tmpdir(), "kvm-series-moved-"));
    ground = makeMovedGround(folder);
    box = path.join(folder, "list.mbox");
    writeFileSync(box, ground.author.mbox());
  });
  suiteTeardown(() => rmSync(folder, { recursive: true, force: true }));

  const run = (...args: readonly string[]): string => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], {
      encoding: "utf8",
      env: { ...process.env, XDG_CACHE_HOME: path.join(folder, "cache") },
    });
    assert.deepEqual([status, stderr], [0, ""]);
    return stdout;
  };
  const touching = (asked: string, ...more: readonly string[]): Touching =>
    JSON.parse(run("touching", asked, box, "--json", ...more)) as Touching;
  const named = ({ series }: Touching): string[] =>
    series
      .map(({ title, movedFrom, movedTo }) => [title.replace(/^KVM: (\w+): part 1$/, "$1"), movedFrom, movedTo].filter(Boolean).join(" "))
      .sort();

  test("a series on a file that was moved since is told for the file, by the commit that moved it", () => {
    for (let again = 0; again < 2; again++) {
      const said = touching(now, "--tree", ground.tree);
      assert.deepEqual(named(said), [`early ${old}`, `edge ${old}`]);
      assert.deepEqual(said.series[0]?.movedBy, { commit: ground.moving });
      assert.equal(said.file, undefined);
    }
    assert(readdirSync(path.join(folder, "cache", "kvm-series")).includes("moves.json"));
    assert.match(
      run("touching", now, box, "--tree", ground.tree),
      /^\w{12} {2}KVM: early: part 1 {2}v1 · patch 1, 2 · moved from arch\/s390\/kvm\/kvm-s390\.c$/m,
    );
  });

  test("asked by the old name it says which file that is", () => {
    const said = touching(old, "--tree", ground.tree);
    assert.deepEqual([said.file, said.movedFrom, named(said)], [now, old, [`early ${old}`, `edge ${old}`]]);
    assert.match(
      run("touching", old, box, "--tree", ground.tree),
      /^arch\/s390\/kvm\/kvm-s390\.c is arch\/s390\/kvm\/s390\/s390\.c in this tree \(moved by commit [0-9a-f]{12}\)\n/,
    );
  });

  test("a series that moves a file touches all that is pending on it, and what is made on top of it touches the file", () => {
    assert.deepEqual(named(touching(here, "--tree", ground.tree)), [`above ${ahead}`, "mover", "plain"]);
    assert.deepEqual(named(touching(ahead, "--tree", ground.tree)), [`above ${ahead}`, "mover", "plain"]);
  });

  test("lines, folders and ends of paths", () => {
    assert.deepEqual(named(touching(`${now}:30`, "--tree", ground.tree)), [`early ${old}`]);
    assert.deepEqual(named(touching("arch/s390/kvm/s390/", "--tree", ground.tree)), ["above", `early ${old}`, `edge ${old}`, "mover"]);
    assert.deepEqual(named(touching("s390/s390.c", "--tree", ground.tree, "--suffix")), [`early ${old}`, `edge ${old}`]);
  });

  test("without a tree, or in one without git, a path means itself alone, as far as no series tells", () => {
    assert.deepEqual(named(touching(now)), []);
    assert.deepEqual(named(touching(old)), ["early", "edge", "maker"]);
    const plain = path.join(folder, "plain");
    spawnSync("cp", ["-r", ground.tree, plain]);
    rmSync(path.join(plain, ".git"), { recursive: true });
    assert.deepEqual(named(touching(now, "--tree", plain)), []);
    assert.deepEqual(named(touching(here, "--tree", plain)), [`above ${ahead}`, "mover", "plain"]);
  });

  test("a tree from before the move has the file as series call it", () => {
    const beside = path.join(folder, "beside");
    spawnSync("git", ["clone", "-q", ground.tree, beside]);
    spawnSync("git", ["-C", beside, "checkout", "-q", "--detach", ground.base]);
    assert.deepEqual(named(touching(old, "--tree", beside)), ["early", "edge", "maker"]);
    assert.deepEqual(named(touching(now, "--tree", beside)), []);
  });

  test("applies says what it is called by now, and what comes of it under that name", () => {
    const said = JSON.parse(run("applies", box, "--tree", ground.tree, "--json")) as {
      readonly series: ReadonlyArray<{ readonly title: string; readonly state: string; readonly moved?: object }>;
    };
    const of = (name: string) => said.series.find(({ title }) => title === `KVM: ${name}: part 1`);
    const files = [{ from: old, to: now }];
    assert.deepEqual(of("early")?.moved, { files, state: "applies" });
    assert.deepEqual(of("edge")?.moved, { files, state: "conflicts" });
    assert.deepEqual([of("plain")?.moved, of("maker")?.moved, of("mover")?.moved], [undefined, undefined, undefined]);
    assert.deepEqual(of("above")?.moved, { files: [{ from: ahead, to: here }], state: "applies" });
    assert.match(
      run("applies", box, "--tree", ground.tree),
      /KVM: early: part 1.*arch\/s390\/kvm\/kvm-s390\.c is now arch\/s390\/kvm\/s390\/s390\.c; with that name it applies\.$/m,
    );
    const atBase = JSON.parse(run("applies", box, "--tree", ground.tree, "--onto", ground.base, "--json")) as typeof said;
    assert.deepEqual(
      atBase.series.filter(({ moved }) => moved !== undefined).map(({ title }) => title),
      ["KVM: above: part 1"],
    );
  });

  test("collides compares what I changed with what a series does to the file under its old name, and git merges the two", () => {
    const mine = path.join(folder, "mine");
    spawnSync("git", ["clone", "-q", ground.tree, mine]);
    const file = path.join(mine, now);
    writeFileSync(file, readFileSync(file, "utf8").replace("s390 line 30\n", "mine\n"));
    const said = JSON.parse(run("collides", box, "--tree", mine, "--prove", "--json")) as {
      readonly series: ReadonlyArray<{
        readonly title: string;
        readonly files: readonly object[];
        readonly proof: { readonly kind: string };
      }>;
    };
    assert.deepEqual(
      said.series.map(({ title, files, proof }) => [title, files, proof.kind]),
      [
        [
          "KVM: early: part 1",
          [{ path: now, movedFrom: old, movedBy: { commit: ground.moving }, places: [{ lines: [31, 31], patches: [1], same: false }] }],
          "conflict",
        ],
      ],
    );
  });
});

/** What must hold for the two digests this project grew from, and for a real kernel tree beside them. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

const shared = process.env["KVM_SERIES_SHARED"] ?? "";
const seeds = path.join(shared, "data", "seeds");
const tarball = path.join(shared, "data", "linux-7.3-rc7-kvm.tar.xz");
const cli = path.resolve(__dirname, "..", "..", "..", "dist", "cli.js");

interface SeriesJson {
  readonly id: string;
  readonly title: string;
  readonly subsystem: string;
  readonly revisions: ReadonlyArray<{
    readonly version: number;
    readonly expected: number;
    readonly patches: ReadonlyArray<{ readonly index: number | null; readonly author: { readonly name: string } }>;
    readonly files: readonly string[];
  }>;
  readonly elsewhere: ReadonlyArray<{ readonly version: number; readonly rfc: boolean; readonly messageId: string }>;
  readonly links: ReadonlyArray<{ readonly from: number; readonly to: number; readonly evidence: readonly string[] }>;
}

function run(...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], { encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
  assert.deepEqual([status, stderr], [0, ""]);
  return stdout;
}

function seriesOf(...args: readonly string[]): SeriesJson[] {
  return (JSON.parse(run(...args, "--json")) as { series: SeriesJson[] }).series;
}

suite("the seeds", () => {
  suiteSetup(function () {
    if (existsSync(seeds)) return;
    console.log("    skipped: KVM_SERIES_SHARED does not name a folder with data/seeds");
    this.skip();
  });

  const expected: ReadonlyArray<readonly [string, string, readonly number[], number]> = [
    ["target/i386/kvm: Reset PMU state in kvm_init_pmu_info", "qemu", [1], 1],
    ["KVM: x86/tdx: Have TDX handle VMXON during bringup", "x86/tdx", [2, 3], 16],
    ["LongArch: KVM: Add AVEC support irqchip in kernel", "loongarch", [3], 4],
    ["KVM: x86: APIC and I/O APIC cleanups", "x86/apic", [1], 9],
    ["KVM: x86: Add support for mediated vPMUs", "pmu", [6], 44],
    ['KVM: Remove subtle "struct kvm_stats_desc" pseudo-overlay', "generic", [1], 1],
    ["KVM: VMX: Fix APICv activation bugs", "x86/vmx", [3], 10],
  ];

  test("are seven series, each in its subsystem, newest first", () => {
    const found = seriesOf("series", seeds).map(({ title, subsystem, revisions }) => [
      title,
      subsystem,
      revisions.map(({ version }) => version),
      revisions.at(-1)?.expected,
    ]);
    assert.deepEqual(found, expected);
  });

  test("the ids do not depend on the order of the files", () => {
    const files = readdirSync(seeds).map((name) => path.join(seeds, name));
    const ids = (sources: readonly string[]): string[] =>
      seriesOf("series", ...sources)
        .map(({ id }) => id)
        .sort();
    assert.deepEqual(ids([...files].reverse()), ids(files));
  });

  test("the two revisions of the VMXON series are joined by its changelog and title; its RFC is known by a link", () => {
    const one = seriesOf("series", seeds).find(({ subsystem }) => subsystem === "x86/tdx");
    assert.deepEqual(one?.links, [{ from: 0, to: 1, evidence: ["changelog-link", "same-title"] }]);
    assert.deepEqual(
      one.elsewhere.map(({ version, rfc, messageId }) => [version, rfc, messageId]),
      [[1, true, "20251010220403.987927-1-seanjc@google.com"]],
    );
    assert.deepEqual(
      one.revisions.map(({ patches }) => patches.length),
      [7, 16],
    );
    for (const id of ["20251010220403.987927-1-seanjc@google.com", "<20251206011054.494190-1-seanjc@google.com>"]) {
      assert.equal((JSON.parse(run("show", seeds, "--id", id, "--json")) as { series: SeriesJson }).series.id, one.id);
    }
  });

  test("earlier postings by another author are known by their links", () => {
    const elsewhere = (subsystem: string): unknown =>
      seriesOf("series", seeds)
        .find((one) => one.subsystem === subsystem)
        ?.elsewhere.map(({ version, messageId }) => `${version} ${messageId}`);
    assert.deepEqual(elsewhere("x86/vmx"), ["2 20251110063212.34902-1-dongli.zhang@oracle.com"]);
    assert.deepEqual(elsewhere("loongarch"), ["2 20251128091125.2720148-1-gaosong@loongson.cn"]);
    assert.equal((elsewhere("pmu") as string[]).length, 5);
  });

  test("patches are in order where one author wrote all of them, and only there", () => {
    const indexes = (subsystem: string): unknown =>
      seriesOf("series", seeds)
        .find((one) => one.subsystem === subsystem)
        ?.revisions.at(-1)
        ?.patches.map(({ index }) => index);
    assert.deepEqual(indexes("x86/apic"), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert.deepEqual(indexes("x86/vmx"), [1, ...Array.from({ length: 9 }, () => null)]);
  });

  test("five pending series touch arch/x86/kvm/x86.c", () => {
    assert.deepEqual(
      seriesOf("touching", "arch/x86/kvm/x86.c", seeds).map(({ subsystem }) => subsystem),
      ["x86/tdx", "x86/apic", "pmu", "generic", "x86/vmx"],
    );
    assert.deepEqual(
      seriesOf("touching", "target/i386/kvm/kvm.c", seeds).map(({ subsystem }) => subsystem),
      ["qemu"],
    );
    assert.deepEqual(
      seriesOf("touching", "kvm/include/x86/apic.h", seeds, "--suffix").map(({ subsystem }) => subsystem),
      ["x86/vmx"],
    );
  });

  test("each comes out of the classic export byte by byte", () => {
    for (const name of readdirSync(seeds))
      assert.equal(run("digest", path.join(seeds, name)), readFileSync(path.join(seeds, name), "utf8"), name);
  });

  suite("beside a kernel tree", () => {
    let folder = "";
    let tree = "";
    suiteSetup(function () {
      this.timeout(120_000);
      if (!existsSync(tarball)) {
        console.log(`      skipped: there is no ${tarball}`);
        this.skip();
      }
      folder = mkdtempSync(path.join(tmpdir(), "kvm-series-tree-"));
      execFileSync("tar", ["-xf", tarball, "-C", folder]);
      const inside = readdirSync(folder);
      tree = inside.includes("MAINTAINERS") ? folder : path.join(folder, inside[0] ?? "");
    });
    suiteTeardown(() => {
      if (folder) rmSync(folder, { recursive: true, force: true });
    });

    test("the paths its diffstat shortened are files of the tree", () => {
      const path7 = "tools/testing/selftests/kvm/include/x86/apic.h";
      assert(existsSync(path.join(tree, path7)));
      assert.deepEqual(
        seriesOf("touching", path7, seeds, "--tree", tree).map(({ subsystem }) => subsystem),
        ["x86/vmx"],
      );
      // Without its end a path says nothing, unless it is asked for as an end.
      assert.deepEqual(seriesOf("touching", "other/testing/selftests/kvm/include/x86/apic.h", seeds, "--tree", tree), []);
      assert.deepEqual(
        seriesOf("touching", "elsewhere/tools/testing/selftests/kvm/include/x86/apic.h", seeds).map(({ subsystem }) => subsystem),
        ["x86/vmx"],
      );
    });

    test("a series for QEMU does not show in it", () => {
      assert.deepEqual(seriesOf("touching", "target/i386/kvm/kvm.c", seeds, "--tree", tree), []);
    });
  });
});

import assert from "node:assert/strict";
import { touchedPaths } from "../../../../src/core/diff/diffstat";
import { newestRevision, type Series } from "../../../../src/core/series/series";
import { makeTouchIndex, pathTouches } from "../../../../src/core/series/touches";
import type { Project } from "../../../../src/core/subsystem/project";
import { revision, seriesWith } from "../../../support/invented";
import { assembled, made } from "../../../support/madeMail";

function file(path: string, oldPath?: string): { path: string; oldPath?: string; changed: number; added: number; deleted: number } {
  return { path, ...(oldPath === undefined ? {} : { oldPath }), changed: 1, added: 1, deleted: 0 };
}

/** A series whose cover letter's diffstat names files, and whose numbered patches touch some. */
function series(title: string, cover: readonly string[], patches: Readonly<Record<number, readonly string[]>> = {}): Series {
  const made = Object.entries(patches).map(([index, paths]) => ({
    index: Number(index) || null,
    title: `${title} ${index}`,
    author: { name: "Ada Lind", email: "ada@example.org" },
    messageId: null,
    message: null,
    diff: null,
    files: paths.map((path) => file(path)),
    trailers: [],
  }));
  const diffstat = cover.map((path) => file(path));
  return seriesWith(
    [revision({ title, diffstat, patches: made, files: touchedPaths([...diffstat, ...made.flatMap(({ files }) => files)]) })],
    { title },
  );
}

const all = [
  series("A", ["arch/x86/kvm/x86.c", "virt/kvm/kvm_main.c"], { 1: ["arch/x86/kvm/x86.c"], 3: ["arch/x86/kvm/x86.c"] }),
  series("B", [".../selftests/kvm/include/x86/apic.h", "arch/x86/kvm/x86.c"]),
  series("C", ["target/i386/kvm/kvm.c", "MAINTAINERS"]),
  seriesWith(
    [
      revision({ title: "D", version: 1, files: ["arch/x86/kvm/gone.c"] }),
      revision({ title: "D", version: 2, files: touchedPaths([file("arch/x86/kvm/new.c", "arch/x86/kvm/old.c")]) }),
    ],
    { title: "D" },
  ),
];
const projectOf = ({ title }: Series): Project => (title === "C" ? "qemu" : "kernel");
const index = makeTouchIndex(all, projectOf);

suite("touches", () => {
  const rows: ReadonlyArray<readonly [string, string, Project | null, readonly string[]]> = [
    ["a file, series in their order", "arch/x86/kvm/x86.c", "kernel", ["A 1,3", "B "]],
    ["a file only the diffstat names", "virt/kvm/kvm_main.c", "kernel", ["A "]],
    ["the new name of a rename", "arch/x86/kvm/new.c", "kernel", ["D "]],
    ["the old name of a rename", "arch/x86/kvm/old.c", "kernel", ["D "]],
    ["only the newest revision", "arch/x86/kvm/gone.c", "kernel", []],
    ["a shortened path", "tools/testing/selftests/kvm/include/x86/apic.h", "kernel", ["B "]],
    ["a shortened path only whole names", "tools/testing/xselftests/kvm/include/x86/apic.h", "kernel", []],
    ["another file of that name", "arch/x86/include/asm/apic.h", "kernel", []],
    ["a folder", "arch/x86/kvm/", "kernel", ["A 1,3", "B ", "D "]],
    ["a folder a shortened path may lie in", "tools/testing/selftests/", "kernel", ["B "]],
    ["a folder further down", "tools/testing/selftests/kvm/include/", "kernel", ["B "]],
    ["a folder it cannot lie in", "arch/x86/", "kernel", ["A 1,3", "B ", "D "]],
    ["a folder with a name from the middle of it", "samples/x86/", "kernel", []],
    ["a folder is not a file", "arch/x86/kvm", "kernel", []],
    ["a file is not a folder", "arch/x86/kvm/x86.c/", "kernel", []],
    ["another project's file", "MAINTAINERS", "kernel", []],
    ["its own project", "MAINTAINERS", "qemu", ["C "]],
    ["any project", "MAINTAINERS", null, ["C "]],
    ["nothing", "Makefile", null, []],
  ];
  for (const [name, path, project, expected] of rows) {
    test(name, () =>
      assert.deepEqual(
        index.touching(path, project).map(({ series: one, patches }) => `${one.title} ${patches.join()}`),
        expected,
      ),
    );
  }

  const suffixes: ReadonlyArray<readonly [string, readonly string[]]> = [
    ["x86.c", ["A", "B"]],
    ["kvm/x86.c", ["A", "B"]],
    ["86.c", []],
    ["x86/apic.h", ["B"]],
    ["tools/testing/selftests/kvm/include/x86/apic.h", ["B"]],
    ["linux/tools/testing/selftests/kvm/include/x86/apic.h", ["B"]],
    ["arch/x86/kvm/x86.c", ["A", "B"]],
    ["nothing.c", []],
  ];
  for (const [tail, expected] of suffixes) {
    test(`suffix ${tail}`, () =>
      assert.deepEqual(
        index.touchingSuffix(tail, "kernel").map(({ series: one }) => one.title),
        expected,
      ));
  }

  test("a path the diffstat prints both whole and shortened counts once, with its patches", () => {
    const both = makeTouchIndex([series("E", [".../kvm/apic.h"], { 2: ["tools/kvm/apic.h"] })], () => "kernel");
    assert.deepEqual(
      both.touching("tools/kvm/apic.h", null).map(({ patches }) => patches),
      [[2]],
    );
  });

  test("a patch without an index is not named", () => {
    const unknown = makeTouchIndex([series("F", [], { 0: ["a.c"] })], () => "kernel");
    assert.deepEqual(
      unknown.touching("a.c", null).map(({ patches }) => patches),
      [[]],
    );
  });

  test("a copy touches its own name and none of its source's lines, a move both", () => {
    const moved = (how: string, from: string, to: string): string =>
      `diff --git a/${from} b/${to}\nsimilarity index 95%\n${how} from ${from}\n${how} to ${to}\nindex 1111111..2222222 100644\n` +
      `--- a/${from}\n+++ b/${to}\n@@ -7,2 +7,2 @@\n-a\n+b\n c\n`;
    const body = `Copy it.\n---\n${moved("copy", "vmx.c", "tdx.c")}${moved("rename", "old.c", "new.c")}-- \n2.47.0\n`;
    const facts = made({ id: "copy@example.org", subject: "[PATCH] KVM: Copy", body });
    const [one] = assembled([facts]).series;
    assert(one);
    const { files } = newestRevision(one);
    assert.deepEqual(files, ["new.c", "old.c", "tdx.c"]);
    assert.deepEqual([...pathTouches(newestRevision(one)).keys()].sort(), files);
    assert.deepEqual(makeTouchIndex([one], () => "kernel").touching("vmx.c", null), []);
  });
});

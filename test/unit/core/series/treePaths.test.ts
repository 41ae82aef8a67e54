import assert from "node:assert/strict";
import { isSafePath, isShortened, makeTree, resolvePaths } from "../../../../src/core/series/treePaths";
import { revision, seriesWith } from "../../../support/invented";

const kernel = makeTree(["virt/kvm/kvm_main.c", "tools/kvm/include/x86/apic.h", "arch/x86/include/asm/apic.h", "a/same.h", "b/same.h"]);

suite("tree", () => {
  const shortened: ReadonlyArray<readonly [string, string | null]> = [
    [".../include/x86/apic.h", "tools/kvm/include/x86/apic.h"],
    [".../apic.h", null],
    [".../asm/apic.h", "arch/x86/include/asm/apic.h"],
    [".../same.h", null],
    [".../sm/apic.h", null],
    [".../new.h", null],
  ];
  for (const [path, expected] of shortened) {
    test(`${path} is ${expected ?? "not to be told"}`, () => {
      assert.equal(kernel.resolve(path), expected);
      assert.equal(kernel.resolve(path), expected, "asked again");
      assert(isShortened(path));
    });
  }

  test("knows its files and what project it is", () => {
    assert.deepEqual([kernel.has("a/same.h"), kernel.has("same.h"), kernel.project], [true, false, "kernel"]);
    assert.equal(makeTree([]).project, null);
    assert(!isShortened("arch/.../x.c"));
  });

  test("shortened paths of a series become files, in patches, diffstat and the union", () => {
    const touched = { path: ".../include/x86/apic.h", oldPath: ".../include/x86/old.h", changed: 1, added: 1, deleted: 0 };
    const lost = { path: ".../new.h", changed: 1, added: 1, deleted: 0 };
    const before = seriesWith([revision({ diffstat: [touched, lost], files: [touched.oldPath, touched.path, lost.path] })]);
    const [after] = resolvePaths(before, [makeTree([]), kernel]).revisions;
    assert.deepEqual(after?.files, [".../include/x86/old.h", ".../new.h", "tools/kvm/include/x86/apic.h"]);
    assert.deepEqual(after.diffstat[0], { ...touched, path: "tools/kvm/include/x86/apic.h" });
    const plain = seriesWith([revision({ files: ["a.c"] })]);
    assert.equal(resolvePaths(plain, [kernel]), plain);
  });

  test("two trees that mean different files tell nothing", () => {
    const before = seriesWith([
      revision({ files: [".../x86/apic.h"], diffstat: [{ path: ".../x86/apic.h", changed: 1, added: 1, deleted: 0 }] }),
    ]);
    assert.deepEqual(resolvePaths(before, [kernel, makeTree(["other/x86/apic.h"])]).revisions[0]?.files, [".../x86/apic.h"]);
  });

  const safe = ["a.c", "arch/x86/kvm/x86.c", ".gitignore", "a..b/c", "...x/y", "a b.c"];
  const unsafe = [
    "",
    "/etc/passwd",
    "../a",
    "a/../b",
    "a/..",
    ".",
    "./a",
    "a//b",
    "a/",
    "~/x",
    "C:/x",
    "c:x",
    "a\\b",
    "\\\\host\\x",
    "a\0b",
  ];
  for (const path of safe) test(`may be opened: ${path}`, () => assert(isSafePath(path)));
  for (const path of unsafe) test(`may not: ${JSON.stringify(path)}`, () => assert(!isSafePath(path)));
});

/** What a tree has of the numbers and names that series claim, with git and without. */
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { readTreeDefinitions } from "../../../src/checkout/treeDefinitions";
import { type Claim, claimsOfSeries, patchDefinitions } from "../../../src/core/clashes/claims";
import type { HunkRange } from "../../../src/core/diff/diffstat";
import type { Patch } from "../../../src/core/series/series";
import { revision, seriesWith } from "../../support/invented";
import { repositories } from "../../support/myRepository";

const header = "include/uapi/linux/kvm.h";
const newFile: readonly HunkRange[] = [[0, 0, 1, 9]];

suite("definitions of a tree", () => {
  const make = repositories();
  const lines = ["int pour_the_tea(void);", "int wait_for_the_steam(void);", "int drink_the_tea(void);"];

  /** Looks in a tree for what a patch with these files and this diff claims; `lines` are those of each file that it adds. */
  async function look(top: string, git: boolean, files: Patch["files"], diff = "", added = lines) {
    const author = { name: "Ada Lind", email: "ada@example.org" };
    const patch: Patch = { index: 1, title: "KVM: Tea", author, messageId: null, message: null, diff: null, files, trailers: [] };
    const claims = claimsOfSeries(seriesWith([revision({ patches: [patch] })]), () => patchDefinitions(diff));
    const has = (path: string): boolean => !["virt/kvm/new.c", "virt/kvm/pot.c"].includes(path);
    const addedLines = (): Promise<readonly string[]> => Promise.resolve(added);
    const options = { git: git ? {} : null, base: "HEAD", has, addedLines, pause: () => Promise.resolve(false) };
    const { all, landed } = await readTreeDefinitions(top, [claims], options);
    const told = (some: ReadonlyArray<Pick<Claim, "name" | "path" | "line">>): string[] =>
      some.map(({ name, path, line }) => `${name} ${path}:${line}`);
    return { all: told(all), landed: [...landed].map(({ name }) => name) };
  }

  const file = (path: string, more: Partial<Patch["files"][number]> = {}) => ({
    path,
    changed: 9,
    added: 9,
    deleted: 0,
    hunks: newFile,
    ...more,
  });
  const hunk = (path: string, line: string): string =>
    `diff --git a/${path} b/${path}\n--- a/${path}\n+++ b/${path}\n@@ -1,1 +1,2 @@\n first\n+${line}\n`;
  const symbols = `${hunk("virt/kvm/Kconfig", "config TEA")}${hunk(header, "#define KVM_CAP_TEA 249")}`;

  test("headers and symbols, of the last commit; without git as they lie there", async () => {
    const mine = make({
      [header]: "#define KVM_CAP_CUP 249\n",
      "virt/kvm/Kconfig": "config OTHER\n",
      "drivers/tea/Kconfig": "menuconfig TEA\nconfig TEAPOT\n",
    });
    mine.write({ [header]: "\n#define KVM_CAP_CUP 249\n" });
    const committed = await look(mine.top, true, [], symbols);
    assert.deepEqual(committed.all.sort(), [`KVM_CAP_CUP ${header}:1`, "OTHER virt/kvm/Kconfig:1", "TEA drivers/tea/Kconfig:1"]);
    assert.deepEqual((await look(mine.top, false, [], symbols)).all.sort(), [`KVM_CAP_CUP ${header}:2`, "OTHER virt/kvm/Kconfig:1"]);
    rmSync(join(mine.top, ".git"), { recursive: true });
    assert.equal((await look(mine.top, true, [], symbols)).all.length, 2);
  });

  test("a symbol that the same Kconfig file has is there from the series itself", async () => {
    const mine = make({ "virt/kvm/Kconfig": "config TEA\n" });
    assert.deepEqual((await look(mine.top, true, [], symbols)).landed, ["TEA"]);
  });

  test("a file with most of the lines is there from the series, and with it the small ones of its patch", async () => {
    const mine = make({
      "virt/kvm/a.c": `${lines.join("\n")}\nint more_of_it;\n`,
      "virt/kvm/b.c": lines.slice(1).join("\n"),
      "virt/kvm/Makefile": "obj-y += something_else.o\n",
    });
    const all = [file("virt/kvm/a.c"), file("virt/kvm/b.c"), file("virt/kvm/Makefile"), file("virt/kvm/new.c")];
    assert.deepEqual((await look(mine.top, true, all)).landed, ["virt/kvm/a.c", "virt/kvm/b.c", "virt/kvm/Makefile"]);
    assert.deepEqual(await look(mine.top, true, [file("virt/kvm/Makefile")]), {
      all: ["virt/kvm/Makefile virt/kvm/Makefile:1"],
      landed: [],
    });
  });

  test("a file that the tree has moved as the series does is there; one that it also has under the old name is another one", async () => {
    const mine = make({ "virt/kvm/kettle.c": "int kettle;\n", "virt/kvm/old.c": "int old;\n" });
    const moved = (oldPath: string) => [file("virt/kvm/kettle.c", { oldPath, hunks: [] })];
    assert.deepEqual((await look(mine.top, true, moved("virt/kvm/pot.c"), "", [])).landed, ["virt/kvm/kettle.c"]);
    assert.deepEqual((await look(mine.top, true, moved("virt/kvm/old.c"), "", [])).landed, []);
  });
});

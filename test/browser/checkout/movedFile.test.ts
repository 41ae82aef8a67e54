/** A file that the tree has moved since a series on it was posted, in a window. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { makeMovedGround, movedNamesOf } from "../../support/movedGround";
import { openWindow, type Window } from "../fixture";
import { hoverLine } from "../hoverText";
import { rowShown, showSideBar } from "../sampleWindow";

const { old, now, here } = movedNamesOf;

suite("a moved file", () => {
  let folder: string;
  let window: Window;

  suiteSetup(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "kvm-series-moved-"));
    const ground = makeMovedGround(folder);
    const list = path.join(folder, "list.mbox");
    await writeFile(list, ground.author.mbox());
    window = await openWindow({ folder: ground.tree, settings: { "kvmSeries.sources": [list], "kvmSeries.checkApplies": false } });
    await showSideBar(window);
  });

  suiteTeardown(async () => {
    await window.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  test("has the series that call it otherwise in This File, with the name they use, and its lines in the editor", async () => {
    await window.openFile(now);
    await rowShown(window, "KVM: early: part 1", "This File");
    const row = window.page.getByRole("treeitem", { name: /KVM: early: part 1.*moved from arch\/s390\/kvm\/kvm-s390\.c/ });
    await row.first().waitFor();
    assert.match(await row.first().innerText(), new RegExp(`moved from ${old.replaceAll(".", "\\.")}`));
    // The change of line 30 is placed where its neighbours stand now: a line further down, in a file of another name.
    assert.match(
      await hoverLine(window, "s390 line 30"),
      /KVM: early[\s\S]*moved from arch\/s390\/kvm\/kvm-s390\.c by commit [0-9a-f]{12}[\s\S]*early/,
    );
  });

  test("a file that a series moves has what is made on top of that", async () => {
    await window.openFile(here);
    await rowShown(window, "KVM: mover: part 1", "This File");
    await rowShown(window, "KVM: above: part 1", "This File");
    await window.page
      .getByRole("treeitem", { name: /KVM: above: part 1.*moved to arch\/s390\/kvm\/s390\/vsie\.c/ })
      .first()
      .waitFor();
  });
});

/** Whether pending series apply to the open tree: rows, tooltip, page, commands, and what a commit changes. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { commit, git, makeGround, postStacked, type Ground } from "../support/applyGround";
import { eventually, openWindow, waitFor, type Window } from "./fixture";
import { chooseInMenu, rowShown, saidInNotification, showSideBar } from "./sampleWindow";

const collides = "KVM: collides: part 1";
const offset = "KVM: offset: part 1";

suite("whether series apply", () => {
  let folder: string;
  let ground: Ground;
  let window: Window;
  const row = async (label: string) => (await window.treeRows("Series")).find((one) => one.label === label);
  const described = (label: string, wanted: string): Promise<unknown> =>
    eventually(
      `${label}: ${wanted}`,
      async () => (await row(label))?.description ?? "",
      (text) => text.includes(wanted),
    );

  suiteSetup(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "kvm-series-ui-"));
    const made = makeGround(folder);
    postStacked(made);
    // A worktree beside the clone, as many a kernel developer works: its HEAD is not in its own .git.
    const tree = path.join(folder, "beside");
    git(made.tree, ["worktree", "add", "-q", "-b", "topic", tree, "main"]);
    ground = { ...made, tree };
    const box = path.join(folder, "list.mbox");
    writeFileSync(box, ground.author.mbox());
    window = await openWindow({ folder: ground.tree, height: 1400, settings: { "kvmSeries.sources": [box] } });
    await showSideBar(window);
    await rowShown(window, collides);
  });

  suiteTeardown(async () => {
    await (window as Window | undefined)?.dispose();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  test("the rows say it by themselves, the page leads to the series that is needed, and asked for it is a message", async () => {
    await described(offset, "✓ applies");
    await described(collides, "conflicts in kvm_main.c at 2/3");
    await described("KVM: taken: part 1", "already applied");
    await described("KVM: needs", "✓ applies on top of another");
    // It names the patch below by its id, which the index knows once the full text is filled.
    await described("KVM: stacked: part 1", "✓ applies on top of another");
    assert.match((await row(collides))?.ariaLabel ?? "", /It conflicts with HEAD in virt\/kvm\/kvm_main\.c at patch 2\./);
    await window.screenshot("applies-tree");
    await window.row("KVM: needs", "Series").click();
    const page = window.webviewFrame();
    await page.locator("#applies .badge.good").waitFor();
    assert.match(await page.locator("#applies").innerText(), /It applies to HEAD on top of “KVM: needed”\./);
    await window.screenshot("applies-page");
    await page.locator("#applies button").click();
    await window.page.getByRole("tab", { name: /v1 KVM: needed/ }).waitFor();
    // A page that still loads takes the focus from whatever is opened next.
    await window.webviewFrame().getByRole("heading", { name: "KVM: needed", exact: true }).waitFor();
    // About the page in front without a question; with none in front, about the one that is picked.
    await window.runCommand("KVM Series: Check Whether It Applies");
    await saidInNotification(window, "“KVM: needed”: It applies to HEAD.");
    await window.runCommand("View: Close All Editors");
    await window.runCommand("KVM Series: Check Whether It Applies", "collides");
    await saidInNotification(window, `“${collides}”: It conflicts with HEAD in virt/kvm/kvm_main.c at patch 2.`);
    await window.screenshot("applies-asked");
  });

  test("a patch that is named by its id is found, and the page says what it was made for", async () => {
    await window.row("KVM: stacked: part 1", "Series").click();
    const line = window.webviewFrame().locator("#applies");
    await waitFor("what it was made for", line.getByText("base commit").waitFor());
    const said = (await line.innerText()).replace(/\s+/g, " ");
    assert.ok(said.includes(`base commit ${ground.base.slice(0, 12)} is in this repository`), said);
    const below = window.webviewFrame().locator("section.related li", { hasText: /KVM: needed/ });
    await waitFor("what it depends on", below.getByText("depends on").waitFor());
    assert.equal(await below.getByRole("button", { name: /Try to merge/ }).count(), 0);
    assert.equal(await line.getByRole("button").innerText(), "KVM: needed");
    await window.screenshot("applies-bases");
  });

  test("called on a row, the commit a series was made for is offered, and tried at once", async () => {
    const based = "KVM: based";
    const offered = () =>
      window.page.locator(".quick-input-widget .monaco-list-row").evaluateAll((rows) => rows.map(({ ariaLabel }) => ariaLabel ?? ""));
    await chooseInMenu(window, based, "Check Against...");
    const texts = await eventually("the list", offered, (all) => all.some((text) => text.includes(`base-commit of ${based}`)));
    assert.ok(!texts.some((text) => text.includes("stacked")), texts.join("\n"));
    await window.screenshot("applies-against");
    await window.answer(ground.base.slice(0, 12));
    await saidInNotification(window, `“${based}”: It applies to ${ground.base.slice(0, 12)}.`);
    await described(collides, "✓ applies");
    await window.runCommand("KVM Series: Check Against...");
    await eventually("the list", offered, (all) => all.some((text) => /base-commit of KVM: \w+.* and of 1 other series/.test(text)));
    await window.answer("HEAD");
    await described(collides, "conflicts in kvm_main.c");
    // A commit is another answer too.
    commit(ground.tree, { "arch/x86/kvm/x86.c": "all is new\n" }, "another");
    await described(offset, "conflicts in x86.c");
  });
});

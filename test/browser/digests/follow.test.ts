import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { digestText } from "../../support/digestText";
import { eventually, openWindow, type Window } from "../fixture";
import { chooseInMenu, contextMenu, closeMenu, iconOf, rowShown, showSideBar, type SampleCopy } from "../sampleWindow";
import { eachFromTheBeginning } from "../sharedWindow";
import { digestsWindow } from "./digestsWindow";

const arm64 = "KVM: arm64: Count traps per guest";

suite("following a series", () => {
  let copy: SampleCopy;
  let window: Window;
  const icon = () => iconOf(window.row(arm64, "Series"));
  const badge = async () => (await window.page.locator(".activitybar .badge-content").filter({ visible: true }).allInnerTexts()).join();
  const spoken = async () => (await window.treeRows("Series")).find(({ label }) => label === arm64)?.ariaLabel;

  eachFromTheBeginning(async () => ({ copy, window } = await digestsWindow(1600)));

  test("the bookmark beside a row follows it; a newer revision is unread in every window until it is looked at", async () => {
    const row = window.row(arm64, "Series");
    await row.hover();
    await row.getByRole("button", { name: "Follow", exact: true }).click();
    await eventually("the icon of a followed series", icon, (name) => name === "bookmark");
    const menu = await contextMenu(window, arm64);
    assert.ok(menu.includes("Unfollow") && !menu.includes("Follow"), menu.join());
    await closeMenu(window);
    assert.equal(await spoken(), `followed, ${arm64}, version 2, 2 patches, by Tomás Arce, new`);
    assert.equal(await badge(), "");
    const body =
      "Traps again.\n\nChanges in v3:\n - Say more.\n\nTomás Arce (1):\n  KVM: arm64: Let user space read the trap counters\n\n" +
      " arch/arm64/kvm/arm.c | 3 +++\n 1 file changed, 3 insertions(+)";
    const author = "Tomás Arce <tomas@arm.example.com>";
    await writeFile(path.join(copy.digests, "2026-10-26.txt"), digestText([{ subject: `[PATCH v3 0/1] ${arm64}`, author, body }]));
    await eventually("the icon of an unread series", icon, (name) => name === "circle-filled");
    await eventually("the number on the icon", badge, (shown) => shown === "1");
    assert.equal(await spoken(), `unread, ${arm64}, version 3, 1 patch, by Tomás Arce, new`);
    const tab = window.page.locator(".activitybar").getByRole("tab", { name: "KVM Series" });
    assert.match((await tab.getAttribute("aria-label")) ?? "", /1 followed series with an unread revision/);
    await window.screenshot("unread");
    await window.row(arm64, "Series").click();
    await window.webviewFrame().getByText("Traps again.").waitFor();
    await eventually("the badge to go", badge, (shown) => shown === "");
    await eventually("the icon of a series that was read", icon, (name) => name === "bookmark");
    const second = await openWindow({ folder: copy.linux, server: window.server, browser: window.page.context() });
    try {
      await showSideBar(second);
      await rowShown(second, arm64);
      assert.equal(await iconOf(second.row(arm64, "Series")), "bookmark");
      await writeFile(path.join(copy.digests, "2026-11-02.txt"), digestText([{ subject: "[PATCH] KVM: x86: For both windows" }]));
      await rowShown(second, "KVM: x86: For both windows");
    } finally {
      await second.dispose();
    }
    await rowShown(window, "KVM: x86: For both windows");
    assert.equal(await icon(), "bookmark");
    await chooseInMenu(window, arm64, "Unfollow");
    await eventually("the icon of any series", icon, (name) => name === "git-pull-request");
  });
});

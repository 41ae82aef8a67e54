import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { digestText, lonePatch } from "../support/digestText";
import type { Window } from "./fixture";
import { copySample, openSample, rowShown, textsWhen, type SampleCopy } from "./sampleWindow";

const forget = "target/i386/kvm: Forget the steal time page on machine reset";

suite("a kernel and QEMU open together", () => {
  let copy: SampleCopy;
  let window: Window;

  suiteSetup(async () => {
    copy = await copySample();
    const workspace = path.join(copy.folder, "both.code-workspace");
    await writeFile(workspace, JSON.stringify({ folders: [{ path: "linux" }, { path: "qemu" }] }));
    await writeFile(path.join(copy.qemu, "MAINTAINERS"), "QEMU's\n");
    await mkdir(path.join(copy.qemu, "include"));
    const digest = digestText([
      lonePatch("KVM: Add a maintainer", "MAINTAINERS"),
      {
        ...lonePatch("MAINTAINERS: Add a reviewer for accel/kvm", "MAINTAINERS"),
        subject: "[PATCH qemu] MAINTAINERS: Add a reviewer for accel/kvm",
      },
    ]);
    await writeFile(path.join(copy.digests, "2026-10-26.txt"), digest);
    window = await openSample(copy, { folder: workspace });
    await rowShown(window, "arm64");
  });

  suiteTeardown(async () => {
    await (window as Window | undefined)?.dispose();
    await copy.dispose();
  });

  test("a file of QEMU has QEMU's series", async () => {
    await window.openFile(path.join(copy.qemu, "target/i386/kvm/kvm.c"));
    await textsWhen(window, "QEMU's series", (rows) => rows.length === 1 && rows[0] === `${forget} v1 · 1 patch`, "This File");
  });

  test("a file that both trees have shows the series of its own tree", async () => {
    await window.openFile(path.join(copy.linux, "MAINTAINERS"));
    const kernel = await textsWhen(window, "the kernel's series", (rows) => rows[0]?.startsWith("KVM: Add") === true, "This File");
    assert.deepEqual(kernel, ["KVM: Add a maintainer v1 · 1 patch"]);
    await window.openFile(path.join(copy.qemu, "MAINTAINERS"));
    const qemu = await textsWhen(window, "QEMU's series", (rows) => rows[0]?.startsWith("MAINTAINERS") === true, "This File");
    assert.deepEqual(qemu, ["MAINTAINERS: Add a reviewer for accel/kvm v1 · 1 patch"]);
  });

  test("a file of a page opens in the tree the series is for", async () => {
    await window.row("MAINTAINERS: Add a reviewer for accel/kvm", "This File").click();
    await window.webviewFrame().locator("button.path").getByText("MAINTAINERS").first().click();
    await window.page.locator('.tab.active[data-resource-name="MAINTAINERS"]').waitFor();
    await window.page.locator(".editor-instance .view-line").getByText("QEMU's").waitFor();
  });
});

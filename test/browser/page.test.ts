import assert from "node:assert/strict";
import type { BrowserContext, Page } from "playwright-core";
import type { Series } from "../../src/core/series/series";
import { pageSeries } from "../../src/shared/pageSeries";
import { openBrowser } from "../host/chromium";
import { keptState, openSeriesPage, type PageOptions, postMessage, sentMessages } from "../support/pageHarness";
import { digestSeries, reviewedSeries } from "../support/pageSamples";
import { eventually } from "./waiting";

suite("series page", () => {
  let browser: BrowserContext;
  let page: Page;
  const errors: string[] = [];

  suiteSetup(async () => {
    browser = await openBrowser();
  });
  suiteTeardown(() => browser.close());
  teardown(async () => {
    const violations = await page.evaluate(() => globalThis.record.violations);
    await page.close();
    assert.deepEqual({ errors: errors.splice(0), violations }, { errors: [], violations: [] });
  });

  async function open(series: Series, options: PageOptions = {}): Promise<void> {
    page = await openSeriesPage(browser, series, options);
    page.on("pageerror", (error) => errors.push(error.message));
    page.on("dialog", (dialog) => {
      errors.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
  }

  const text = (selector: string): Promise<string> => page.locator(selector).first().innerText();
  const texts = (selector: string): Promise<string[]> => page.locator(selector).allInnerTexts();
  const said = (): Promise<string | null> => page.locator("#announcer").textContent();
  const focused = (): Promise<string> => page.evaluate(() => document.activeElement?.textContent.trim() ?? "");
  const patch = (at: number) => page.locator(`details.patch[data-patch="${at}"]`);

  test("says what the series is, who wrote it and how it stands", async () => {
    await open(reviewedSeries());
    assert.equal(await text("h1"), "KVM: x86: Take the timer lock once while a vCPU is loaded");
    assert.equal(await text(".eyebrow"), "x86/vmx\nin review");
    const facts = await texts(".fact");
    assert.equal(facts[0], "Ada Marsh");
    assert.match(facts[1] ?? "", /^12 Jan 2026, \d+(mo|y|w|d) ago$/);
    assert.deepEqual(facts.slice(2, 4), ["4 of 5 patches", "4 files +43 −6"]);
    assert.deepEqual(await texts(".facts .mark"), ["1R", "1A"]);
    assert.equal(await page.locator(".facts .mark").first().getAttribute("aria-label"), "1 Reviewed-by: Ben Okoro");
  });

  test("shows the cover letter without what stands better below", async () => {
    await open(reviewedSeries());
    const letter = await text(".letter");
    assert.match(letter, /loading a vCPU takes the timer lock twice/);
    assert.match(letter, /Thanks,\nAda\n/);
    assert.match(letter, /base-commit: 0123/);
    assert.doesNotMatch(letter, /Ada Marsh \(4\)|4 files changed|2\.52\.0/);
    assert.match(
      await text(".changelog .message"),
      /^v3:\n - Use guard\(\)[^]*v1 \(RFC\):\n - https:\/\/lore.kernel.org\/all\/20251010.0-ada@example.org$/,
    );
  });

  test("lists files with bars, and tells those the tree does not have", async () => {
    await open(reviewedSeries(), { present: { "arch/x86/kvm/vmx/vmx.c": false, "arch/x86/kvm/lapic.c": true } });
    assert.deepEqual(await texts(".files .file-row"), [
      "Documentation/virt/kvm/locking.rst\n+9 −0",
      "arch/x86/kvm/lapic.c\n+14 −5",
      "arch/x86/kvm/vmx/vmx.c not in this tree\n+1 −1",
      "tools/testing/selftests/kvm/x86/load_loop.c\n+24 −0",
    ]);
    assert.equal(await text(".files .total"), "4 files changed +43 −6");
    await page.locator(".files button.path").nth(1).click();
    await page.locator(".files button.path").nth(2).click({ force: true });
    const opened = (await sentMessages(page)).filter(({ type }) => type === "openFile");
    assert.deepEqual(opened, [{ type: "openFile", path: "arch/x86/kvm/lapic.c", line: null }]);
  });

  test("gives every patch its place, gaps too", async () => {
    await open(reviewedSeries());
    assert.deepEqual(
      (await texts(".patch-list > li")).map((row) => row.replace(/\s+/g, " ")),
      [
        "1/5 KVM: x86: Add a helper that saves a timer 1R1A +5 −4",
        "2/5 KVM: x86: Document who owns a frozen timer Ben Okoro +2 −0",
        "3/5 not found",
        "4/5 KVM: x86: Take the lock before the list is walked 1R +6 −5",
        "5/5 KVM: selftests: Load and unload a vCPU in a loop +24 −0",
      ],
    );
  });

  test("shows what a digest has and says what it has not", async () => {
    await open(digestSeries());
    assert.deepEqual((await texts(".fact")).slice(1, 3), ["001_digest.txt", "6 patches"]);
    assert.equal(await text(".patches > .note"), "The digest does not number the patches marked “–”.");
    assert.equal(
      (await text(".patch-list > li:nth-child(2)")).replace(/\s+/g, " "),
      "–/6 x86/virt: Consolidate the hotplug handling Ben Okoro title only",
    );
    await patch(0).locator("summary").click();
    assert.equal(await patch(0).locator(".patch-body > .note").innerText(), "The digest has no diff of this patch.");
    await page.getByRole("button", { name: "Copy b4 Command" }).click({ force: true });
    assert.equal(await said(), "Copy b4 Command: the digest has no Message-IDs");
    await page.getByRole("button", { name: "Copy Link" }).click();
    assert.deepEqual((await sentMessages(page)).slice(2), [{ type: "copy", what: "link", revision: 0, patch: null }]);
  });

  test("asks for a diff only when it is unfolded, and draws it", async () => {
    await open(reviewedSeries());
    assert.deepEqual(await sentMessages(page), [{ type: "ready" }, { type: "selectRevision", revision: 1 }]);
    await patch(2).locator("summary").click();
    await patch(2).locator(".diff .added").first().waitFor();
    assert.deepEqual((await sentMessages(page)).at(-1), { type: "requestDiff", revision: 1, patch: 2 });
    assert.deepEqual(await patch(2).locator(".file-head h4").allInnerTexts(), ["arch/x86/kvm/lapic.c", "arch/x86/kvm/vmx/vmx.c"]);
    // Not the inner text: what is off the screen has none until it is scrolled to.
    const rows = await patch(2).locator("[data-file='1'] tr.deleted, [data-file='1'] tr.added").allTextContents();
    assert.deepEqual(
      rows.map((row) => row.trim()),
      ["timer_save(v, true);", "timer_save(v);"],
    );
    const sign = (kind: string) =>
      patch(2)
        .locator(`.diff .${kind} .code`)
        .first()
        .evaluate((cell) => getComputedStyle(cell, "::before").content);
    assert.deepEqual([await sign("added"), await sign("deleted")], ['"+" / "added"', '"−" / "deleted"']);
    assert.deepEqual(await patch(2).locator("[data-file='1'] .added .word, [data-file='1'] .deleted .word").allTextContents(), [", true"]);
  });

  test("opens and copies", async () => {
    await open(reviewedSeries());
    await patch(2).locator("summary").click();
    await patch(2).locator(".diff").nth(1).waitFor();
    await page.getByRole("button", { name: "Copy b4 Command" }).click();
    await patch(2).getByRole("button", { name: "Copy Patch 4/5" }).click();
    await patch(2).getByRole("button", { name: "Copy Message-ID of patch 4/5" }).click();
    await patch(2).getByRole("button", { name: "List Archive: open patch 4/5" }).click();
    await patch(2).getByRole("button", { name: "Open in Diff Editor: arch/x86/kvm/vmx/vmx.c" }).click();
    await patch(2).getByRole("button", { name: "Copy hunk 1" }).nth(1).click();
    await patch(2).locator("[data-file='0'] .added .number").nth(1).click();
    await page.locator(".letter a.link").first().click();
    await page.locator(".letter a.link").nth(1).press("Enter");
    const asked = (await sentMessages(page)).slice(3);
    const hunk =
      "--- a/arch/x86/kvm/vmx/vmx.c\n+++ b/arch/x86/kvm/vmx/vmx.c\n@@ -40,5 +40,5 @@ static int vcpu_setup(struct vcpu *v)\n static void vcpu_put(struct vcpu *v)\n {\n-\ttimer_save(v, true);\n+\ttimer_save(v);\n \tv->arch.loaded = false;\n }\n";
    assert.deepEqual(asked, [
      { type: "copy", what: "b4", revision: 1, patch: null },
      { type: "copy", what: "patch", revision: 1, patch: 2 },
      { type: "copy", what: "messageId", revision: 1, patch: 2 },
      { type: "openArchive", revision: 1, patch: 2 },
      { type: "openDiff", revision: 1, patch: 2, path: "arch/x86/kvm/vmx/vmx.c" },
      { type: "copy", what: "hunk", text: hunk },
      { type: "openFile", path: "arch/x86/kvm/lapic.c", line: 43 },
      { type: "openLink", url: "https://lore.kernel.org/kvm/20250901.7-ben@example.org/" },
      { type: "openLink", url: "https://lore.kernel.org/all/20251201.0-ada@example.org" },
    ]);
  });

  test("is read by keys, and says where one is", async () => {
    await open(reviewedSeries());
    await page.keyboard.press("n");
    assert.equal(await said(), "Patch 1 of 5: KVM: x86: Add a helper that saves a timer");
    await page.keyboard.press("j");
    await page.keyboard.press("n");
    assert.equal(await said(), "Patch 4 of 5: KVM: x86: Take the lock before the list is walked");
    assert.match(await focused(), /^4\/5KVM: x86: Take the lock/);
    await page.keyboard.press("Enter");
    await patch(2).locator(".diff").first().waitFor();
    await page.keyboard.press("p");
    assert.equal(await said(), "Patch 2 of 5: KVM: x86: Document who owns a frozen timer");
    await page.keyboard.press("k");
    await page.keyboard.press("k");
    assert.equal(await said(), "No previous patch");
    await page.keyboard.press("[");
    assert.equal(await said(), "v2, 2 patches");
    assert.equal(await text("h1"), "KVM: x86: Take the timer lock only once");
    assert.equal(await focused(), "v2");
    await page.keyboard.press("]");
    assert.equal(await said(), "v3, 4 of 5 patches");
    await page.keyboard.press("e");
    await page.waitForFunction(() => document.querySelectorAll("table.diff").length === 5);
    assert.equal(await page.locator("details.patch[open]").count(), 4);
    await page.keyboard.press("s");
    await page.locator(".sides").first().waitFor();
    await page.keyboard.press("/");
    assert.deepEqual((await sentMessages(page)).at(-1), { type: "find" });
    await page.keyboard.press("?");
    assert.match(await text("dialog.keys"), /Next patch[^]*Previous revision/);
    await page.keyboard.press("n");
    await page.keyboard.press("Escape");
    assert.equal(await page.locator("dialog.keys").isVisible(), false);
  });

  test("a command of VS Code does what a key does", async () => {
    await open(reviewedSeries());
    await postMessage(page, { type: "run", action: "nextPatch" });
    assert.equal(await said(), "Patch 1 of 5: KVM: x86: Add a helper that saves a timer");
  });

  test("tells on request why revisions belong together", async () => {
    await open(reviewedSeries());
    await page.getByText("Why these revisions belong together").click();
    assert.deepEqual(await texts(".evidence li"), [
      "v3 linked to v2: the changelog links to it; same title and author",
      "v1 RFC is not in your sources; a later cover letter links to it",
    ]);
    await page.locator(".revision.elsewhere").click();
    assert.deepEqual((await sentMessages(page)).at(-1), {
      type: "openLink",
      url: "https://lore.kernel.org/all/20251010.0-ada@example.org",
    });
  });

  test("is where it was after a reload", async () => {
    await open(reviewedSeries());
    await page.keyboard.press("[");
    await patch(1).locator("summary").click();
    await patch(1).locator(".diff").waitFor();
    await page.evaluate(() =>
      window.scrollTo(0, (document.querySelector("[data-patch='1']")?.getBoundingClientRect().top ?? 0) + window.scrollY + 40),
    );
    // It is kept once the person has come to rest.
    const state = await eventually(
      "the place to be kept",
      () => keptState(page),
      (kept) => kept?.offset === 40,
    );
    assert.equal(state?.seriesId, "0123456789ab");
    assert.deepEqual([state.open, state.patch], [[1], 1]);
    await page.close();
    await open(reviewedSeries(), { state, delay: 50 });
    await patch(1).locator(".diff").waitFor();
    assert.equal(await text(".revision[aria-current]"), "v2");
    await eventually(
      "the place of before",
      () => patch(1).evaluate((element) => Math.round(-element.getBoundingClientRect().top)),
      (offset) => offset === 40,
    );
  });

  test("is not drawn again when its sources tell nothing new, and keeps its place when they do", async () => {
    await open(reviewedSeries());
    await patch(2).locator("summary").click();
    await patch(2).locator(".diff").first().waitFor();
    await page.evaluate(() => document.querySelector("h1")!.setAttribute("data-seen", ""));
    const message = { type: "series", state: 1, series: pageSeries(reviewedSeries()), revision: null, patch: null } as const;
    await postMessage(page, message);
    assert.equal(await page.locator("h1[data-seen]").count(), 1);
    await postMessage(page, { ...message, state: 2, series: { ...message.series, status: "queued" } });
    assert.equal(await text(".status"), "queued");
    await patch(2).locator(".diff").first().waitFor();
    assert.match(await focused(), /^4\/5/);
  });

  test("opens at the patch one came for", async () => {
    await open(reviewedSeries(), { patch: 3 });
    assert.equal(await said(), "Patch 5 of 5: KVM: selftests: Load and unload a vCPU in a loop");
    assert.ok((await patch(3).boundingBox())!.y < 120);
  });
});

import assert from "node:assert/strict";
import type { BrowserContext, Page } from "playwright-core";
import type { RelatedProof, RelatedSeries } from "../../src/shared/protocol";
import { openBrowser } from "../host/chromium";
import { openSeriesPage, postMessage, sentMessages } from "../support/pageHarness";
import { reviewedSeries } from "../support/pageSamples";

suite("other series on the page", () => {
  let browser: BrowserContext;
  let page: Page;
  const one: RelatedSeries = {
    id: "aaaaaaaaaaaa",
    title: "KVM: One",
    revision: "v2",
    author: "Ben Okoro",
    kind: "conflicts",
    paths: ["virt/kvm/kvm_main.c"],
  };
  const other: RelatedSeries = { ...one, id: "bbbbbbbbbbbb", title: "KVM: Other", kind: "same-lines" };
  const found: RelatedProof = { kind: "conflict", text: "conflicts in kvm_main.c:50 and 1 other file", place: "kvm_main.c:50" };

  suiteSetup(async () => {
    browser = await openBrowser();
  });
  suiteTeardown(() => browser.close());
  setup(async () => {
    page = await openSeriesPage(browser, reviewedSeries());
    await postMessage(page, { type: "related", state: 1, related: [one, other] });
    await page.locator("section.related li").first().waitFor();
  });
  teardown(() => page.close());

  const button = (title: string) => page.getByRole("button", { name: `Try to merge with ${title}` });
  const proof = (id: string) => page.locator(`li[data-related="${id}"] .proof`);
  const said = (): Promise<string | null> => page.locator("#announcer").textContent();

  test("asks once whether they conflict, by the keyboard too, and shows the answer beside the entry", async () => {
    await button("KVM: One").focus();
    await page.keyboard.press("Enter");
    await page.keyboard.press("Enter");
    const asked = { type: "proveConflict", id: "aaaaaaaaaaaa" };
    const asks = async () => (await sentMessages(page)).filter(({ type }) => type === "proveConflict");
    assert.deepEqual(await asks(), [asked]);
    assert.equal(await button("KVM: One").getAttribute("aria-disabled"), "true");
    assert.equal(await said(), "git merges the two");
    await postMessage(page, { type: "proof", state: 1, id: "aaaaaaaaaaaa", proof: found });
    await proof("aaaaaaaaaaaa").getByText("and 1 other file").waitFor();
    assert.equal(await said(), found.text);
    assert.equal(await proof("bbbbbbbbbbbb").innerText(), "");
    assert.equal(await button("KVM: One").getAttribute("aria-disabled"), null);
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), "kvm_main.c:50");
    await page.keyboard.press("Enter");
    assert.deepEqual((await sentMessages(page)).at(-1), { type: "openConflict", id: "aaaaaaaaaaaa" });
  });

  test("keeps answers and the focus when more is known of the entries; another state begins anew", async () => {
    await postMessage(page, { type: "proof", state: 1, id: "aaaaaaaaaaaa", proof: found });
    await proof("aaaaaaaaaaaa").getByText("conflicts in").waitFor();
    await button("KVM: Other").focus();
    await postMessage(page, { type: "related", state: 1, related: [{ ...other, kind: "same-change" }, one] });
    await page.getByText("same change as").waitFor();
    assert.match(await proof("aaaaaaaaaaaa").innerText(), /conflicts in kvm_main\.c:50/);
    assert.equal(await page.evaluate(() => document.activeElement?.getAttribute("aria-label")), "Try to merge with KVM: Other");
    await postMessage(page, { type: "proof", state: 0, id: "bbbbbbbbbbbb", proof: found });
    await postMessage(page, { type: "related", state: 1, related: [one] });
    await proof("bbbbbbbbbbbb").waitFor({ state: "detached" });
    await postMessage(page, { type: "related", state: 1, related: [other] });
    await proof("bbbbbbbbbbbb").waitFor({ state: "attached" });
    assert.equal(await proof("bbbbbbbbbbbb").innerText(), "");
  });

  test("what stands in the way is a sentence without a link", async () => {
    const text = "git does not run in an untrusted workspace. Trust it to see whether the two conflict.";
    await postMessage(page, { type: "proof", state: 1, id: "bbbbbbbbbbbb", proof: { kind: "problem", text, place: null } });
    await proof("bbbbbbbbbbbb").getByText(text).waitFor();
    assert.equal(await proof("bbbbbbbbbbbb").getByRole("button").count(), 0);
  });

  test("names the numbers and names that others claim too, until they are none", async () => {
    const others = [{ id: "aaaaaaaaaaaa", title: "KVM: One <b>bold</b>", author: "Ben Okoro", about: "KVM_CAP_CUP 249 · v2 · patch 3" }];
    const clash = {
      what: "capability 249",
      space: "KVM_CAP_*",
      mine: "KVM_CAP_TEA 249 · patch 1",
      others,
      tree: "KVM_CAP_POT 249 (kvm.h:9)",
    };
    await postMessage(page, { type: "clashes", clashes: [clash] });
    const section = page.locator("section.clashes");
    await section.waitFor();
    assert.equal(
      (await section.innerText()).replace(/\s+/g, " "),
      "Numbers and names claimed twice capability 249 KVM_CAP_* this series KVM_CAP_TEA 249 · patch 1 KVM: One <b>bold</b> KVM_CAP_CUP 249 · v2 · patch 3 · Ben Okoro the open tree KVM_CAP_POT 249 (kvm.h:9)",
    );
    await section.getByRole("button", { name: "KVM: One" }).click();
    assert.deepEqual((await sentMessages(page)).at(-1), { type: "openSeries", id: "aaaaaaaaaaaa" });
    await postMessage(page, { type: "clashes", clashes: [] });
    await section.waitFor({ state: "detached" });
  });
});

import assert from "node:assert/strict";
import type { BrowserContext, Page } from "playwright-core";
import { openBrowser } from "../host/chromium";
import { answersOf, bytesById, seriesOfMails } from "../support/pageArchive";
import { keptState, openSeriesPage, postMessage, sentMessages, type PageOptions } from "../support/pageHarness";
import { commentedSeries } from "../support/pageComments";
import { threadSeries } from "../support/pageThread";
import { reviewedTwice } from "../support/reviewedTwice";
import { eventually } from "./waiting";

suite("series page of an archive", () => {
  let browser: BrowserContext;
  let page: Page;
  const errors: string[] = [];
  const { series, mails } = threadSeries();

  suiteSetup(async () => {
    browser = await openBrowser();
  });
  suiteTeardown(() => browser.close());
  teardown(async () => {
    const violations = await page.evaluate(() => globalThis.record.violations);
    await page.close();
    assert.deepEqual({ errors: errors.splice(0), violations }, { errors: [], violations: [] });
  });

  async function open(options: PageOptions = {}): Promise<void> {
    page = await openSeriesPage(browser, series, { mails, ...options });
    page.on("pageerror", (error) => errors.push(error.message));
    page.on("dialog", (dialog) => {
      errors.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
  }

  const patch = (at: number) => page.locator(`details.patch[data-patch="${at}"]`);
  const said = (): Promise<string | null> => page.locator("#announcer").textContent();
  const asked = async (type: string) => (await sentMessages(page)).filter((message) => message.type === type);

  test("its cover letter and messages come when it is shown, its diffs when they are unfolded", async () => {
    await open({ delay: 100 });
    await page.getByText("the timers are saved twice.").waitFor();
    assert.deepEqual(
      (await sentMessages(page)).map(({ type }) => type),
      ["ready", "selectRevision", "requestTexts", "requestCommentCounts"],
    );
    await patch(0).locator("> summary").click();
    await patch(0).getByText("Say it once, and where it is done (patch 1).").waitFor();
    await patch(0).locator(".diff .added").first().waitFor();
    assert.equal(await patch(0).locator(".notes .message").innerText(), "v2: asked for by Ben");
    assert.equal((await asked("requestDiff")).length, 1);
  });

  test("a patch unfolded before its message came gets it", async () => {
    await open({ isHeld: true });
    await patch(1).locator("> summary").click();
    await patch(1).getByText("Reading the message…").waitFor({ state: "attached" });
    await page.evaluate(() => (globalThis.record.isHeld = false));
    await patch(1).getByText("Say it once, and where it is done (patch 2).").waitFor();
  });

  test("reviews of older revisions come when it is shown, and stand where they belong", async () => {
    const bytes = reviewedTwice().map((mail) => new Uint8Array(mail));
    const [twice] = seriesOfMails(bytes);
    assert(twice);
    page = await openSeriesPage(browser, twice, { mails: bytesById(bytes), delay: 100 });
    await patch(1).locator("> summary").click();
    await patch(1).getByText("Reviewed by Bea Baker in v1; the patch changed since").waitFor();
    assert.deepEqual(
      await patch(0)
        .locator(".mark")
        .evaluateAll((marks) => marks.map((mark) => mark.getAttribute("title"))),
      ["1 Reviewed-by: Bea Baker (from v1)", "1 Acked-by: Cleo Carver (from v1)", "1 Tested-by: Ed Fell"],
    );
    assert.deepEqual(await page.locator(".facts .mark").allInnerTexts(), ["1R", "1A", "1T"]);
    await patch(0).locator("> summary").click();
    assert.equal(await patch(0).locator(".given-trailers .badge").count(), 2);
    assert.equal((await asked("requestReviews")).length, 1);
    await page.locator('[data-revision="0"]').click();
    await page.locator('[data-revision="1"]').click();
    assert.equal((await asked("requestReviews")).length, 1);
  });

  test("comments stand under the lines they are about, in both layouts, and are asked for once", async () => {
    const commented = commentedSeries(600);
    page = await openSeriesPage(browser, commented.series, { mails: commented.mails });
    page.on("pageerror", (error) => errors.push(error.message));
    const under = (text: string) => page.locator("tr", { hasText: text }).locator("+ tr.thread-row");
    await under("v->timers_known = true;").getByText("Who clears this when a timer is added?").waitFor();
    assert.equal(await page.locator(".thread-row").count(), 4);
    await patch(0).getByRole("img", { name: "1 question without an answer by the author" }).waitFor();
    const loop = under("n++;").last();
    assert.equal(await loop.locator(".comment").count(), 12);
    await loop.getByRole("button", { name: "Show more" }).click();
    assert.equal(await loop.locator(".comment").count(), 62);
    // The report of a robot is folded, and a key unfolds it.
    const report = under("list_for_each_entry").locator("summary");
    await report.focus();
    await page.keyboard.press("Enter");
    await page.getByText("'link' is not in 'struct timer'").waitFor();
    await page.keyboard.press("s");
    await page.locator(".side .thread").first().waitFor();
    await page.waitForFunction(() => {
      const [left, right] = [...document.querySelectorAll(".side table")].map((table) => table.getBoundingClientRect().height);
      return left !== undefined && right !== undefined && Math.abs(left - right) < 4;
    });
    assert.equal((await asked("requestComments")).length, 1);
    // The whole reply is far down a list that was not drawn.
    await page.getByRole("button", { name: "Show the whole reply of Chen Rivera" }).last().click();
    assert.equal(await said(), "Reply of Chen Rivera");
    assert(await page.locator("details.reply[open]").isVisible());
  });

  test("what is missing says where it may be", async () => {
    await open();
    await page.getByText("the timers are saved twice.").waitFor();
    assert.equal(await patch(2).locator(".patch-counts").innerText(), "not found");
    await patch(2).locator("> summary").click();
    await patch(2).getByText("probably sent to linux-block@lists.example.org").waitFor();
    assert.equal((await page.locator(".oddities li").innerText()).trim(), "4/5 was sent 2 times; the newest counts.");
  });

  test("find reaches what folded replies say, also those to a folded patch", async () => {
    await open();
    await page.getByText("the timers are saved twice.").waitFor();
    const texts = () => page.locator("details.reply:not([open]) .reply-body:not([data-text])");
    assert.equal(await texts().count(), 0);
    await page.keyboard.press("/");
    const replies = series.revisions.at(-1)?.posted?.replies.length ?? 0;
    assert.ok(replies > 2);
    await page.waitForFunction(
      (count) => document.querySelectorAll("details.reply:not([open]) .reply-body:not([data-text])").length === count,
      replies,
    );
    assert.equal(await page.locator("details.reply[open]").count(), 0);
    assert.equal(await page.locator("details.patch[open]").count(), 0);
  });

  test("replies fold out, and those beside them are asked for with them", async () => {
    await open();
    await page.getByText("the timers are saved twice.").waitFor();
    await patch(0).locator("> summary").click();
    const replies = patch(0).locator("details.reply");
    await replies.nth(3).waitFor();
    assert.equal(await replies.count(), 4);
    await replies.nth(0).locator("> summary").click();
    await replies.nth(0).getByText("Why is the last step special?").waitFor();
    await replies.nth(1).locator("> summary").click();
    await replies.nth(1).getByText("It frees the timer.").waitFor();
    const places = (await asked("requestReplies")).map((message) => (message.type === "requestReplies" ? [...message.replies].sort() : []));
    assert.equal(places.length, 1);
    assert.equal(places[0]?.length, 4);
    const quote = replies.nth(0).locator(".quoted").first();
    assert.equal(await quote.locator("summary").innerText(), "27 quoted lines");
    assert.equal(await replies.nth(0).getByText("timer_step(v, 0);").first().isVisible(), false);
    await quote.locator("summary").click();
    await replies.nth(0).getByText("timer_step(v, 0);").first().waitFor();
    await replies.nth(0).locator("a.link").click();
    assert.deepEqual((await asked("openLink")).at(-1), { type: "openLink", url: "https://example.org/manual?section=4&page=2" });
    await replies.nth(1).getByRole("button", { name: "Open the reply of Ada Marsh in the list archive" }).click();
    assert.equal((await asked("openReply")).length, 1);
  });

  test("r unfolds and folds the replies to the patch in view, or to the cover letter", async () => {
    await open();
    await page.getByText("the timers are saved twice.").waitFor();
    await page.keyboard.press("r");
    await page.getByText("Applied to kvm-x86 misc, thanks!").waitFor();
    assert.equal(await said(), "Replies expanded");
    await page.keyboard.press("n");
    await page.keyboard.press("r");
    await patch(0).getByText("Please not in this series.").waitFor();
    assert.equal(await patch(0).locator("details.reply[open]").count(), 4);
    assert.equal(await patch(0).getByRole("button", { name: "replies to patch 1/5" }).innerText(), "Collapse All");
    await page.keyboard.press("r");
    assert.equal(await said(), "Replies collapsed");
    assert.equal(await patch(0).locator("details.reply[open]").count(), 0);
    await patch(0).getByRole("button", { name: "replies to patch 1/5" }).click();
    assert.equal(await patch(0).locator("details.reply[open]").count(), 4);
    for (let at = 0; at < 4; at++) await page.keyboard.press("n");
    await page.keyboard.press("r");
    assert.equal(await said(), "No replies to this patch");
  });

  test("what is reported as applied says who and how, and opens the reply with the mouse and the keyboard", async () => {
    await open();
    await page.getByText("the timers are saved twice.").waitFor();
    const badge = patch(0).locator("> summary .badge.reported");
    assert.match((await badge.getAttribute("title")) ?? "", /^“Applied to kvm-x86 misc, thanks!” Ben Okoro, 18 Jan 2026/);
    const reply = page.locator("details.reply", { hasText: "Ben Okoro" }).and(page.locator("[data-reply='6']"));
    assert.equal(await reply.getAttribute("open"), null);
    await badge.click();
    await reply.getByText("Applied to kvm-x86 misc, thanks!").waitFor();
    assert.equal(await page.evaluate(() => document.activeElement?.closest("details")?.dataset["reply"]), "6");
    assert.equal(await patch(0).getAttribute("open"), null, "the patch under the badge stays as it was");
    assert.equal(await said(), "Reply of Ben Okoro");
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.querySelector("details.reply[data-reply='6'][open]") === null);
    await page.locator(".posting .badge.reported").focus();
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.querySelector("details.reply[data-reply='6'][open]") !== null);
    await patch(0).locator("> summary").click();
    await patch(0).locator(".patch-actions .badge.reported").focus();
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.activeElement?.closest("details")?.dataset["reply"] === "6");
    const green = await badge.evaluate((element) => element.querySelector(".codicon-check") !== null);
    assert.equal(green, false);
  });

  test("what was unfolded is so after a reload", async () => {
    await open();
    await page.getByText("the timers are saved twice.").waitFor();
    await page.keyboard.press("n");
    await page.keyboard.press("r");
    await patch(0).getByText("Please not in this series.").waitFor();
    const state = await eventually(
      "the replies to be kept",
      () => keptState(page),
      (kept) => kept?.replies.length === 4,
    );
    assert.ok(state);
    await page.close();
    await open({ state, delay: 50 });
    await patch(0).getByText("Please not in this series.").waitFor();
    assert.equal(await patch(0).locator("details.reply[open]").count(), 4);
  });

  test("a mail that is gone is told in its place, and nothing else is lost", async () => {
    const left = new Map([...mails].filter(([id]) => !/^(?:p0|p1|r2)@/.test(id)));
    await open({ mails: left });
    await page.locator(".letter").getByText("This mail is no longer in the archive").waitFor();
    await page.keyboard.press("n");
    await page.keyboard.press("r");
    await patch(0).locator("[data-message]").getByText("This mail is no longer in the archive").waitFor();
    await patch(0).locator(".diffs").getByText("This mail is no longer in the archive").waitFor();
    await patch(0).locator("details.reply").nth(1).getByText("This mail is no longer in the archive").waitFor();
    await patch(0).getByText("Please not in this series.").waitFor();
  });

  test("an answer about an older state of the series changes nothing", async () => {
    await open({ delay: 100_000 });
    await patch(0).locator("> summary").click();
    const { texts, diffs } = answersOf(series.revisions[0]!, mails);
    const old = { state: 0, revision: 0, problem: null } as const;
    await postMessage(page, { type: "texts", ...old, texts });
    await postMessage(page, { type: "diff", ...old, patch: 0, files: diffs[0]! });
    assert.equal(await page.getByText("the timers are saved twice.").count(), 0);
    assert.equal(await page.locator(".diff").count(), 0);
    await postMessage(page, { type: "texts", ...old, state: 1, texts });
    await postMessage(page, { type: "diff", ...old, state: 1, patch: 0, files: diffs[0]! });
    await page.getByText("the timers are saved twice.").waitFor();
    await patch(0).locator(".diff").first().waitFor();
  });

  test("hostile replies stay text", async () => {
    await open();
    await page.getByText("the timers are saved twice.").waitFor();
    await page.keyboard.press("n");
    await page.keyboard.press("n");
    await page.keyboard.press("r");
    await patch(1).getByText("<script>alert(1)</script>").waitFor();
    const foreign = "#page :is(script, img, iframe, svg, style, b, i, u, object, embed), #page h1 ~ h1";
    assert.equal(await page.locator(foreign).count(), 0);
    assert.equal(await page.evaluate(() => /[\u202a-\u202e\u2066-\u2069]/.test(document.body.innerText)), false);
  });
});

import { writeFile } from "node:fs/promises";
import path from "node:path";
import { makeMail, planArchive } from "../support/archiveMails";
import { mboxOf } from "../support/badMails";
import { eventually, type Window } from "./fixture";
import { copySample, openSample, showSideBar, viewMessage, type SampleCopy } from "./sampleWindow";

const seed = 7;
/** More than are read between two words about it. */
const count = 4000;

suite("an archive that takes a while", () => {
  let copy: SampleCopy;
  let window: Window;

  suiteSetup(async () => {
    copy = await copySample();
    window = await openSample(copy);
    await showSideBar(window);
  });

  suiteTeardown(async () => {
    await (window as Window | undefined)?.dispose();
    await copy.dispose();
  });

  test("how far it is read stands above the tree, and goes when all of it is", async () => {
    const list = path.join(path.dirname(copy.digests), "long.mbox");
    await writeFile(list, mboxOf(...planArchive(seed, count).plans.map((plan) => makeMail(seed, plan))));
    await window.setSettings({ "kvmSeries.sources": [list] });
    await eventually(
      "the word of how far it is",
      () => viewMessage(window),
      (message) => /^Reading mail [1-4],[05]00$/.test(message),
    );
    await window.screenshot("reading-mail");
    await eventually(
      "the word to go",
      () => viewMessage(window),
      (message) => message === "",
    );
    await window.view("Series").locator(".monaco-list-row").nth(3).waitFor();
  });
});

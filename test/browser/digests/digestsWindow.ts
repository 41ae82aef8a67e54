/** A window on the sample kernel with the sample digests, which the suites of this folder share. */
import { readdir, rm } from "node:fs/promises";
import path from "node:path";
import { eventually, type Window } from "../fixture";
import { copySample, openSample, textsWhen, viewMessage, welcomeText, type SampleCopy } from "../sampleWindow";
import { resetWindow, shared } from "../sharedWindow";
import { succeeds } from "../waiting";

/** How many rows the view has as it begins: a group and a series for each of sixteen. */
const rowsAtFirst = 32;

interface DigestsWindow {
  readonly copy: SampleCopy;
  readonly window: Window;
  dispose(): Promise<void>;
}

const opened = shared<DigestsWindow>(async () => {
  const copy = await copySample();
  // High enough for all rows: VS Code draws those on the screen only.
  const window = await openSample(copy, { height: 2000 });
  return {
    copy,
    window,
    async dispose() {
      await window.dispose();
      await copy.dispose();
    },
  };
});

/** The window as it was when it was opened, of another height. */
export async function digestsWindow(height = 2000): Promise<DigestsWindow> {
  const ground = await opened();
  const { copy, window } = ground;
  await window.page.setViewportSize({ width: 1280, height: 2000 });
  const added = (await readdir(copy.digests)).filter((name) => !/^2026-10-(?:05|12|19)\.txt$/.test(name));
  for (const name of added) await rm(path.join(copy.digests, name));
  await window.setSettings({ "kvmSeries.sources": [copy.digests], "kvmSeries.explorerBadges": true, "kvmSeries.statusBar": true });
  await resetWindow(window);
  if ((await viewMessage(window)).startsWith("Filter") || (await welcomeText(window)).includes("Clear Filter"))
    await window.runCommand("KVM Series: Clear Filter");
  await arrangeRows(window);
  await textsWhen(window, "the series of the sample", (rows) => rows.length === rowsAtFirst);
  await window.page.setViewportSize({ width: 1280, height });
  return ground;
}

/** Opens all groups and closes all series, the last one first, since the rows below one move when it closes. */
async function arrangeRows(window: Window): Promise<void> {
  const series = window.view("Series").locator('.monaco-list-row[aria-level="2"][aria-expanded="true"]');
  // Rows that move at the moment of a click bring it to a group, which then is closed itself.
  const groups = window.view("Series").locator('.monaco-list-row[aria-level="1"][aria-expanded="false"]');
  await eventually(
    "the groups to be open and the series closed",
    async () => {
      for (const rows of [series, groups])
        if ((await rows.count()) > 0) {
          // A row that is just closing was still counted, and then there is none to click.
          await succeeds(rows.last().locator(".monaco-tl-twistie").click({ timeout: 2000 }));
          return false;
        }
      return true;
    },
    (isArranged) => isArranged,
  );
}

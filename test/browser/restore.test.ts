import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { eventually, type Window } from "./fixture";
import { copySample, openSample, rowShown, type SampleCopy } from "./sampleWindow";

const arm64 = "KVM: arm64: Count traps per guest";

suite("after a reload", () => {
  let copy: SampleCopy;
  let empty: string;
  let window: Window;

  suiteSetup(async () => {
    copy = await copySample();
    // Nothing in this folder wakes the extension, so that the page has to.
    empty = await mkdtemp(path.join(tmpdir(), "kvm-series-empty-"));
    window = await openSample(copy, { folder: empty });
    // A window that is reloaded on a busy machine may come up without the user's settings; those of the machine stay.
    await window.setSettings({ "kvmSeries.sources": [copy.digests] });
    await rowShown(window, arm64);
  });

  suiteTeardown(async () => {
    await (window as Window | undefined)?.dispose();
    await copy.dispose();
    await rm(empty, { recursive: true, force: true });
  });

  test("the page comes back where it was, also when it is all that is to be seen", async () => {
    await window.row(arm64, "Series").click();
    await window.webviewFrame().getByRole("button", { name: "v1", exact: true }).click();
    await current("v1");
    await window.runCommand("View: Show Explorer");
    await window.runCommand("View: Toggle Primary Side Bar Visibility");
    await window.reload();
    // The extension host starts anew first, and it is asked for the page last of all.
    await window.webviewFrame().getByRole("heading", { name: arm64, level: 1 }).waitFor({ timeout: 60_000 });
    await current("v1");
    await window.page.locator(".tab.active").getByText(`v2 ${arm64}`, { exact: true }).waitFor();
    await window.webviewFrame().getByText("Traps are counted per host CPU").waitFor();
    await window.screenshot("restored");
  });

  function current(name: string): Promise<string> {
    const marked = window.webviewFrame().locator(".revision[aria-current=true]");
    return eventually(
      `${name} as the current revision`,
      () => marked.innerText(),
      (shown) => shown === name,
    );
  }
});

/** A list by its address: fetched from a real public-inbox server on this machine, and kept when the server is gone. */
import assert from "node:assert/strict";
import path from "node:path";
import { startInboxServer, withoutPublicInbox, type InboxServer } from "../support/inboxServer";
import { writeSampleArchive } from "../support/sampleArchive";
import { eventually, type Window } from "./fixture";
import { copySample, openSample, pickLabels, rowShown, welcomeText, type SampleCopy } from "./sampleWindow";

const tdx = "KVM: x86/tdx: Reclaim the pages of a torn-down guest lazily";

suite("a list by its address", () => {
  let copy: SampleCopy;
  let window: Window;
  let server: InboxServer | undefined;
  const labels = async (): Promise<string[]> => (await window.treeRows("Series")).map(({ label }) => label);

  suiteSetup(async () => {
    assert.equal(withoutPublicInbox(), null);
    copy = await copySample();
    await writeSampleArchive(path.join(copy.folder, "served"));
    server = await startInboxServer({ kvm: path.join(copy.folder, "served") });
    window = await openSample(copy, { height: 3000, settings: { "kvmSeries.sources": [] } });
  });

  suiteTeardown(async () => {
    await (window as Window | undefined)?.dispose();
    server?.stop();
    await copy.dispose();
  });

  test("is added by typing it, fetched and shown", async () => {
    await eventually(
      "the view without sources",
      () => welcomeText(window),
      (text) => text.startsWith("No archive"),
    );
    await window.runCommand("KVM Series: Add Archive...");
    await eventually(
      "what can be added",
      () => pickLabels(window),
      (offered) => offered.includes("Address of a List..."),
    );
    await window.answer("Address of a List...");
    await window.answer(`${server?.url ?? ""}/kvm/`);
    await rowShown(window, tdx);
    await window.screenshot("remote");
  });

  test("stays when the server is gone, which is said in one sentence", async () => {
    server?.stop();
    await window.runCommand("KVM Series: Sync");
    const rows = await eventually("a row about the server", labels, (shown) => shown.some((label) => /server|reach|connect/i.test(label)));
    assert.ok(rows.includes(tdx), rows.join("\n"));
  });
});

/** A repository, a series for it whose first patch conflicts with HEAD but not with the commit before it, and a window on both. */
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { makeHistory, type History } from "../../support/pendingHistory";
import { eventually, openWindow, waitFor, type Window } from "../fixture";
import { chooseInMenu, pickEntry, rowShown, showSideBar } from "../sampleWindow";

export const title = "KVM: x86: Count and report wakeups";
/** What the new branch is called. */
export const branchName = "x86-count-and-report-wakeups-v2";
export const file = "arch/x86/kvm/wakeup.c";
export const other = "arch/x86/kvm/report.c";

/** A file of C whose functions are told apart. */
export function functions(bodies: Readonly<Record<string, string>>): string {
  return Object.entries(bodies)
    .map(([name, body]) => `static int ${name}(struct kvm_vcpu *vcpu)\n{\n\tint r = 0;\n\n${body}\n\treturn r;\n}\n`)
    .join("\n");
}

export const plain = { wait: "\tr = sleep(vcpu);", wake: "\tr = kick(vcpu);", report: "\tr = say(vcpu);" };
export const mine = { ...plain, wake: "\tr = kick_gently(vcpu);" };
const counted = { ...plain, wake: "\tr = kick(vcpu);\n\tvcpu->wakeups++;" };

export class ApplyGround {
  private constructor(
    readonly history: History,
    /** A folder beside the repository. */
    readonly folder: string,
    readonly window: Window,
  ) {}

  static async open(): Promise<ApplyGround> {
    const history = makeHistory({ [file]: functions(plain), [other]: functions(plain), MAINTAINERS: "List of maintainers\n" });
    const folder = await mkdtemp(path.join(tmpdir(), "kvm-series-apply-"));
    history.git("switch", "--quiet", "-c", "author");
    history.commit("KVM: x86: Count wakeups", { [file]: functions(counted) });
    history.commit("KVM: x86: Report wakeups", { [other]: functions({ ...plain, report: "\tr = say(vcpu, vcpu->wakeups);" }) });
    const mails = history.mails("main..author", { version: 2, cover: title });
    history.git("switch", "--quiet", "main");
    history.commit("KVM: x86: Kick gently", { [file]: functions(mine) });
    history.git("branch", "--quiet", "-D", "author");
    const list = path.join(folder, "list.mbox");
    await writeFile(list, mails.map((mail) => `From mboxrd@z Thu Jan  1 00:00:00 1970\n${new TextDecoder().decode(mail)}\n`).join(""));
    const window = await openWindow({ folder: history.folder, settings: { "kvmSeries.sources": [list] } });
    // A window that is reloaded may for a moment read the user's settings without them; those of the machine stay.
    await window.setSettings({ "kvmSeries.sources": [list] });
    const ground = new ApplyGround(history, folder, window);
    await ground.showSeries();
    return ground;
  }

  /** The branch that is checked out. */
  get branch(): string {
    return this.history.git("rev-parse", "--abbrev-ref", "HEAD");
  }

  eventuallyOn(name: string): Promise<string> {
    return eventually(
      `the branch ${name}`,
      () => Promise.resolve(this.branch),
      (now) => now === name,
    );
  }

  /** The merge editor brings the source control view to the front. */
  async showSeries(): Promise<void> {
    await showSideBar(this.window);
    await rowShown(this.window, title);
  }

  /** Begins to apply to a new branch of the proposed name, from HEAD on. */
  async begin(): Promise<void> {
    await this.showSeries();
    await chooseInMenu(this.window, title, "Apply to New Branch...", "Series", pickEntry(this.window, "HEAD"));
    await this.window.answer("HEAD");
    await this.acceptBranchName();
  }

  /** Waits until the merge editor has filled in the common version, a moment after it is drawn, which the window then saves by itself. */
  async mergeEditorFilled(): Promise<void> {
    const counted = this.window.page.locator(".merge-editor").getByText(/Conflicts? Remaining/i);
    await waitFor("the conflicts to be counted", counted.first().waitFor());
    await eventually(
      "the common version on disk",
      () => readFile(path.join(this.history.folder, file), "utf8"),
      (text) => !text.includes("<<<<<<<"),
    );
  }

  async acceptBranchName(): Promise<void> {
    const name = this.window.page.locator(".quick-input-widget input[type=text]").first();
    await eventually(
      "the name of the branch",
      () => name.inputValue(),
      (value) => value === branchName,
    );
    await name.press("Enter");
  }

  /** Of a merge editor that was left there is no tab and nothing unsaved, VS Code asked nothing, and the file is as it was before. */
  async nothingStaysOfMerge(): Promise<void> {
    const { page } = this.window;
    await eventually(
      "no tab of a merge editor, and none that is not saved",
      async () => [...(await page.locator(".tab").allInnerTexts()), `${await page.locator(".tab.dirty").count()} not saved`],
      (tabs) => tabs.every((tab) => !tab.includes("Merging")) && tabs.at(-1) === "0 not saved",
    );
    assert.equal(await page.locator(".monaco-dialog-box").count(), 0);
    assert.equal(await readFile(path.join(this.history.folder, file), "utf8"), functions(mine));
  }

  async dispose(): Promise<void> {
    await this.window.dispose();
    this.history.dispose();
    await rm(this.folder, { recursive: true, force: true });
  }
}

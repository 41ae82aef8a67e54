/**
 * A repository, series for it, and a window on both, which the suites of this folder share. The first patch of one series conflicts with
 * HEAD but not with the commit before it; one applies; and of one nothing that it was made on is in the repository.
 */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { makeHistory, type History } from "../../support/pendingHistory";
import { eventually, openWindow, waitFor, type Window } from "../fixture";
import { chooseInMenu, pickEntry, rowShown, showSideBar } from "../sampleWindow";
import { resetWindow, shared } from "../sharedWindow";

export const title = "KVM: x86: Count and report wakeups";
/** What the new branch is called. */
export const branchName = "x86-count-and-report-wakeups-v2";
export const file = "arch/x86/kvm/wakeup.c";
/** The series that applies, and what it changes. */
export const rework = "KVM: x86: Rework kicks";
export const kicked = "arch/x86/kvm/kick.c";
/** The series of which nothing is known that it was made on. */
export const rootless = "KVM: x86: Nap for a while";
const [other, napped, deleted] = ["arch/x86/kvm/report.c", "arch/x86/kvm/nap.c", "arch/x86/kvm/old.c"];

/** A file of C whose functions are told apart. */
function functions(bodies: Readonly<Record<string, string>>): string {
  return Object.entries(bodies)
    .map(([name, body]) => `static int ${name}(struct kvm_vcpu *vcpu)\n{\n\tint r = 0;\n\n${body}\n\treturn r;\n}\n`)
    .join("\n");
}

const plain = { wait: "\tr = sleep(vcpu);", wake: "\tr = kick(vcpu);", report: "\tr = say(vcpu);" };
const counted = { ...plain, wake: "\tr = kick(vcpu);\n\tvcpu->wakeups++;" };
/** What HEAD has of the file that conflicts. */
export const mine = functions({ ...plain, wake: "\tr = kick_gently(vcpu);" });

/** A file in which a line stands twice; what is put above the first function stands there a third time. */
export function kicks(kick: string, above = ""): string {
  const rest = `static int rest(struct kvm_vcpu *vcpu)\n{\n\treturn 0;\n}\n`;
  return `#include <linux/kvm_host.h>\n\n${above}static int wake(struct kvm_vcpu *vcpu)\n{\n\t${kick};\n\treturn 0;\n}\n\n${rest}`;
}

const ready = "static int ready(struct kvm_vcpu *vcpu)\n{\n\treturn 0;\n}\n\n";

/** A repository with its mails. */
function writeGround(): { readonly history: History; readonly mails: readonly Uint8Array[]; readonly head: string } {
  const history = makeHistory({
    [file]: functions(plain),
    [other]: functions(plain),
    [napped]: functions(plain),
    [kicked]: kicks("kick(vcpu)"),
    [deleted]: "int old;\n",
    "scripts/get_maintainer.pl": "#\n",
    "virt/kvm/kvm_main.c": "int main;\n",
    MAINTAINERS: "List of maintainers\n",
  });
  const posted = (commits: () => void, range: string, cover: string, version: number): Uint8Array[] => {
    history.git("switch", "--quiet", "-c", "author");
    commits();
    const mails = history.mails(range, { version, cover, more: ["--base=main"] });
    history.git("switch", "--quiet", "main");
    history.git("branch", "--quiet", "-D", "author");
    return mails;
  };
  const mails = [
    ...posted(
      () => {
        history.commit("KVM: x86: Count wakeups", { [file]: functions(counted) });
        history.commit("KVM: x86: Report wakeups", { [other]: functions({ ...plain, report: "\tr = say(vcpu, vcpu->wakeups);" }) });
      },
      "main..author",
      title,
      2,
    ),
    ...posted(
      () => {
        history.commit("KVM: x86: Kick gently", { [kicked]: kicks("kick_gently(vcpu)", ready) });
        history.commit("KVM: x86: Add and delete", { [deleted]: null, "arch/x86/kvm/new.c": "int new;\n" });
      },
      "main..author",
      rework,
      3,
    ),
    ...posted(
      () => {
        history.commit("Not posted", { [napped]: functions({ ...plain, wait: "\tr = doze(vcpu);" }) });
        history.commit("KVM: x86: Nap", { [napped]: functions({ ...plain, wait: "\tr = doze(vcpu);\n\tvcpu->naps++;" }) });
      },
      "author~1..author",
      rootless,
      1,
    ).map((mail) =>
      Buffer.from(
        Buffer.from(mail)
          .toString("latin1")
          .replace(/^(?:base-commit|prerequisite-patch-id): .*\n/gm, ""),
        "latin1",
      ),
    ),
  ];
  // Without it nothing of the last series is left.
  history.git("reflog", "expire", "--expire=now", "--all");
  history.git("gc", "--quiet", "--prune=now");
  const head = history.commit("KVM: x86: Wake gently", { [file]: mine });
  return { history, mails, head };
}

export class ApplyGround {
  private constructor(
    readonly history: History,
    /** A folder beside the repository. */
    readonly folder: string,
    readonly window: Window,
    readonly head: string,
  ) {}

  static async open(): Promise<ApplyGround> {
    const { history, mails, head } = writeGround();
    const folder = await mkdtemp(path.join(tmpdir(), "kvm-series-apply-"));
    const list = path.join(folder, "list.mbox");
    await writeFile(list, mails.map((mail) => `From mboxrd@z Thu Jan  1 00:00:00 1970\n${new TextDecoder().decode(mail)}\n`).join(""));
    const slow = path.join(folder, "slow-git");
    const holding = 'case " $* " in *" am --patch-format"*) if [ -e "$0.hold" ]; then : >"$0.held"; exec sleep 300; fi ;; esac';
    await writeFile(slow, `#!/bin/sh\n${holding}\nexec git "$@"\n`, { mode: 0o755 });
    const settings = { "kvmSeries.sources": [list], "git.path": slow };
    const window = await openWindow({ folder: history.folder, settings, height: 1000 });
    // A window that is reloaded may for a moment read the user's settings without them; those of the machine stay.
    await window.setSettings(settings);
    return new ApplyGround(history, folder, window, head);
  }

  /** The git of the window does not end applying patches while the file `hold` is there, and then makes the file `held`. */
  get slowGit(): { readonly hold: string; readonly held: string } {
    const slow = path.join(this.folder, "slow-git");
    return { hold: `${slow}.hold`, held: `${slow}.held` };
  }

  /** Puts repository and window back. */
  async reset(): Promise<void> {
    const { window, history } = this;
    for (const made of Object.values(this.slowGit)) await rm(made, { force: true });
    await resetWindow(window);
    if (existsSync(path.join(history.folder, ".git", "rebase-apply"))) {
      await window.runCommand("KVM Series: Abort Applying");
      await waitFor("the apply to end", window.statusBarItem("Applying").waitFor({ state: "hidden" }));
      await resetWindow(window);
    }
    if (this.branch !== "main") history.git("checkout", "--quiet", "--force", "main");
    if (history.git("rev-parse", "HEAD") !== this.head || history.git("status", "--porcelain") !== "")
      history.git("reset", "--quiet", "--hard", this.head);
    for (const name of history.git("for-each-ref", "--format=%(refname:short)", "refs/heads").split("\n"))
      if (name !== "main") history.git("branch", "--quiet", "-D", name);
    for (const one of [title, rework, rootless]) await rowShown(window, one);
    // What is found out in the background has the rows drawn anew: a menu that is open then closes.
    await eventually(
      "whether all of them apply",
      () => window.treeTexts("Series"),
      (rows) =>
        rows.some((row) => row.includes(title) && row.includes("conflicts")) &&
        rows.some((row) => row.includes(rework) && row.includes("✓")),
    );
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

  /** Begins to apply a series to a new branch of the proposed name, from HEAD on. */
  async begin(series = title, branch = branchName): Promise<void> {
    await this.showSeries();
    await chooseInMenu(this.window, series, "Apply to New Branch...", "Series", pickEntry(this.window, "HEAD"));
    await this.window.answer("HEAD");
    await this.acceptBranchName(branch);
  }

  /** Waits for the merge editor, until it has filled in the common version, a moment after it is drawn, which the window then saves by itself. */
  async mergeEditorFilled(): Promise<void> {
    const editor = this.window.page.locator(".merge-editor");
    await waitFor("the merge editor", editor.first().waitFor());
    await waitFor(
      "the conflicts to be counted",
      editor
        .getByText(/1 Conflict Remaining/i)
        .first()
        .waitFor(),
    );
    await eventually(
      "the common version on disk",
      () => readFile(path.join(this.history.folder, file), "utf8"),
      (text) => !text.includes("<<<<<<<"),
    );
  }

  /** Of a merge editor that was left there is no tab and nothing unsaved, VS Code asked nothing, and the file is as it was before. */
  async nothingStaysOfMerge(): Promise<void> {
    const { page } = this.window;
    await waitFor("the merge editor to close", page.locator(".merge-editor").first().waitFor({ state: "hidden" }));
    await eventually(
      "no tab of a merge editor, and none that is not saved",
      async () => [...(await page.locator(".tab").allInnerTexts()), `${await page.locator(".tab.dirty").count()} not saved`],
      (tabs) => tabs.every((tab) => !tab.includes("Merging")) && tabs.at(-1) === "0 not saved",
    );
    assert.equal(await page.locator(".monaco-dialog-box").count(), 0);
    assert.equal(await readFile(path.join(this.history.folder, file), "utf8"), mine);
  }

  async acceptBranchName(branch = branchName): Promise<void> {
    const name = this.window.page.locator(".quick-input-widget input[type=text]").first();
    await eventually(
      "the name of the branch",
      () => name.inputValue(),
      (value) => value === branch,
    );
    await name.press("Enter");
  }

  async dispose(): Promise<void> {
    await this.window.dispose();
    this.history.dispose();
    await rm(this.folder, { recursive: true, force: true });
  }
}

const opened = shared(() => ApplyGround.open());

/** Repository and window as they were when they were made. */
export async function applyGround(): Promise<ApplyGround> {
  const ground = await opened();
  await ground.reset();
  return ground;
}

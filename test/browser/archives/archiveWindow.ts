/** A window on the sample kernel as a repository with the sample list as an archive, which the suites of this folder share. */
import { execFileSync } from "node:child_process";
import { rm } from "node:fs/promises";
import path from "node:path";
import { plainGit, writeSampleArchive } from "../../support/sampleArchive";
import type { Window } from "../fixture";
import { copySample, openSample, rowShown, type SampleCopy } from "../sampleWindow";
import { resetWindow, shared } from "../sharedWindow";

export const tdx = "KVM: x86/tdx: Reclaim the pages of a torn-down guest lazily";
export const halted = "KVM: Account halted time where the guest is entered";
export const zap = "KVM: x86/mmu: Zap what was asked for, and no more";

interface ArchiveWindow {
  readonly copy: SampleCopy;
  readonly window: Window;
  /** The file of what is joined and split by hand. */
  readonly corrections: string;
  /** Runs git in the kernel. */
  readonly git: (...args: readonly string[]) => string;
  dispose(): Promise<void>;
}

const opened = shared<ArchiveWindow>(async () => {
  const copy = await copySample();
  const git = (...args: readonly string[]): string =>
    execFileSync("git", ["-C", copy.linux, "-c", "user.name=Ada Lind", "-c", "user.email=ada@example.org", ...args], {
      env: plainGit,
      encoding: "utf8",
    });
  const inbox = path.join(copy.folder, "kvm");
  const corrections = path.join(copy.folder, "corrections.txt");
  await writeSampleArchive(inbox);
  git("init", "--quiet", "--initial-branch=main", ".");
  git("add", "--all");
  git("commit", "--quiet", "-m", "sample");
  const settings = {
    "kvmSeries.sources": [inbox],
    "kvmSeries.corrections": corrections,
    // What is tried in the background has rows drawn anew, and none of these suites is about it.
    "kvmSeries.checkApplies": false,
    "files.autoSave": "off",
  };
  const window = await openSample(copy, { height: 3000, settings });
  return {
    copy,
    window,
    corrections,
    git,
    async dispose() {
      await window.dispose();
      await copy.dispose();
    },
  };
});

/** The window as it was when it was opened, of another height. */
export async function archiveWindow(height = 1000): Promise<ArchiveWindow> {
  const ground = await opened();
  const { window, git, corrections } = ground;
  await rm(corrections, { force: true });
  git("checkout", "--quiet", "--force", "main");
  await window.setSettings({ "kvmSeries.lineMarks": true });
  await resetWindow(window);
  await window.page.setViewportSize({ width: 1280, height: 3000 });
  for (const title of [tdx, halted]) await rowShown(window, title);
  await window.page.setViewportSize({ width: 1280, height });
  return ground;
}

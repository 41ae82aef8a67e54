/** Builders of patches, revisions and series for the tests of the page. Everyone in them is invented. */
import type { TouchedFile } from "../../src/core/diff/diffstat";
import type { Author } from "../../src/core/mail/author";
import type { Patch, Revision, Series } from "../../src/core/series/series";

export const ada: Author = { name: "Ada Marsh", email: "ada@example.org" };
export const ben: Author = { name: "Ben Okoro", email: "ben@example.org" };

/** A file to make a diff of. */
interface Change {
  readonly path: string;
  /** Hunks as lines with their signs. */
  readonly hunks: ReadonlyArray<readonly string[]>;
}

/** The diff git would print for some changes. */
export function diffOf(changes: readonly Change[]): string {
  return changes.map(fileDiff).join("");
}

function fileDiff({ path, hunks }: Change): string {
  let text = `diff --git a/${path} b/${path}\nindex 1111111..2222222 100644\n--- a/${path}\n+++ b/${path}\n`;
  let start = 40;
  for (const lines of hunks) {
    const old = lines.filter((line) => !line.startsWith("+")).length;
    const now = lines.filter((line) => !line.startsWith("-")).length;
    text += `@@ -${start},${old} +${start},${now} @@ static int vcpu_setup(struct vcpu *v)\n${lines.join("\n")}\n`;
    start += 200;
  }
  return text;
}

function touched({ path, hunks }: Change): TouchedFile {
  const added = hunks.flat().filter((line) => line.startsWith("+")).length;
  const deleted = hunks.flat().filter((line) => line.startsWith("-")).length;
  return { path, changed: added + deleted, added, deleted };
}

export function samplePatch(index: number | null, title: string, changes: readonly Change[], more: Partial<Patch> = {}): Patch {
  return {
    index,
    title,
    author: ada,
    messageId: `20260112.${index ?? 0}-ada@example.org`,
    message: `The lock is taken twice on the slow path.  Take it once, before the list\nis walked, so that a reader never sees half of an update.\n\nNo functional change intended.\n\nSigned-off-by: Ada Marsh <ada@example.org>`,
    diff: diffOf(changes),
    files: changes.map(touched),
    trailers: [{ key: "Signed-off-by", value: "Ada Marsh <ada@example.org>", via: "patch" }],
    ...more,
  };
}

export function sampleRevision(more: Partial<Revision> = {}): Revision {
  const patches = more.patches ?? [];
  return {
    version: 3,
    prefixes: ["PATCH"],
    rfc: false,
    resend: false,
    title: "KVM: x86: Take the timer lock once while a vCPU is loaded",
    author: ada,
    date: "2026-01-12T09:30:00Z",
    messageId: "20260112.0-ada@example.org",
    expected: patches.length,
    cover: null,
    patches,
    missing: [],
    diffstat: [],
    files: [...new Set(patches.flatMap(({ files }) => files.map(({ path }) => path)))].sort(),
    source: "kvm",
    ...more,
  };
}

export function sampleSeries(revisions: readonly Revision[], more: Partial<Series> = {}): Series {
  const title = revisions.at(-1)?.title ?? "";
  return {
    id: "0123456789ab",
    aliases: [],
    title,
    subsystem: "x86/vmx",
    status: "in-review",
    revisions,
    elsewhere: [],
    links: [],
    ...more,
  };
}

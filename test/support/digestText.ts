/** Digests for tests, written in the classic format from a few words. */

export interface EntryText {
  /** With its brackets: `[PATCH v2 0/2] KVM: x86: ...`. */
  readonly subject: string;
  readonly author?: string;
  readonly body?: string;
}

const separator = "-".repeat(70);

/** The classic text of a digest with these entries, newest mail first. */
export function digestText(entries: readonly EntryText[], range: readonly [string, string] = ["e20b6f913", "f4a1c07d5"]): string {
  const [from, to] = range;
  const head = [
    `From ${from} to ${to}`,
    `KVM mailing list update from ${from} to ${to}`,
    ...["", "Top 15 contributor Email domains (Based on Email Body)", "", "      1 example.com"],
    ...["", "Top 15 contributors (Based on Email Body)", "", "      1  Ruth Vega <ruth@example.com>"],
    ...["", "===== Patch list in this time period =====", "", ""],
    ...["===== Patch Commit Messages ====", ""],
  ];
  const body = entries.flatMap(({ subject, author = "Ruth Vega <ruth@example.com>", body = "Hello." }) => [
    ...[`New:  ${subject.replace(/^\[[^\]]*\] ?/, "")}`, subject, `Author: ${author}`, "", body, "", separator, ""],
  ]);
  return [...head, ...body].join("\n") + "\n";
}

/** The end of a mail with one file in its diffstat. */
export function diffstat(path: string, added = 1): string {
  return `---\n ${path} | ${added} ${"+".repeat(added)}\n 1 file changed, ${added} insertion${added === 1 ? "" : "s"}(+)`;
}

/** A patch on its own that adds a line to a file. */
export function lonePatch(title: string, path = "arch/x86/kvm/x86.c"): EntryText {
  return { subject: `[PATCH] ${title}`, body: `Hello.\n\n${diffstat(path)}` };
}

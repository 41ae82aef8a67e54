/** The mails whose diffs are in no series, as a list with the reasons. */
import type { UntakenDiff } from "../core/assembly/untaken";
import { formatAuthor } from "../core/mail/author";
import type { Problem } from "../core/series/series";
import { visibleText } from "./escape";
import { plural } from "./labels";

/** The object `untaken --json` prints. */
export function untakenReport(mails: readonly UntakenDiff[], problems: readonly Problem[]): object {
  return { schema: 1, mails, problems };
}

/** The list, grouped by reason: the reasons are few and the mails many. */
export function untakenText(mails: readonly UntakenDiff[]): string {
  if (mails.length === 0) return "All diffs are in series.\n";
  const groups = new Map<string, string[]>();
  for (const { messageId, subject, from, date, reason } of mails) {
    const who = [date?.slice(0, "yyyy-mm-dd".length), formatAuthor(from), messageId].filter(Boolean).join(" · ");
    const lines = `  ${visibleText(subject) || "(no subject)"}\n      ${visibleText(who)}`;
    const group = groups.get(reason);
    if (group) group.push(lines);
    else groups.set(reason, [lines]);
  }
  const blocks = [...groups].map(([reason, lines]) => `${reason}\n${lines.join("\n")}`);
  return `${blocks.join("\n\n")}\n\n${untakenSentence(mails.length)}.\n`;
}

/** `3 mails hold a diff that is in no series`. */
export function untakenSentence(count: number): string {
  return `${plural(count, "mail")} ${count === 1 ? "holds" : "hold"} a diff that is in no series`;
}

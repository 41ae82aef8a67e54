/** The text of one reply: its own words plainly, what it quotes dimmed, and folded where it is long. */
import { replyBlocks, type ReplyBlock } from "../core/mail/replyBlocks";
import type { ReplyText } from "../core/mail/replyText";
import { iconButton } from "./controls";
import { visibleHtml } from "./escape";
import { linkedText } from "./links";

/** The last lines of a quote are what is answered, so they stay in sight. */
const quoteShown = 4;
/** Fewer lines are not worth a click. */
const leastFolded = 4;

/** What is shown of a reply when it is unfolded; `null` for one whose mail is gone. */
export function replyBodyHtml(reply: ReplyText | null, who: string): string {
  const archive = iconButton({
    does: "openReply",
    icon: "link-external",
    label: "Open in List Archive",
    spoken: `Open the reply of ${who} in the list archive`,
  });
  const actions = `<div class="reply-actions">${archive}</div>`;
  if (reply === null) return `${actions}<p class="note">${goneText}</p>`;
  const blocks = replyBlocks(reply.text);
  const html = blocks.map((block, at) =>
    block.kind === "own" ? textHtml("own", block.lines) : quoteHtml(block, at === blocks.length - 1),
  );
  const none = blocks.length === 0 ? '<p class="note">This reply has no text.</p>' : "";
  const cut = reply.cut ? '<p class="note">The rest of this reply is left out, because it is very long.</p>' : "";
  const names = reply.attachments.map((name) => `<span class="badge">${visibleHtml(name)}</span>`).join(" ");
  const attached = names === "" ? "" : `<p class="attached"><span class="muted">Attached:</span> ${names}</p>`;
  return `${actions}${html.join("")}${none}${cut}${attached}`;
}

/** Said in place of a mail that the archive has no more. */
export const goneText = "The archive no longer has this mail; the list's own archive may still show it.";

function textHtml(kind: "own" | "quote", lines: readonly string[]): string {
  return `<div class="message ${kind}">${linkedText(lines.join("\n"))}</div>`;
}

function quoteHtml({ lines }: ReplyBlock, isLast: boolean): string {
  // Below the last words of a reply nothing is answered any more.
  const shown = isLast ? 0 : quoteShown;
  const folded = lines.length - shown;
  if (folded < leastFolded) return textHtml("quote", lines);
  const rest = shown === 0 ? "" : textHtml("quote", lines.slice(folded));
  return `<details class="quoted"><summary>${folded.toLocaleString("en-US")} quoted lines</summary>${textHtml("quote", lines.slice(0, folded))}</details>${rest}`;
}

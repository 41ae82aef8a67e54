/** The replies below a patch or the cover letter: a line each, which unfolds to its text with long quotes folded. */
import { formatAuthor } from "../core/mail/author";
import type { ReplyText } from "../core/mail/mail";
import { type ReplyBlock, replyBlocks } from "../core/mail/quoting";
import type { Trailer } from "../core/mail/trailers";
import { repliesUnder, type Reply, type ThreadedReply } from "../core/series/series";
import type { PageRevision } from "../shared/pageSeries";
import { iconButton, iconHtml, isolated, linkedText, textButton, timeHtml, visibleAttribute, visibleHtml } from "./html";
import { authorName, doubtText, plural } from "./labels";
import { replyReportedHtml } from "./postingFacts";

/** Deeper replies are drawn at this depth, since the page is only so wide. */
const deepest = 6;
/** Longer lists begin folded below this line. */
const linesShown = 40;
/** How many more are drawn each time the person asks for more. */
const linesUnfolded = 200;

/** The number of replies below a patch; below the cover letter for 0. */
export function replyCount({ posted }: PageRevision, patch: number): number {
  return posted?.replies.filter((reply) => reply.patch === patch).length ?? 0;
}

/** `3` beside a speech bubble, for the line of a patch; empty for none. */
export function replyCountHtml(count: number): string {
  if (count === 0) return "";
  const said = plural(count, "reply", "replies");
  return `<span class="reply-count" role="img" aria-label="${said}" title="${said}">${iconHtml("comment")}${count}</span>`;
}

/** The place of a list of replies. */
export interface ReplyPlace {
  /** Index of the patch, 0 for the cover letter. */
  readonly patch: number;
  /** `patch 3/16`, `the cover letter`. */
  readonly name: string;
  /** Level of its heading. */
  readonly level: 3 | 4;
}

/**
 * The replies of one place; empty for none.
 *
 * @param open Message-IDs of the replies that are unfolded
 */
export function repliesHtml(revision: PageRevision, { patch, name, level }: ReplyPlace, open: ReadonlySet<string>): string {
  const thread = repliesUnder(revision.posted?.replies ?? [], patch);
  if (thread.length === 0) return "";
  const more = restHtml(thread.length, linesShown);
  const toggle = textButton({
    does: "toggleReplies",
    icon: "unfold",
    label: "Expand All",
    spoken: `Expand All or Collapse All replies to ${name}`,
  });
  return `<section class="replies" data-replies="${patch}" aria-label="Replies to ${visibleAttribute(name)}">
<div class="replies-head"><h${level} tabindex="-1">${plural(thread.length, "reply", "replies")}</h${level}>${toggle}</div>
<ul class="reply-list">${rowsHtml(thread.slice(0, linesShown), revision, open)}</ul>${more}
</section>`;
}

/**
 * Some rows below those that are shown at once, drawn when they are unfolded: nobody looks at thousands.
 *
 * @param from how many rows are above them
 */
export function restOfRepliesHtml(revision: PageRevision, patch: number, open: ReadonlySet<string>, from: number): string {
  const thread = repliesUnder(revision.posted?.replies ?? [], patch);
  const more = restHtml(thread.length, from + linesUnfolded);
  return rowsHtml(thread.slice(from, from + linesUnfolded), revision, open) + (more === "" ? "" : `<li>${more}</li>`);
}

/** The line that unfolds the rows below a number of others; empty for none. */
function restHtml(count: number, from: number): string {
  if (count <= from) return "";
  return `<details class="rest"><summary>${plural(count - from, "more reply", "more replies")}</summary><ul class="reply-list" data-rest="${from}"></ul></details>`;
}

function rowsHtml(thread: readonly ThreadedReply[], revision: PageRevision, open: ReadonlySet<string>): string {
  return thread.map((one) => replyHtml(one, revision, open)).join("");
}

function replyHtml({ reply, at, depth }: ThreadedReply, revision: PageRevision, open: ReadonlySet<string>): string {
  const who = `<span class="reply-author" title="${visibleAttribute(formatAuthor(reply.author))}">${isolated(visibleHtml(authorName(reply)))}</span>`;
  const level = depth === 0 ? "" : `<span class="sr-only">, answer of depth ${depth}</span>`;
  return `<li class="depth-${Math.min(depth, deepest)}"><details class="reply" data-reply="${at}"${open.has(reply.messageId) ? " open" : ""}>
<summary>${iconHtml("chevron-right")}${who}${level}${kindHtml(reply, revision)}${trailersHtml(reply.trailers)}<span class="reply-date">${timeHtml(reply.date)}</span></summary>
<div class="reply-body" data-text></div>
</details></li>`;
}

function kindHtml(reply: Reply, revision: PageRevision): string {
  switch (reply.kind) {
    case "bot":
      return '<span class="badge" title="Sent by a bot">bot</span>';
    case "loose-patch":
      return '<span class="badge" title="Contains a diff that is not part of the series">diff</span>';
    case "applied":
      return replyReportedHtml(revision, reply.messageId);
    case "comment":
      return "";
  }
}

/** One chip for each kind of trailer, with the people in its tooltip. */
function trailersHtml(trailers: readonly Trailer[]): string {
  const byKey = new Map<string, Trailer[]>();
  for (const trailer of trailers) byKey.set(trailer.key.toLowerCase(), [...(byKey.get(trailer.key.toLowerCase()) ?? []), trailer]);
  return [...byKey.values()]
    .map((given) => {
      const said = given.map((trailer) => `${trailer.key}: ${trailer.value}${trailer.giver ? ` (${doubtText(trailer)})` : ""}`).join("\n");
      const isDoubtful = given.some(({ giver }) => giver !== undefined);
      const isAgainst = /^nacked-by$/i.test(given[0]?.key ?? "");
      const kind = isAgainst ? " against" : isDoubtful ? " doubtful" : "";
      return `<span class="mark${kind}" title="${visibleAttribute(said)}">${visibleHtml(given[0]?.key ?? "")}${isDoubtful ? "?" : ""}</span>`;
    })
    .join("");
}

// The text of one reply; quotes are dimmed, and folded when they are long.

/** The last lines of a quote are what is answered, so they stay visible. */
const quoteShown = 4;
/** Fewer lines are not worth a click. */
const leastFolded = 4;

/** The unfolded part of a reply; `null` for one whose mail is gone. */
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

/** Shown in place of a mail that is gone from the archive. */
export const goneText = "This mail is no longer in the archive; it may still be in the list's archive online.";

function textHtml(kind: "own" | "quote", lines: readonly string[]): string {
  return `<div class="message ${kind}">${linkedText(lines.join("\n"))}</div>`;
}

function quoteHtml({ lines }: ReplyBlock, isLast: boolean): string {
  // A quote at the end of a reply is not answered.
  const shown = isLast ? 0 : quoteShown;
  const folded = lines.length - shown;
  if (folded < leastFolded) return textHtml("quote", lines);
  const rest = shown === 0 ? "" : textHtml("quote", lines.slice(folded));
  return `<details class="quoted"><summary>${folded.toLocaleString("en-US")} quoted lines</summary>${textHtml("quote", lines.slice(0, folded))}</details>${rest}`;
}

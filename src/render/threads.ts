/**
 * Comments under the lines of a diff: a thread for each line, a robot's report folded under its own mark, and their counts on the
 * line of a patch.
 */
import { formatAuthor } from "../core/mail/author";
import type { LineThread } from "../core/replies/lineThreads";
import type { CommentCounts, PatchComment } from "../core/replies/patchComments";
import type { PageRevision } from "../shared/pageSeries";
import { iconHtml, isolated, linkedText, timeHtml, visibleAttribute, visibleHtml } from "./html";
import { authorName, plural } from "./labels";

/** Deeper answers are drawn at this depth. */
const deepest = 6;
/** How many comments of one line are drawn before the person asks for more. */
const shownAtOnce = 12;

/** The row of a diff that a thread is drawn under: `new:12`, `old:12` or, under the head of a hunk, `hunk:0`. */
export function rowOf({ place: { hunk, line, side, number } }: LineThread): string {
  return line < 0 ? `hunk:${hunk}` : `${side}:${number}`;
}

/**
 * The thread of one line.
 *
 * @param path for people who hear the page
 */
export function threadHtml(thread: LineThread, path: string, revision: PageRevision): string {
  const { comments } = thread;
  const people = comments.filter(({ robot }) => robot === null);
  const robots = [...new Set(comments.flatMap(({ robot }) => robot ?? []))];
  const open = comments.filter(({ isOpen }) => isOpen).length;
  const [first] = people;
  const who = first ? isolated(visibleHtml(authorOf(first, revision))) : robots.map(visibleHtml).join(", ");
  const said = plural(comments.length, "comment");
  const count = `<span class="${comments.length > 1 ? "muted" : "sr-only"}">${said}</span><span class="sr-only"> on ${visibleHtml(`${spokenRow(rowOf(thread))} of ${path}`)}</span>`;
  const marks = [
    open > 0 ? `<span class="badge open-question">${iconHtml("question")} ${openText(open)}</span>` : "",
    first && robots.length > 0 ? robotMark(robots) : "",
  ].join("");
  const rest = comments.length - shownAtOnce;
  const more =
    rest > 0 ? `<button type="button" class="more" data-do="moreComments">Show more (${plural(rest, "comment")} left)</button>` : "";
  return `<details class="thread${first ? "" : " robot"}"${first ? " open" : ""}>
<summary>${iconHtml("chevron-right")}${iconHtml(first ? "comment" : "robot")}<span class="thread-who">${who}</span>${count}${marks}</summary>
<ol class="comments">${commentsHtml(comments.slice(0, shownAtOnce), revision)}</ol>${more}
</details>`;
}

/** Some comments of a thread. */
export function commentsHtml(comments: LineThread["comments"], revision: PageRevision): string {
  return comments.map((comment) => commentHtml(comment, revision)).join("");
}

/** `2 questions without an answer by the author`. */
export function openText(count: number): string {
  return `${plural(count, "question")} without an answer by the author`;
}

function spokenRow(row: string): string {
  const [kind, number = ""] = row.split(":");
  return kind === "hunk" ? `hunk ${Number(number) + 1}` : `${kind === "old" ? "old line" : "line"} ${number}`;
}

function authorOf({ reply, robot }: PatchComment, { posted }: PageRevision): string {
  const author = posted?.replies[reply]?.author;
  return robot ?? (author ? authorName({ author }) : "");
}

function robotMark(robots: readonly string[]): string {
  const said = `Report of ${robots.join(", ")}`;
  return `<span class="robot-mark" title="${visibleAttribute(said)}">${iconHtml("robot")}<span class="sr-only">${visibleHtml(said)}</span></span>`;
}

function commentHtml(comment: LineThread["comments"][number], revision: PageRevision): string {
  const { reply, text, quote, depth, robot, isOpen } = comment;
  const known = revision.posted?.replies[reply];
  const who = authorOf(comment, revision);
  const title = known ? visibleAttribute(formatAuthor(known.author)) : "";
  const quoted =
    comment.parent === null || quote.length === 0
      ? ""
      : `<details class="quoted"><summary>${plural(quote.length, "quoted line")}</summary><div class="message quote">${linkedText(quote.join("\n"))}</div></details>`;
  const open = isOpen ? `<span class="badge open-question" title="${openText(1)}">${iconHtml("question")} open</span>` : "";
  const whole = `<button type="button" class="icon" data-do="showReply" data-opens="${reply}" title="Show the Whole Reply" aria-label="${visibleAttribute(`Show the whole reply of ${who}`)}">${iconHtml("mail")}</button>`;
  return `<li class="comment depth-${Math.min(depth, deepest)}">
<div class="comment-head">${robot === null ? "" : robotMark([robot])}<span class="reply-author" title="${title}">${isolated(visibleHtml(who))}</span>${depth === 0 ? "" : `<span class="sr-only">, answer of depth ${depth}</span>`}${open}<span class="reply-date">${known ? timeHtml(known.date) : ""}</span>${whole}</div>
${quoted}<div class="message own">${linkedText(text)}</div>
</li>`;
}

/** The counts on the line of a patch: comments on its lines, open questions, robots' reports; empty without any. */
export function commentCountsHtml({ placed, open, robots }: CommentCounts): string {
  return [
    countHtml("comment-discussion", placed, `${plural(placed, "comment")} on lines of this patch`, ""),
    countHtml("question", open, openText(open), " open-question"),
    countHtml("robot", robots, plural(robots, "report of a robot", "reports of robots"), ""),
  ].join("");
}

function countHtml(icon: string, count: number, said: string, kind: string): string {
  if (count === 0) return "";
  return `<span class="reply-count${kind}" role="img" aria-label="${said}" title="${said}">${iconHtml(icon)}${count}</span>`;
}

/** The patches of a revision: numbered rows, each unfolding to its message, files and diffs. */
import type { PatchFile } from "../core/diff/patchFiles";
import { type Author, formatAuthor } from "../core/mail/author";
import { patchRows } from "../core/series/series";
import type { PagePatch, PageRevision } from "../shared/pageSeries";
import type { FileChangeKind, FileHunks } from "./diffView";
import { countLines, countsHtml, patchFilesHtml, pathHtml } from "./fileList";
import { escapeHtml, iconButton, iconHtml, isolated, linkedText, textButton, visibleAttribute, visibleHtml } from "./html";
import { authorName, formerTexts, markedNames, patchNumber, plural, type TrailerMark, trailerMarks, trailerNotes } from "./labels";
import { messageParts } from "./letter";
import { patchReportedHtml } from "./postingFacts";
import { goneText, repliesHtml, replyCount, replyCountHtml } from "./replyList";

/** What is unfolded: places of patches, Message-IDs of replies. */
export interface Unfolded {
  readonly open: ReadonlySet<number>;
  readonly openReplies: ReadonlySet<string>;
}

/** The section of all patches of a revision. */
export function patchesSectionHtml(revision: PageRevision, unfolded: Unfolded): string {
  const rows = patchRows(revision);
  const items = rows.map((row) => ("gap" in row ? gapHtml(row.gap, revision, unfolded) : patchHtml(row.patch, row.at, revision, unfolded)));
  const unnumbered = revision.patches.some(({ index }) => index === null) && revision.patches.length > 1;
  const note = unnumbered ? '<p class="note">The digest does not number the patches marked “–”.</p>' : "";
  const none = rows.length === 0 ? '<p class="note">No patches of this revision were found.</p>' : "";
  return `<section class="patches" aria-labelledby="heading-patches">
<h2 id="heading-patches" tabindex="-1">Patches</h2>${note}${none}
<ol class="patch-list">${items.join("")}</ol>
</section>`;
}

function gapHtml(index: number, revision: PageRevision, { openReplies }: Unfolded): string {
  const number = `${index}/${revision.expected}`;
  const replies = repliesHtml(revision, { patch: index, name: `patch ${number}`, level: 4 }, openReplies);
  return `<li><div class="gap"><span class="patch-number">${number}</span> <span class="gap-text">${visibleHtml(notSeenText(revision))}</span></div>${replies === "" ? "" : `<div class="patch-body">${replies}</div>`}</li>`;
}

/** `not found`, and the other lists of the series, where it may be. */
function notSeenText({ posted }: PageRevision): string {
  const lists = posted?.otherLists ?? [];
  return lists.length === 0 ? "not found" : `not found; probably sent to ${lists.join(", ")}`;
}

function patchHtml(patch: PagePatch, at: number, revision: PageRevision, unfolded: Unfolded): string {
  const isOpen = unfolded.open.has(at);
  const body = isOpen ? patchBodyHtml(revision, at, unfolded.openReplies) : "";
  return `<li><details class="patch" data-patch="${at}"${isOpen ? " open" : ""}>
<summary>${iconHtml("chevron-right")}<span class="patch-number">${visibleHtml(patchNumber(patch, revision))}</span><span class="patch-title"><h3>${isolated(visibleHtml(patch.title) || "(no subject)")}</h3>${otherAuthorHtml(patch.author, revision.author)}${badgesHtml(patch, revision)}</span><span class="patch-marks"><span data-marks>${patchMarksHtml(patch, revision)}</span><span data-comment-counts></span></span><span class="patch-counts">${sideHtml(patch, revision)}</span></summary>
<div class="patch-body"${isOpen ? "" : " data-undrawn"}>${body}</div>
</details></li>`;
}

/** The numbers of replies and of reviews in the line of a patch. */
export function patchMarksHtml({ index, trailers }: PagePatch, revision: PageRevision): string {
  return replyCountHtml(index === null ? 0 : replyCount(revision, index)) + markCountsHtml(trailerMarks(trailers));
}

function sideHtml(patch: PagePatch, revision: PageRevision): string {
  if (patch.files.length > 0) return countsHtml(countLines(patch.files));
  if (revision.posted)
    return patch.messageId === null ? `<span class="muted" title="${visibleAttribute(notSeenText(revision))}">not found</span>` : "";
  return patch.message === null && !patch.hasDiff ? '<span class="muted">title only</span>' : "";
}

/** The author, only when it is not the sender. */
function otherAuthorHtml(author: Author, sender: Author): string {
  const same = author.email !== "" && sender.email !== "" ? author.email === sender.email : author.name === sender.name;
  if (same || (author.name === "" && author.email === "")) return "";
  return ` <span class="patch-author" title="${visibleAttribute(formatAuthor(author))}">${isolated(visibleHtml(authorName({ author })))}</span>`;
}

function badgesHtml({ carriedFrom, mangled, index }: PagePatch, revision: PageRevision): string {
  const badges = [
    patchReportedHtml(revision, index, "line"),
    carriedFrom !== undefined && `<span class="badge" title="Not sent again with this revision">from ${visibleHtml(carriedFrom)}</span>`,
    mangled && `<span class="badge warning" title="${visibleAttribute(mangled.join("\n"))}">damaged</span>`,
  ];
  return badges
    .filter(Boolean)
    .map((badge) => ` ${badge}`)
    .join("");
}

/** The unfolded part of a patch; its diff comes later. */
export function patchBodyHtml(revision: PageRevision, at: number, openReplies: ReadonlySet<string>): string {
  const patch = revision.patches[at];
  if (!patch) return "";
  const number = patchNumber(patch, revision);
  const isMail = revision.posted !== undefined;
  const missing =
    isMail && patch.messageId === null ? `This patch was ${notSeenText(revision)}; its title is known from the cover letter.` : null;
  const noDiff = missing ?? (isMail ? "This patch has no diff." : "The digest has no diff of this patch.");
  return [
    patchActionsHtml(patch, number, patchReportedHtml(revision, patch.index, "body")),
    `<div data-message>${patchMessageHtml(revision, at)}</div>`,
    `<div data-given>${givenTrailersHtml(patch)}</div>`,
    (patch.mangled ?? [])
      .slice(0, mostSaid)
      .map((said) => `<p class="note warning">${iconHtml("warning")} ${visibleHtml(said)}</p>`)
      .join(""),
    patch.index === null ? "" : repliesHtml(revision, { patch: patch.index, name: `patch ${number}`, level: 4 }, openReplies),
    !patch.hasDiff || patch.files.length > 1 ? patchFilesHtml(patch.files, patch.hasDiff) : "",
    patch.hasDiff ? '<div class="diffs" data-diffs></div>' : `<p class="note">${visibleHtml(noDiff)}</p>`,
  ].join("");
}

/** The most warnings about one patch; a damaged one may have many. */
const mostSaid = 5;

/** The message of a patch and its notes, or why they are missing. */
export function patchMessageHtml(revision: PageRevision, at: number): string {
  const patch = revision.patches[at];
  if (!patch) return "";
  if (patch.message === null && revision.posted && patch.messageId !== null) {
    return revision.isLoading
      ? '<p class="note reading">Reading the message…</p>'
      : `<p class="note">${visibleHtml(revision.problem ?? goneText)}</p>`;
  }
  const { message, notes } = messageParts(patch.message ?? "");
  return [
    message === "" ? "" : `<div class="message">${linkedText(message)}</div>`,
    notes === null ? "" : `<section class="notes"><h4>Notes to reviewers</h4><div class="message">${linkedText(notes)}</div></section>`,
  ].join("");
}

function patchActionsHtml({ messageId, hasDiff }: PagePatch, number: string, reported: string): string {
  const diff = [
    textButton({
      does: "openPatchDiff",
      icon: "diff-multiple",
      label: "Open in Diff Editor",
      spoken: `Open in Diff Editor: patch ${number}`,
    }),
    textButton({ does: "copyPatch", icon: "copy", label: "Copy Patch", spoken: `Copy Patch ${number}` }),
  ];
  const id = textButton({ does: "copyMessageId", icon: "mail", label: "Copy Message-ID", spoken: `Copy Message-ID of patch ${number}` });
  const archive = textButton({
    does: "openArchive",
    icon: "link-external",
    label: "List Archive",
    spoken: `List Archive: open patch ${number}`,
  });
  return `<div class="patch-actions">${[...(hasDiff ? diff : []), ...(messageId === null ? [] : [id]), archive, reported].join("")}</div>`;
}

const changeNames: Record<FileChangeKind, string> = {
  changed: "",
  new: "new file",
  deleted: "deleted",
  renamed: "renamed",
  copied: "copied",
};

/** The diffs of a patch before they are drawn: a heading for each file and an empty place of about the right height. */
export function fileDiffsHtml(files: ReadonlyArray<{ readonly diff: PatchFile; readonly read: FileHunks }>): string {
  if (files.length === 0) return '<p class="note">The diff of this patch is empty.</p>';
  return files.map(({ diff, read }, at) => fileDiffHtml(diff, read, at)).join("");
}

function fileDiffHtml(diff: PatchFile, read: FileHunks, at: number): string {
  const badges = [changeNames[read.change], read.binary ? "binary" : "", read.mode ? `mode ${read.mode.join(" → ")}` : ""].filter(Boolean);
  const lines = read.hunks.reduce((sum, { lines }) => sum + lines.length, 0);
  const isEmpty = lines === 0;
  const said = read.binary ? "Binary file not shown." : "No lines changed.";
  // Sizes in doubling steps are exact enough, since the browser keeps the scroll position when something is drawn above the screen.
  const size = Math.min(12, Math.ceil(Math.log2(Math.max(1, lines))));
  return `<section class="file" data-file="${at}" data-path="${escapeHtml(diff.path)}">
<div class="file-head"><h4>${pathHtml(diff, "openFile")}</h4>${badges.map((badge) => `<span class="badge">${visibleHtml(badge)}</span>`).join("")}${countsHtml(read)}
${iconButton({ does: "openFileDiff", icon: "diff", label: "Open in Diff Editor", spoken: `Open in Diff Editor: ${diff.path}` })}</div>
<div class="file-diff${isEmpty ? "" : ` size-${size}`}"${isEmpty ? "" : " data-undrawn"}>${isEmpty ? `<p class="note">${said}</p>` : ""}</div>
</section>`;
}

/** A tooltip has room for so many names. */
const mostNamed = 20;

/** `2R 1A` as chips, with the full text as tooltip and for screen readers. */
export function markCountsHtml(marks: readonly TrailerMark[]): string {
  return marks
    .map(({ letter, key, people }) => {
      const said = visibleAttribute(`${people.length} ${key}: ${markedNames(people, mostNamed)}`);
      return `<span class="mark" role="img" aria-label="${said}" title="${said}">${people.length}${letter}</span>`;
    })
    .join("");
}

/** Longer lists of trailers begin folded below this line. */
const mostGiven = 40;

/** The trailers that are not in the patch itself, one a line, and the reviews of what it was; those in the patch are in its message. */
export function givenTrailersHtml({ trailers, former = [] }: Pick<PagePatch, "trailers" | "former">): string {
  const given = trailers.filter(({ via }) => via !== "patch");
  if (given.length === 0 && former.length === 0) return "";
  const rows = given.map(({ revision, ...trailer }) => {
    const carried =
      revision === undefined
        ? ""
        : ` <span class="badge" title="Given to ${visibleAttribute(revision)}; the patch makes the same change">from ${visibleHtml(revision)}</span>`;
    return `<li>${visibleHtml(`${trailer.key}: ${trailer.value}`)}${carried} <span class="muted">${trailerNotes(trailer).join(", ")}</span></li>`;
  });
  const past = formerTexts(former).map((text) => `<li class="former">${iconHtml("history")} ${escapeHtml(text)}</li>`);
  const rest = rows.slice(mostGiven);
  const more =
    rest.length === 0
      ? ""
      : `<details class="rest"><summary>${plural(rest.length, "more trailer")}</summary><ul class="given-trailers">${rest.join("")}</ul></details>`;
  return `<ul class="given-trailers" aria-label="Trailers from replies and the cover letter">${[...rows.slice(0, mostGiven), ...past].join("")}</ul>${more}`;
}

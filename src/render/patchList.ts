/** The patches of a revision: numbered places, each folding out to its message, files and diffs. */
import { formatAuthor, type Author } from "../core/series";
import { iconHtml, isolated, textButton } from "./controls";
import { escapeHtml, visibleAttribute, visibleHtml } from "./escape";
import { countLines, countsHtml, patchFilesHtml, pathHtml } from "./fileList";
import type { FileChange, FileHunks } from "./hunks";
import { authorName, patchNumber } from "./labels";
import { messageParts } from "./letter";
import { linkedText } from "./links";
import { patchSlots, type PageFileDiff, type PagePatch, type PageRevision } from "./pageSeries";
import { iconButton } from "./controls";
import { givenTrailersHtml, markCountsHtml, trailerMarks } from "./trailerMarks";

/** The section of all patches of a revision. */
export function patchesSectionHtml(revision: PageRevision, open: ReadonlySet<number>): string {
  const slots = patchSlots(revision);
  const items = slots.map((slot) =>
    "gap" in slot ? gapHtml(slot.gap, revision) : patchHtml(slot.patch, slot.at, revision, open.has(slot.at)),
  );
  const unnumbered = revision.patches.some(({ index }) => index === null) && revision.patches.length > 1;
  const note = unnumbered ? '<p class="note">The digest does not tell the numbers of the patches marked “–”.</p>' : "";
  const none = slots.length === 0 ? '<p class="note">No patch of this revision was seen.</p>' : "";
  return `<section class="patches" aria-labelledby="heading-patches">
<h2 id="heading-patches" tabindex="-1">Patches</h2>${note}${none}
<ol class="patch-list">${items.join("")}</ol>
</section>`;
}

function gapHtml(index: number, { expected }: PageRevision): string {
  return `<li class="gap"><span class="patch-number">${index}/${expected}</span> <span class="gap-text">not seen</span></li>`;
}

function patchHtml(patch: PagePatch, at: number, revision: PageRevision, isOpen: boolean): string {
  const number = patchNumber(patch, revision);
  const counts = countLines(patch.files);
  const titleOnly = patch.message === null && patch.diffLines === null && patch.files.length === 0;
  const side = titleOnly ? '<span class="muted">title only</span>' : patch.files.length > 0 ? countsHtml(counts) : "";
  return `<li><details class="patch" data-patch="${at}"${isOpen ? " open" : ""}>
<summary>${iconHtml("chevron-right")}<span class="patch-number">${visibleHtml(number)}</span><span class="patch-title"><h3>${isolated(visibleHtml(patch.title) || "(no subject)")}</h3>${otherAuthorHtml(patch.author, revision.author)}</span><span class="patch-marks">${markCountsHtml(trailerMarks(patch.trailers))}</span><span class="patch-counts">${side}</span></summary>
<div class="patch-body">${patchBodyHtml(patch, number)}</div>
</details></li>`;
}

/** Only an author other than the sender is worth a word on every line. */
function otherAuthorHtml(author: Author, sender: Author): string {
  const same = author.email !== "" && sender.email !== "" ? author.email === sender.email : author.name === sender.name;
  if (same || (author.name === "" && author.email === "")) return "";
  return ` <span class="patch-author" title="${visibleAttribute(formatAuthor(author))}">${isolated(visibleHtml(authorName({ author })))}</span>`;
}

function patchBodyHtml(patch: PagePatch, number: string): string {
  const { message, notes } = messageParts(patch.message ?? "");
  const noDiff =
    patch.diffLines === null ? '<p class="note">The digest has no diff of this patch.</p>' : '<div class="diffs" data-diffs></div>';
  return [
    patchActionsHtml(patch, number),
    message === "" ? "" : `<div class="message">${linkedText(message)}</div>`,
    notes === null ? "" : `<section class="notes"><h4>Notes to reviewers</h4><div class="message">${linkedText(notes)}</div></section>`,
    givenTrailersHtml(patch.trailers),
    patch.diffLines === null || patch.files.length > 1 ? patchFilesHtml(patch.files, patch.diffLines !== null) : "",
    noDiff,
  ].join("");
}

function patchActionsHtml({ messageId, diffLines }: PagePatch, number: string): string {
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
  return `<div class="patch-actions">${[...(diffLines === null ? [] : diff), ...(messageId === null ? [] : [id]), archive].join("")}</div>`;
}

const changeNames: Record<FileChange, string> = { changed: "", new: "new file", deleted: "deleted", renamed: "renamed", copied: "copied" };

/** The diffs of a patch before any is drawn: a heading for each file and an empty place of about the right height. */
export function fileDiffsHtml(files: ReadonlyArray<{ readonly diff: PageFileDiff; readonly read: FileHunks }>): string {
  if (files.length === 0) return '<p class="note">The diff of this patch is empty.</p>';
  return files.map(({ diff, read }, at) => fileDiffHtml(diff, read, at)).join("");
}

function fileDiffHtml(diff: PageFileDiff, read: FileHunks, at: number): string {
  const badges = [changeNames[read.change], read.binary ? "binary" : "", read.mode ? `mode ${read.mode.join(" → ")}` : ""].filter(Boolean);
  const lines = read.hunks.reduce((sum, { lines }) => sum + lines.length, 0);
  const isEmpty = lines === 0;
  const said = read.binary ? "A binary file; its contents are not shown." : "No lines change.";
  // Steps of doubling are near enough: what is drawn above the screen is held in place by the browser.
  const size = Math.min(12, Math.ceil(Math.log2(Math.max(1, lines))));
  return `<section class="file" data-file="${at}" data-path="${escapeHtml(diff.path)}">
<div class="file-head"><h4>${pathHtml(diff, "openFile")}</h4>${badges.map((badge) => `<span class="badge">${visibleHtml(badge)}</span>`).join("")}${countsHtml(read)}
${iconButton({ does: "openFileDiff", icon: "diff", label: "Open in Diff Editor", spoken: `Open in Diff Editor: ${diff.path}` })}</div>
<div class="file-diff${isEmpty ? "" : ` size-${size}`}"${isEmpty ? "" : " data-undrawn"}>${isEmpty ? `<p class="note">${said}</p>` : ""}</div>
</section>`;
}

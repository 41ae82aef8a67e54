/** The script of the series page: takes the host's messages, and answers keys and clicks. view.ts knows what is shown. */
import { hunkPatch } from "../render/diffView";
import { patchCount, revisionName } from "../render/labels";
import type { HostMessage, PageAction, PageMessage } from "../shared/protocol";
import { showClashes } from "./clashes";
import { receiveCompared } from "./compared";
import type { LoadedFile } from "./diffLoader";
import { announce, currentPatch, element, goToFile, goToPosition, page, patchElements, patchPlaceOf, readPosition } from "./elements";
import { ask, isCurrent } from "./host";
import { actionOfKey, isFindKey } from "./keys";
import { proofAsked, showProof, showRelated } from "./related";
import { repliesOf } from "./replies";
import {
  comments,
  drawPatchBody,
  goToPatch,
  goToReply,
  loader,
  receiveDiff,
  receiveSeries,
  receiveReviews,
  receiveTexts,
  replies,
  saveSoon,
  series,
  shownPlace,
  shownRevision,
  showPresent,
  showProblem,
  showRevision,
  showStates,
  toggled,
  toggleDiffLayout,
  unfoldBody,
} from "./view";

function step(by: 1 | -1): void {
  const patches = patchElements(page);
  const current = currentPatch(page);
  const at = current ? patches.indexOf(current) + by : by > 0 ? 0 : -1;
  const next = patches[at];
  if (next) goToPatch(patchPlaceOf(next));
  else announce(by > 0 ? "No next patch" : "No previous patch");
}

function selectRevision(at: number): void {
  const chosen = series?.revisions[at];
  if (at === shownPlace) return;
  if (!chosen) {
    announce(at > shownPlace ? "No later revision" : "No earlier revision in your sources");
    return;
  }
  showRevision(at, null);
  page.querySelector<HTMLElement>(".revision[aria-current]")?.focus({ preventScroll: true });
  announce(`${revisionName(chosen)}, ${patchCount(chosen)}`);
}

function toggleAll(): void {
  const patches = patchElements(page);
  const unfold = patches.some((patch) => !patch.open);
  const position = readPosition(page);
  for (const patch of patches) {
    if (unfold && drawPatchBody(patch)) loader.watchPatch(patch, false);
    patch.open = unfold;
  }
  if (unfold) loader.drawAll();
  goToPosition(page, { patch: position.patch, offset: position.patch === null || unfold ? position.offset : Math.min(0, position.offset) });
  announce(unfold ? "All patches unfolded" : "All patches folded");
}

function toggleLayout(): void {
  announce(toggleDiffLayout() === "side" ? "Diffs side by side" : "Diffs line by line");
}

function togglePatch(): void {
  const patch = currentPatch(page);
  if (patch) patch.open = !patch.open;
}

/** Unfolds the replies to the patch in view, or to the cover letter above the patches, or those of the section that was clicked. */
function toggleRepliesOf(control: HTMLElement | null): void {
  const patch = control ? null : currentPatch(page);
  if (patch && !patch.open) {
    patch.open = true;
    unfoldBody(patch);
  }
  const around = control?.closest<HTMLElement>(".replies") ?? repliesOf(patch);
  const isUnfolded = around ? replies.toggle(around) : null;
  if (isUnfolded === null) announce(patch ? "No replies to this patch" : "No replies to the cover letter");
  else announce(isUnfolded ? "Replies expanded" : "Replies collapsed");
}

/** The find box finds only what is drawn. */
function drawForFind(): void {
  loader.drawAll();
  replies.drawAll();
}

const actions: Record<PageAction, () => void> = {
  nextPatch: () => step(1),
  previousPatch: () => step(-1),
  nextRevision: () => selectRevision(shownPlace + 1),
  previousRevision: () => selectRevision(shownPlace - 1),
  togglePatch,
  toggleAll,
  toggleReplies: () => toggleRepliesOf(null),
  toggleLayout,
  find: () => {
    drawForFind();
    ask({ type: "find" });
  },
  showKeys: () => page.querySelector<HTMLDialogElement>("dialog.keys")?.showModal(),
};

/** Handles clicks that only concern the page; other clicks ask something of the host. */
const pageClicks: Readonly<Record<string, (control: HTMLElement) => void>> = {
  ...actions,
  selectRevision: (control) => selectRevision(Number(control.dataset["revision"])),
  skipToPatches: () => element("heading-patches").focus(),
  showMore: (control) => control.parentElement && loader.showMore(control.parentElement),
  goToFile,
  moreComments: (control) => comments.showMore(control),
  showReply: ({ dataset }) => goToReply(Number(dataset["opens"])),
  toggleReplies: toggleRepliesOf,
};

function click(target: Element): void {
  const control = target.closest<HTMLElement>("[data-do]");
  if (control?.getAttribute("aria-disabled") === "true") {
    announce(control.title);
    return;
  }
  const onPage = pageClicks[control?.dataset["do"] ?? ""];
  if (control && onPage) {
    onPage(control);
    return;
  }
  const patch = target.closest<HTMLElement>("details.patch");
  const message = messageOfClick(target, shownPlace, patch ? loader.files(patchPlaceOf(patch)) : []);
  if (!message) return;
  ask(message);
  if (message.type === "copy") announce("Copied");
  if (message.type === "proveConflict") proofAsked(message.id);
}

function receive(message: HostMessage): void {
  switch (message.type) {
    case "series":
      receiveSeries(message);
      break;
    case "texts":
      if (isCurrent(message)) receiveTexts(message);
      break;
    case "reviews":
      if (isCurrent(message)) receiveReviews(message);
      break;
    case "comparison":
      if (isCurrent(message) && series) receiveCompared(message.matrix, message.problem, series);
      break;
    case "diff":
      if (isCurrent(message) && message.revision === shownPlace) receiveDiff(message);
      break;
    case "replies":
      if (isCurrent(message) && message.revision === shownPlace) replies.deliver(message.replies, message.problem);
      break;
    case "comments":
      if (isCurrent(message) && message.revision === shownPlace) comments.deliver(message.patch, message.comments, message.problem);
      break;
    case "commentCounts":
      if (isCurrent(message) && message.revision === shownPlace) comments.showCounts(message.counts);
      break;
    case "files":
      showPresent(message.present);
      break;
    case "applies":
      showStates(message);
      break;
    case "related":
      if (isCurrent(message)) showRelated(message.related);
      break;
    case "clashes":
      showClashes(message.clashes);
      break;
    case "proof":
      if (isCurrent(message)) showProof(message.id, message.proof);
      break;
    case "problem":
      showProblem(message.message);
      break;
    case "run":
      if (series) actions[message.action]();
      break;
  }
}

window.addEventListener("message", (event: MessageEvent<HostMessage>) => receive(event.data));
document.addEventListener("click", (event) => {
  if (!(event.target instanceof Element)) return;
  // A click on something in the line of a patch does not unfold the patch too.
  if (event.target.closest("summary [data-do]")) event.preventDefault();
  click(event.target);
});
document.addEventListener("keydown", (event) => {
  if (isFindKey(event)) drawForFind();
  const target = event.target;
  // Links have no address of their own, so Enter alone does not click them.
  if (event.key === "Enter" && target instanceof HTMLElement && target.matches("a.link")) click(target);
  const action = actionOfKey(event);
  if (!action || !series) return;
  event.preventDefault();
  actions[action]();
});
// A person who points at a patch is about to unfold it.
document.addEventListener("pointerover", ({ target }) => {
  const patch = target instanceof Element ? target.closest<HTMLElement>("details.patch:not([open])") : null;
  if (patch && shownRevision()?.patches[patchPlaceOf(patch)]?.hasDiff) loader.prepare(patchPlaceOf(patch));
});
document.addEventListener("toggle", ({ target }) => target instanceof HTMLDetailsElement && toggled(target), true);
window.addEventListener("scroll", saveSoon);
ask({ type: "ready" });

// Turns a click into a request to the host.

/**
 * @param revision the place of the revision shown
 * @param files the files of the patch that was clicked, as far as its diff has come
 * @returns null if the click asks nothing
 */
function messageOfClick(target: Element, revision: number, files: readonly LoadedFile[]): PageMessage | null {
  const control = target.closest<HTMLElement>("[data-do]");
  const patch = placeAround(target, "patch");
  const file = files[placeAround(target, "file") ?? -1];
  const path = control?.dataset["path"] ?? file?.diff.path ?? null;
  const line = target.closest<HTMLElement>(".number[data-line]");
  if (line) return file && isNewNumber(line) ? { type: "openFile", path: file.diff.path, line: Number(line.dataset["line"]) } : null;
  switch (control?.dataset["do"]) {
    case "openLink":
      return { type: "openLink", url: control.dataset["url"] ?? "" };
    case "openFile":
      return path === null ? null : { type: "openFile", path, line: file ? firstChangedLine(file) : null };
    case "openSeries":
      return { type: "openSeries", id: control.dataset["series"] ?? "" };
    case "proveConflict":
      return { type: "proveConflict", id: control.dataset["series"] ?? "" };
    case "openConflict":
      return { type: "openConflict", id: control.dataset["series"] ?? "" };
    case "showCommit":
      return { type: "showCommit", commit: control.dataset["commit"] ?? "" };
    case "openChange":
    case "openLetterChange":
      return messageOfChange(control.dataset);
    case "openArchive":
      return { type: "openArchive", revision, patch };
    case "openReply": {
      const reply = placeAround(target, "reply");
      return reply === null ? null : { type: "openReply", revision, reply };
    }
    case "copyLink":
      return { type: "copy", what: "link", revision, patch };
    case "copyB4":
      return { type: "copy", what: "b4", revision, patch };
    case "copyMessageId":
      return { type: "copy", what: "messageId", revision, patch };
    case "copyPatch":
      return patch === null ? null : { type: "copy", what: "patch", revision, patch };
    case "copyHunk": {
      const hunk = file?.read.hunks[Number(control.dataset["hunk"])];
      return file && hunk ? { type: "copy", what: "hunk", text: hunkPatch(file.diff, file.read.change, hunk) } : null;
    }
    case "openPatchDiff":
      return patch === null ? null : { type: "openDiff", revision, patch, path: null };
    case "openFileDiff":
      return patch === null ? null : { type: "openDiff", revision, patch, path };
    default:
      return null;
  }
}

/** What changed in a revision, against the one before it. */
function messageOfChange({ do: what, revision, before, after }: DOMStringMap): PageMessage {
  const to = Number(revision);
  const sides = { from: to - 1, to };
  const places = (text = ""): number[] => text.split(" ").map(Number);
  return what === "openLetterChange"
    ? { type: "openLetterChange", ...sides }
    : { type: "openChange", ...sides, before: places(before), after: places(after) };
}

function placeAround(target: Element, kind: "patch" | "file" | "reply"): number | null {
  const place = target.closest<HTMLElement>(`[data-${kind}]`)?.dataset[kind];
  return place === undefined ? null : Number(place);
}

/** The line numbers of the old file lead nowhere: the tree has the new file at best. */
function isNewNumber(cell: HTMLElement): boolean {
  const row = cell.parentElement;
  if (!row || row.classList.contains("deleted")) return false;
  const numbers = [...row.querySelectorAll(":scope > .number")];
  return numbers.indexOf(cell) === numbers.length - 1 && cell.closest(".side:first-child") === null;
}

function firstChangedLine({ read }: LoadedFile): number | null {
  const hunk = read.hunks[0];
  if (!hunk) return null;
  const before = hunk.lines.findIndex((line) => line.startsWith("+") || line.startsWith("-"));
  return Math.max(1, hunk.newStart + Math.max(0, before));
}

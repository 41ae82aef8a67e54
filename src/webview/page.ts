/** The script of the series page: takes what the host sends, answers keys and clicks. What is shown is in view.ts. */
import { patchCount, revisionName } from "../render/labels";
import { messageOfClick } from "./clicks";
import { announce, element, page } from "./elements";
import { ask, isCurrent } from "./host";
import { actionOfKey, isFindKey } from "./keys";
import { goToFile } from "./pageParts";
import { currentPatch, goToPosition, patchElements, placeOf, readPosition } from "./position";
import type { HostMessage, PageAction } from "./protocol";
import { proofAsked, showProof, showRelated } from "./related";
import { repliesOf } from "./replies";
import {
  drawPatchBody,
  goToPatch,
  goToReply,
  loader,
  place,
  receiveDiff,
  receiveTexts,
  replies,
  revision,
  saveSoon,
  series,
  showApplies,
  showPresent,
  showProblem,
  showRevision,
  showSeries,
  toggled,
  toggleDiffLayout,
  unfoldBody,
} from "./view";

function step(by: 1 | -1): void {
  const patches = patchElements(page);
  const current = currentPatch(page);
  const at = current ? patches.indexOf(current) + by : by > 0 ? 0 : -1;
  const next = patches[at];
  if (next) goToPatch(placeOf(next));
  else announce(by > 0 ? "No further patch" : "No earlier patch");
}

function selectRevision(at: number): void {
  const chosen = series?.revisions[at];
  if (at === place) return;
  if (!chosen) {
    announce(at > place ? "No later revision" : "No earlier revision in your sources");
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

/** Unfolds the replies to the patch in view, or to the cover letter above the patches; or those of a section clicked in. */
function toggleRepliesOf(control: HTMLElement | null): void {
  const patch = control ? null : currentPatch(page);
  if (patch && !patch.open) {
    patch.open = true;
    unfoldBody(patch);
  }
  const around = control?.closest<HTMLElement>(".replies") ?? repliesOf(patch);
  const isUnfolded = around ? replies.toggle(around) : null;
  if (isUnfolded === null) announce(patch ? "No replies to this patch" : "No replies to the cover letter");
  else announce(isUnfolded ? "Replies unfolded" : "Replies folded");
}

const actions: Record<PageAction, () => void> = {
  nextPatch: () => step(1),
  previousPatch: () => step(-1),
  nextRevision: () => selectRevision(place + 1),
  previousRevision: () => selectRevision(place - 1),
  togglePatch,
  toggleAll,
  toggleReplies: () => toggleRepliesOf(null),
  toggleLayout,
  find: () => {
    loader.drawAll();
    ask({ type: "find" });
  },
  showKeys: () => page.querySelector<HTMLDialogElement>("dialog.keys")?.showModal(),
};

/** Clicks that only concern the page; the others ask something of the host. */
const pageClicks: Readonly<Record<string, (control: HTMLElement) => void>> = {
  ...actions,
  selectRevision: (control) => selectRevision(Number(control.dataset["revision"])),
  skipToPatches: () => element("heading-patches").focus(),
  showMore: (control) => control.parentElement && loader.showMore(control.parentElement),
  goToFile,
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
  const message = messageOfClick(target, place, patch ? loader.files(placeOf(patch)) : []);
  if (!message) return;
  ask(message);
  if (message.type === "copy") announce("Copied");
  if (message.type === "proveConflict") proofAsked(message.id);
}

function receive(message: HostMessage): void {
  switch (message.type) {
    case "series":
      showSeries(message);
      break;
    case "texts":
      if (isCurrent(message)) receiveTexts(message);
      break;
    case "diff":
      if (isCurrent(message) && message.revision === place) receiveDiff(message);
      break;
    case "replies":
      if (isCurrent(message) && message.revision === place) replies.deliver(message.replies, message.problem);
      break;
    case "files":
      showPresent(message.present);
      break;
    case "applies":
      showApplies(message.applies);
      break;
    case "related":
      if (isCurrent(message)) showRelated(message.related);
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
  // What is clicked on the line of a patch does not unfold it too.
  if (event.target.closest("summary [data-do]")) event.preventDefault();
  click(event.target);
});
document.addEventListener("keydown", (event) => {
  if (isFindKey(event)) loader.drawAll();
  const target = event.target;
  // Links have no address of their own, so Enter is not a click on them by itself.
  if (event.key === "Enter" && target instanceof HTMLElement && target.matches("a.link")) click(target);
  const action = actionOfKey(event);
  if (!action || !series) return;
  event.preventDefault();
  actions[action]();
});
// Whoever points at a patch is about to unfold it.
document.addEventListener("pointerover", ({ target }) => {
  const patch = target instanceof Element ? target.closest<HTMLElement>("details.patch:not([open])") : null;
  if (patch && revision()?.patches[placeOf(patch)]?.hasDiff) loader.prepare(placeOf(patch));
});
document.addEventListener("toggle", ({ target }) => target instanceof HTMLDetailsElement && toggled(target), true);
window.addEventListener("scroll", saveSoon);
ask({ type: "ready" });

/** The script of the series page: draws what the host sends, keeps what the person looks at, answers keys and clicks. */
import { visibleText } from "../render/escape";
import { patchCount, revisionName } from "../render/labels";
import type { PageRevision, PageSeries } from "../render/pageSeries";
import { problemHtml, seriesHtml } from "../render/seriesPage";
import { messageOfClick } from "./clicks";
import { DiffLoader } from "./diffLoader";
import { actionOfKey, isFindKey, keysDialogHtml } from "./keys";
import { currentPatch, goToPosition, patchElements, placeOf, readPosition, type Position } from "./position";
import { goToFile, markPresent, watchHead } from "./pageParts";
import { parsePageState, type HostMessage, type PageAction, type PageMessage, type PageState } from "./protocol";

declare function acquireVsCodeApi(): { postMessage(message: PageMessage): void; getState(): unknown; setState(state: PageState): void };

const vscode = acquireVsCodeApi();
const page = element("page");
const announcer = element("announcer");

let series: PageSeries | null = null;
let place = 0;
let layout: PageState["layout"] = "line";
let present: Readonly<Record<string, boolean>> = {};
let restoring: Position | null = null;
const open = new Set<number>();
const folded = new Set<string>();
const loader = new DiffLoader((patch) => vscode.postMessage({ type: "requestDiff", revision: place, patch }));

function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found;
}

function announce(text: string): void {
  announcer.textContent = visibleText(text);
}

function revision(): PageRevision | undefined {
  return series?.revisions[place];
}

/** What tells a revision from the others when the series is sent again with more of them. */
function revisionKey({ messageId, version, title }: PageRevision): string {
  return messageId ?? `v${version} ${title}`;
}

/** Takes a series: what was looked at before stays, also over a reload; else the newest revision from its top. */
function showSeries(message: Extract<HostMessage, { type: "series" }>): void {
  if (series && JSON.stringify(series) === JSON.stringify(message.series)) {
    // Sources are read again often and seldom tell anything new; what one reads must not be drawn again under one's eyes.
    goToTarget(message);
    return;
  }
  const state = parsePageState(vscode.getState());
  const focusedPatch = document.activeElement?.closest<HTMLElement>("details.patch");
  const kept = state?.seriesId === message.series.id ? state : null;
  series = message.series;
  const newest = Math.max(0, series.revisions.length - 1);
  const keptPlace = kept ? series.revisions.findIndex((one) => revisionKey(one) === kept.revision) : -1;
  const wanted = message.revision ?? (keptPlace >= 0 ? keptPlace : newest);
  const isKept = kept !== null && wanted === keptPlace;
  layout = state?.layout ?? "line";
  showRevision(Math.min(wanted, newest), isKept ? kept : null);
  if (isKept && focusedPatch) summaryOf(placeOf(focusedPatch))?.focus({ preventScroll: true });
  if (message.patch !== null) goToPatch(message.patch);
}

/** Goes where the extension says, in a series that is already shown. */
function goToTarget({ revision: target, patch }: Extract<HostMessage, { type: "series" }>): void {
  if (target !== null && target !== place && series?.revisions[target]) showRevision(target, null);
  if (patch !== null) goToPatch(patch);
}

function summaryOf(patch: number): HTMLElement | null {
  return page.querySelector<HTMLElement>(`details.patch[data-patch="${patch}"] > summary`);
}

function showRevision(at: number, kept: PageState | null): void {
  if (!series) return;
  place = at;
  open.clear();
  folded.clear();
  for (const patch of kept?.open ?? []) open.add(patch);
  for (const name of kept?.folded ?? []) folded.add(name);
  // A lone patch is what one came for.
  if (!kept && revision()?.patches.length === 1) open.add(0);
  page.innerHTML = seriesHtml({ series, revision: place, layout, open, folded, now: Date.now() }) + keysDialogHtml();
  loader.watch(page, layout);
  markPresent(page, present);
  watchHead(page);
  vscode.postMessage({ type: "selectRevision", revision: place });
  restore(kept ?? { patch: null, offset: 0 });
  saveState();
}

/** Goes to a place; inside a patch only when its diff is there, since the place has no height before. */
function restore(position: Position): void {
  const hasDiff = position.patch !== null && open.has(position.patch) && revision()?.patches[position.patch]?.diffLines != null;
  restoring = hasDiff ? position : null;
  if (hasDiff) loader.drawPatch(position.patch);
  goToPosition(page, position);
}

function saveState(): void {
  const shown = revision();
  if (!series || !shown) return;
  const position = restoring ?? readPosition(page);
  vscode.setState({ seriesId: series.id, revision: revisionKey(shown), layout, open: [...open], folded: [...folded], ...position });
}

/** Moves focus to a patch and says which it is. */
function goToPatch(at: number): void {
  const summary = summaryOf(at);
  if (!summary) return;
  summary.scrollIntoView({ block: "start", behavior: "instant" });
  summary.focus({ preventScroll: true });
  const shown = revision();
  const title = shown?.patches[at]?.title ?? "";
  const number = shown?.patches[at]?.index;
  announce(number == null ? title : `Patch ${number} of ${shown?.expected ?? 0}: ${title}`);
}

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
  for (const patch of patches) patch.open = unfold;
  if (unfold) loader.drawAll();
  goToPosition(page, { patch: position.patch, offset: position.patch === null || unfold ? position.offset : Math.min(0, position.offset) });
  announce(unfold ? "All patches unfolded" : "All patches folded");
}

function toggleLayout(): void {
  layout = layout === "line" ? "side" : "line";
  const position = readPosition(page);
  page.querySelector("[data-do='toggleLayout']")?.setAttribute("aria-pressed", String(layout === "side"));
  loader.setLayout(layout);
  restore(position);
  announce(layout === "side" ? "Diffs side by side" : "Diffs line by line");
  saveState();
}

function togglePatch(): void {
  const patch = currentPatch(page);
  if (patch) patch.open = !patch.open;
}

const actions: Record<PageAction, () => void> = {
  nextPatch: () => step(1),
  previousPatch: () => step(-1),
  nextRevision: () => selectRevision(place + 1),
  previousRevision: () => selectRevision(place - 1),
  togglePatch,
  toggleAll,
  toggleLayout,
  find: () => {
    loader.drawAll();
    vscode.postMessage({ type: "find" });
  },
  showKeys: () => page.querySelector<HTMLDialogElement>("dialog.keys")?.showModal(),
};

/** Clicks that only concern the page; the others ask something of the host. */
const pageClicks: Readonly<Record<string, (control: HTMLElement) => void>> = {
  selectRevision: (control) => selectRevision(Number(control.dataset["revision"])),
  skipToPatches: () => element("heading-patches").focus(),
  showMore: (control) => control.parentElement && loader.showMore(control.parentElement),
  goToFile,
  ...actions,
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
  vscode.postMessage(message);
  if (message.type === "copy") announce("Copied");
}

/** A diff that came: drawn, and gone into where the person was before a reload. */
function receiveDiff({ patch, files, problem }: Extract<HostMessage, { type: "diff" }>): void {
  loader.deliver(patch, files, problem);
  markPresent(page, present);
  if (restoring?.patch !== patch) return;
  const position = restoring;
  restoring = null;
  loader.drawPatch(patch);
  goToPosition(page, position);
}

function receive(message: HostMessage): void {
  switch (message.type) {
    case "series":
      showSeries(message);
      break;
    case "diff":
      if (message.revision === place) receiveDiff(message);
      break;
    case "files":
      present = message.present;
      markPresent(page, present);
      break;
    case "problem":
      series = null;
      page.innerHTML = problemHtml(message.message);
      break;
    case "run":
      if (series) actions[message.action]();
      break;
  }
}

window.addEventListener("message", (event: MessageEvent<HostMessage>) => receive(event.data));
document.addEventListener("click", (event) => {
  if (event.target instanceof Element) click(event.target);
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
document.addEventListener(
  "toggle",
  ({ target }) => {
    if (!(target instanceof HTMLDetailsElement)) return;
    const { patch, section } = target.dataset;
    if (patch !== undefined) open[target.open ? "add" : "delete"](Number(patch));
    if (section !== undefined) folded[target.open ? "delete" : "add"](section);
    saveState();
  },
  true,
);
let saving = 0;
window.addEventListener("scroll", () => {
  clearTimeout(saving);
  saving = window.setTimeout(saveState, 150);
});
vscode.postMessage({ type: "ready" });

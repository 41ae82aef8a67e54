/** Which part of a series the page shows, and the reader's place in it: it is drawn, kept over a reload, and filled as more arrives. */
import { appliesHtml } from "../render/applies";
import { authorName } from "../render/labels";
import { landingHtml } from "../render/landing";
import { letterHtml } from "../render/letter";
import { givenTrailersHtml, patchBodyHtml, patchMarksHtml, patchMessageHtml } from "../render/patchList";
import { factsHtml, problemHtml, seriesHtml } from "../render/seriesPage";
import { type PageRevision, type PageSeries, revisionWithReviews, revisionWithTexts } from "../shared/pageSeries";
import type { HostMessage, PageApplies, PageLanding, PageState } from "../shared/protocol";
import { CommentLoader } from "./comments";
import { DiffLoader } from "./diffLoader";
import { announce, goToPosition, markPresent, page, patchPlaceOf, type Position, readPosition, summaryOf, watchHead } from "./elements";
import { forgetClashes, showClashes } from "./clashes";
import { forgetCompared, showCompared, toggledCompared } from "./compared";
import { ask, enterState, isCurrent, keepState, keptState } from "./host";
import { keysDialogHtml } from "./keys";
import { forgetRelated, showRelated } from "./related";
import { labelToggle, ReplyLoader } from "./replies";

/** The series shown; null if there is none to show. */
export let series: PageSeries | null = null;
/** The place of the revision shown. */
export let shownPlace = 0;
let layout: PageState["layout"] = "line";
let present: Readonly<Record<string, boolean>> = {};
let applies: PageApplies | null = null;
let landing: PageLanding | null = null;
/** The section on the page as it was written last. */
let landingShown = "";
let restoring: Position | null = null;
/** A place in the cover letter, which has no height before its text arrives. */
let beforeTexts: Position | null = null;
const pageTop: Position = { patch: null, offset: 0 };
const open = new Set<number>();
const openReplies = new Set<string>();
const folded = new Set<string>();
export const comments = new CommentLoader((patch) => ask({ type: "requestComments", revision: shownPlace, patch }));
export const loader = new DiffLoader(
  (patch) => {
    ask({ type: "requestDiff", revision: shownPlace, patch });
    comments.want(patch);
  },
  drawPatchBody,
  (place) => comments.draw(place),
);
export const replies = new ReplyLoader((wanted) => ask({ type: "requestReplies", revision: shownPlace, replies: wanted }), openReplies);

/** The revision shown. */
export function shownRevision(): PageRevision | undefined {
  return series?.revisions[shownPlace];
}

/** Identifies a revision when the series is sent again with more revisions. */
function revisionTag({ messageId, version, title }: PageRevision): string {
  return messageId ?? `v${version} ${title}`;
}

/** Takes a series. The page stays at its place, also over a reload; a new page shows the newest revision from its top. */
export function receiveSeries(message: Extract<HostMessage, { type: "series" }>): void {
  if (series && isCurrent(message)) {
    // Sources are read often and seldom have anything new; text must not be redrawn while somebody reads it.
    goToTarget(message);
    return;
  }
  if (series) saveState();
  const state = keptState();
  const focusedPatch = document.activeElement?.closest<HTMLElement>("details.patch");
  const kept = state?.seriesId === message.series.id ? state : null;
  forgetRelated(series?.id !== message.series.id);
  forgetClashes();
  forgetCompared(series?.id !== message.series.id);
  series = message.series;
  enterState(message.state);
  const newest = Math.max(0, series.revisions.length - 1);
  const keptPlace = kept ? series.revisions.findIndex((one) => revisionTag(one) === kept.revision) : -1;
  const wanted = message.revision ?? (keptPlace >= 0 ? keptPlace : newest);
  const isKept = kept !== null && wanted === keptPlace;
  layout = state?.layout ?? "line";
  showRevision(Math.min(wanted, newest), isKept ? kept : null);
  if (isKept && focusedPatch) summaryOf(patchPlaceOf(focusedPatch))?.focus({ preventScroll: true });
  if (message.patch !== null) goToPatch(message.patch);
}

/** Goes to the extension's target in a series that is already shown. */
function goToTarget({ revision: target, patch }: Extract<HostMessage, { type: "series" }>): void {
  if (target !== null && target !== shownPlace && series?.revisions[target]) showRevision(target, null);
  if (patch !== null) goToPatch(patch);
}

/** Shows a revision, at its last place if that was kept. */
export function showRevision(at: number, kept: PageState | null): void {
  if (!series) return;
  const isFirst = page.querySelector("main") === null;
  shownPlace = at;
  const shown = shownRevision();
  open.clear();
  openReplies.clear();
  folded.clear();
  for (const patch of kept?.open ?? []) open.add(patch);
  for (const id of kept?.replies ?? []) openReplies.add(id);
  for (const name of kept?.folded ?? []) folded.add(name);
  // A lone patch is opened, because the reader came for it.
  if (!kept && shown?.patches.length === 1) open.add(0);
  page.innerHTML =
    seriesHtml({
      series,
      revision: shownPlace,
      layout,
      open,
      openReplies,
      folded,
      applies: ofNewest(applies),
      landing: ofNewest(landing),
      now: Date.now(),
    }) + keysDialogHtml();
  landingShown = landingHtml(ofNewest(landing), folded.has("landing"));
  ask({ type: "selectRevision", revision: shownPlace });
  if (shown?.isLoading) ask({ type: "requestTexts", revision: shownPlace });
  if (shown?.awaitsReviews) ask({ type: "requestReviews", revision: shownPlace });
  if (shown) comments.watch(shown);
  loader.watch(page, layout);
  if (shown) replies.watch(shown);
  if (shown?.posted && shown.posted.replies.length > 0) ask({ type: "requestCommentCounts", revision: shownPlace });
  markPresent(page, present);
  showRelated();
  showClashes();
  showCompared(series);
  watchHead(page);
  const position = kept ?? pageTop;
  // A page that was just opened is at its top; scrolling it there would lay it out before it is painted.
  if (isFirst && position.patch === null && position.offset === 0) saveState(pageTop);
  else restore(position);
}

/** Facts about the newest revision say nothing of the others. */
function ofNewest<Known>(known: Known): Known | null {
  return series && shownPlace === series.revisions.length - 1 ? known : null;
}

/** Says whether the series applies and where it stands, without drawing the page again. */
export function showStates(states: Pick<Extract<HostMessage, { type: "applies" }>, "applies" | "landing">): void {
  ({ applies, landing } = states);
  const line = document.getElementById("applies");
  if (line) line.innerHTML = appliesHtml(ofNewest(applies));
  const section = document.getElementById("landing");
  const html = landingHtml(ofNewest(landing), folded.has("landing"));
  // What one reads is not drawn again where it is the same.
  if (!section || html === landingShown) return;
  landingShown = html;
  section.innerHTML = html;
}

/** Goes to a place; it goes inside a patch only when its diff is there, since the place has no height before. */
function restore(position: Position): void {
  const hasDiff = position.patch !== null && open.has(position.patch) && shownRevision()?.patches[position.patch]?.hasDiff === true;
  restoring = hasDiff ? position : null;
  beforeTexts = position.patch === null && position.offset > 0 && shownRevision()?.isLoading === true ? position : null;
  if (hasDiff) loader.drawPatch(position.patch);
  goToPosition(page, position);
  // The place is passed on, not measured: measuring a page that was just drawn would lay it out once more.
  saveState(position);
}

function saveState(position: Position = restoring ?? readPosition(page)): void {
  const shown = shownRevision();
  if (!series || !shown) return;
  const { patch, offset } = position;
  keepState({
    seriesId: series.id,
    revision: revisionTag(shown),
    layout,
    open: [...open],
    replies: [...openReplies],
    folded: [...folded],
    patch,
    offset,
  });
}

/** Moves focus to a patch and announces it. */
export function goToPatch(at: number): void {
  const summary = summaryOf(at);
  if (!summary) return;
  summary.scrollIntoView({ block: "start", behavior: "instant" });
  summary.focus({ preventScroll: true });
  const patch = shownRevision()?.patches[at];
  if (patch?.hasDiff) loader.prepare(at);
  const title = patch?.title ?? "";
  announce(patch?.index == null ? title : `Patch ${patch.index} of ${shownRevision()?.expected ?? 0}: ${title}`);
}

/** Unfolds a reply and everything around it, moves focus to it and announces its author. */
export function goToReply(at: number): void {
  const reply = shownRevision()?.posted?.replies[at];
  if (!reply) return;
  const patch = shownRevision()?.patches.findIndex(({ index }) => index === reply.patch) ?? -1;
  const around = patch < 0 ? null : page.querySelector<HTMLDetailsElement>(`details.patch[data-patch="${patch}"]`);
  if (around && !around.open) {
    around.open = true;
    unfoldBody(around);
  }
  const replyOf = (): HTMLDetailsElement | null => page.querySelector(`details.reply[data-reply="${at}"]`);
  const section = page.querySelector(`.replies[data-replies="${reply.patch}"]`);
  while (section && !replyOf() && replies.drawRest(section)) continue;
  const details = replyOf();
  if (!details) return;
  const restAround = (inner: Element): HTMLDetailsElement | null =>
    inner.parentElement?.closest<HTMLDetailsElement>("details.rest") ?? null;
  for (let rest = restAround(details); rest; rest = restAround(rest)) rest.open = true;
  details.open = true;
  const summary = details.querySelector("summary");
  summary?.scrollIntoView({ block: "start", behavior: "instant" });
  summary?.focus({ preventScroll: true });
  announce(`Reply of ${authorName(reply)}`);
}

/** Draws the body of a patch; false if that was done. */
export function drawPatchBody(patch: HTMLElement): boolean {
  const shown = shownRevision();
  const isDrawn = shown !== undefined && drawPatchBodyOnce(patch, shown, openReplies);
  if (isDrawn) {
    markPresent(patch, present);
    replies.drawOpen(patch);
  }
  return isDrawn;
}

/** Takes a cover letter and messages: keeps them with the series, and writes them into their places. */
export function receiveTexts({ revision: at, texts, problem }: Extract<HostMessage, { type: "texts" }>): void {
  const known = series?.revisions[at];
  if (!series || !known) return;
  const full = revisionWithTexts(known, texts, problem);
  series = { ...series, revisions: series.revisions.with(at, full) };
  if (at !== shownPlace) return;
  const letter = page.querySelector(".letter");
  if (letter) letter.outerHTML = letterHtml(full, folded);
  fillMessages(page, full);
  if (!page.querySelector(".letter")) page.querySelector(".overview")?.classList.add("no-letter");
  if (beforeTexts) goToPosition(page, beforeTexts);
  beforeTexts = null;
}

/** Takes reviews of older revisions: kept with the series, and written into the head and the patches. */
export function receiveReviews({ revision: at, patches }: Extract<HostMessage, { type: "reviews" }>): void {
  const known = series?.revisions[at];
  if (!series || !known) return;
  const full = revisionWithReviews(known, patches);
  series = { ...series, revisions: series.revisions.with(at, full) };
  if (at !== shownPlace) return;
  const facts = page.querySelector(".facts");
  if (facts) facts.innerHTML = factsHtml(full, Date.now());
  for (const element of page.querySelectorAll<HTMLElement>("details.patch")) fillReviews(element, full);
}

/** Takes a diff: draws it, and goes to the place inside it where the reader was before a reload. */
export function receiveDiff({ patch, files, problem }: Extract<HostMessage, { type: "diff" }>): void {
  loader.deliver(patch, files, problem);
  const element = page.querySelector<HTMLElement>(`details.patch[data-patch="${patch}"]`);
  if (element) markPresent(element, present);
  if (restoring?.patch !== patch) return;
  const position = restoring;
  restoring = null;
  loader.drawPatch(patch);
  goToPosition(page, position);
}

/** Draws the body of a patch when it is unfolded, and gets the next patch's diff ready. */
export function unfoldBody(patch: HTMLElement): void {
  if (!drawPatchBody(patch)) return;
  loader.watchPatch(patch, true);
}

/** Remembers what was unfolded or folded, and draws what is unfolded for the first time. */
export function toggled(details: HTMLDetailsElement): void {
  const { patch, section, reply, compared } = details.dataset;
  if (compared !== undefined && series) toggledCompared(details.open, series);
  if (patch !== undefined) {
    open[details.open ? "add" : "delete"](Number(patch));
    if (details.open) unfoldBody(details);
  }
  if (details.open && details.matches(".rest")) replies.drawRest(details);
  if (section !== undefined) folded[details.open ? "delete" : "add"](section);
  if (reply !== undefined) {
    const id = shownRevision()?.posted?.replies[Number(reply)]?.messageId;
    if (id !== undefined) openReplies[details.open ? "add" : "delete"](id);
    if (details.open) replies.draw(details);
    const around = details.closest(".replies");
    if (around) labelToggle(around);
  }
  saveSoon();
}

let saving = 0;
/** Remembers the reader's place once scrolling has stopped. */
export function saveSoon(): void {
  clearTimeout(saving);
  saving = window.setTimeout(saveState, 150);
}

/** Draws the diffs in the other layout and announces which. */
export function toggleDiffLayout(): PageState["layout"] {
  layout = layout === "line" ? "side" : "line";
  const position = readPosition(page);
  page.querySelector("[data-do='toggleLayout']")?.setAttribute("aria-pressed", String(layout === "side"));
  comments.forgetDrawn();
  loader.setLayout(layout);
  restore(position);
  return layout;
}

/** Marks the paths that the open trees lack, now and in parts that are drawn later. */
export function showPresent(paths: Readonly<Record<string, boolean>>): void {
  present = paths;
  markPresent(page, present);
}

/** Shows a sentence instead of a series. */
export function showProblem(message: string): void {
  series = null;
  enterState(null);
  page.innerHTML = problemHtml(message);
}

// The bodies of patches are drawn when they are unfolded: most of a long page is never looked at.

/**
 * Draws the body of a patch, unless that was done.
 *
 * @returns whether it was drawn now
 */
function drawPatchBodyOnce(patch: HTMLElement, revision: PageRevision, openReplies: ReadonlySet<string>): boolean {
  const body = patch.querySelector<HTMLElement>(":scope > .patch-body[data-undrawn]");
  if (!body) return false;
  delete body.dataset["undrawn"];
  body.innerHTML = patchBodyHtml(revision, patchPlaceOf(patch), openReplies);
  return true;
}

/** Writes messages that arrived into the patches that are drawn already. */
function fillMessages(page: ParentNode, revision: PageRevision): void {
  for (const place of page.querySelectorAll<HTMLElement>("[data-message]")) {
    const patch = place.closest<HTMLElement>("[data-patch]");
    if (patch) place.innerHTML = patchMessageHtml(revision, patchPlaceOf(patch));
  }
}

/** Writes who said what of a patch into its line, and into its body where that is drawn. */
function fillReviews(element: HTMLElement, revision: PageRevision): void {
  const patch = revision.patches[patchPlaceOf(element)];
  if (!patch) return;
  const marks = element.querySelector(":scope > summary [data-marks]");
  if (marks) marks.innerHTML = patchMarksHtml(patch, revision);
  const given = element.querySelector("[data-given]");
  if (given) given.innerHTML = givenTrailersHtml(patch);
}

/**
 * Loads diffs when they are needed: a patch's diff when its place nears the screen, a file's table when that file does. While a
 * person searches, the rest is drawn in idle time, so that the find box reaches all of it.
 */
import type { PatchFile } from "../core/diff/patchFiles";
import { type DiffLayout, type FileHunks, hunksHtml, type PageHunk, readPageHunks, sliceHunks } from "../render/diffView";
import { visibleHtml } from "../render/html";
import { fileDiffsHtml } from "../render/patchList";

/** How many lines of a file are drawn before it asks whether to show more. */
const fileLimit = 1500;
/** How many lines are drawn at once, about two screens; more would be felt as a stutter. */
const sliceLimit = 120;
/** How many lines are drawn right away when the diff of a patch comes; a screen has fewer. */
const firstLines = 50;
/** How many patches are asked for in one moment of idle time. */
const askedAtOnce = 6;
/** How far outside the screen things are drawn already. */
const nearby = "1000px 0px";

/** A file of a patch whose diff has come. */
export interface LoadedFile {
  readonly diff: PatchFile;
  readonly read: FileHunks;
}

interface Drawing {
  readonly file: LoadedFile;
  readonly lines: number;
  readonly slices: ReadonlyArray<readonly PageHunk[]>;
  /** The slice to draw next. */
  next: number;
  /** How many lines are drawn, and where drawing stops until the person asks for more. */
  drawn: number;
  limit: number;
}

export class DiffLoader {
  private root: HTMLElement | null = null;
  private layout: DiffLayout = "line";
  private isDrawingAll = false;
  /** Whether idle time has been requested. */
  private isWaiting = false;
  private readonly loaded = new Map<number, readonly LoadedFile[]>();
  private readonly asked = new Set<number>();
  /** Patches whose diffs are wanted on the screen, not only in stock. */
  private readonly near = new Set<number>();
  private readonly problems = new Map<number, string>();
  private readonly drawings = new Map<HTMLElement, Drawing>();
  private readonly observer = new IntersectionObserver((entries) => this.drawNearby(entries), { rootMargin: nearby });

  /**
   * @param request asks the host for the diff of a patch
   * @param drawBody draws the body of an unfolded patch, unless that was done
   * @param drawn called with the place of a file when a part of its diff was drawn
   */
  constructor(
    private readonly request: (patch: number) => void,
    private readonly drawBody: (patch: HTMLElement) => void,
    private readonly drawn: (place: HTMLElement) => void,
  ) {}

  /** Forgets the page before and watches this one. */
  watch(page: HTMLElement, layout: DiffLayout): void {
    this.observer.disconnect();
    this.loaded.clear();
    this.asked.clear();
    this.near.clear();
    this.problems.clear();
    this.drawings.clear();
    this.isDrawingAll = false;
    this.root = page;
    this.layout = layout;
    warmUp();
    for (const place of page.querySelectorAll<HTMLElement>("[data-diffs]")) this.place(place);
  }

  /**
   * Takes the body of a patch that was just drawn.
   *
   * @param isWanted the person unfolded it and looks at it, so it is drawn without waiting
   */
  watchPatch(patch: HTMLElement, isWanted: boolean): void {
    const place = patch.querySelector<HTMLElement>("[data-diffs]");
    const at = patchAround(patch);
    if (!place || at === null) return;
    if (isWanted) {
      this.near.add(at);
      this.ask(at);
    }
    this.place(place);
  }

  /** Asks for the diff of the patch that will likely be unfolded next. */
  prepare(patch: number): void {
    this.ask(patch);
  }

  /** Takes a new place for diffs on the page. It is filled at once if they have come, else when it nears the screen. */
  private place(place: HTMLElement): void {
    const patch = patchAround(place);
    if (patch === null) return;
    const files = this.loaded.get(patch);
    const problem = this.problems.get(patch);
    if (problem !== undefined) place.innerHTML = diffProblemHtml(problem);
    else if (files) this.fill(place, files, this.near.has(patch));
    if (!files) this.observer.observe(place);
  }

  /** Takes the host's answer for a patch. */
  deliver(patch: number, files: readonly PatchFile[], problem: string | null): void {
    const place = this.placeOfDiffs(patch);
    if (problem !== null) {
      this.problems.set(patch, problem);
      if (place) place.innerHTML = diffProblemHtml(problem);
      return;
    }
    const read = files.map((diff) => ({ diff, read: readPageHunks(diff.text) }));
    this.loaded.set(patch, read);
    if (place) this.fill(place, read, this.near.has(patch));
    if (this.isDrawingAll) this.drawInIdleTime();
  }

  /** The files of a patch; [] until its diff has come. */
  files(patch: number): readonly LoadedFile[] {
    return this.loaded.get(patch) ?? [];
  }

  /** Draws the next lines of a file that was cut. */
  showMore(place: HTMLElement): void {
    const drawing = this.drawings.get(place);
    if (!drawing) return;
    drawing.limit = drawing.drawn + fileLimit;
    this.drawSlice(place, drawing);
    this.follow(place, drawing);
  }

  /** Draws a patch's files now, up to their limits, before the page goes to a place inside. */
  drawPatch(patch: number): void {
    this.near.add(patch);
    this.ask(patch);
    const place = this.placeOfDiffs(patch);
    for (const undrawn of place?.querySelectorAll<HTMLElement>(".file-diff[data-undrawn]") ?? []) this.drawFile(undrawn);
  }

  /** Fetches and draws everything in idle time. */
  drawAll(): void {
    if (this.isDrawingAll) return;
    this.isDrawingAll = true;
    this.drawInIdleTime();
  }

  /** Draws again in the other layout. */
  setLayout(layout: DiffLayout): void {
    this.layout = layout;
    this.drawings.clear();
    for (const [patch, files] of this.loaded) {
      const place = this.placeOfDiffs(patch);
      if (place) this.fill(place, files, false);
    }
    if (this.isDrawingAll) this.drawInIdleTime();
  }

  private drawNearby(entries: readonly IntersectionObserverEntry[]): void {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting || !(target instanceof HTMLElement)) continue;
      this.observer.unobserve(target);
      const patch = patchAround(target);
      if (target.dataset["diffs"] === undefined) this.drawFile(target);
      else if (patch !== null) {
        this.near.add(patch);
        this.ask(patch);
      }
    }
  }

  private ask(patch: number): void {
    if (this.asked.has(patch)) return;
    this.asked.add(patch);
    this.request(patch);
  }

  private placeOfDiffs(patch: number): HTMLElement | null {
    return this.root?.querySelector<HTMLElement>(`[data-patch="${patch}"] [data-diffs]`) ?? null;
  }

  private fill(place: HTMLElement, files: readonly LoadedFile[], isNear: boolean): void {
    place.innerHTML = fileDiffsHtml(files);
    this.observer.unobserve(place);
    let drawn = 0;
    for (const undrawn of place.querySelectorAll<HTMLElement>(".file-diff[data-undrawn]")) {
      // Visible parts are drawn in the same frame; the observer would take one more.
      if (isNear && drawn < firstLines) drawn += this.drawFile(undrawn);
      else this.observer.observe(undrawn);
    }
  }

  /** Draws the beginning of a file now, and the rest of it in the next frames; returns how many lines were drawn. */
  private drawFile(place: HTMLElement): number {
    const patch = patchAround(place);
    const number = place.closest<HTMLElement>("[data-file]")?.dataset["file"];
    const file = patch === null ? undefined : this.files(patch)[Number(number)];
    if (!file || place.dataset["undrawn"] === undefined) return 0;
    delete place.dataset["undrawn"];
    const { hunks } = file.read;
    const drawing = { file, lines: lineCount(hunks), slices: sliceHunks(hunks, sliceLimit), next: 0, drawn: 0, limit: fileLimit };
    this.drawings.set(place, drawing);
    place.className = "file-diff";
    this.drawSlice(place, drawing);
    const drawn = drawing.drawn;
    this.follow(place, drawing);
    return drawn;
  }

  /** Draws the rest of a long file in the next frames, so that its beginning appears at once. */
  private follow(place: HTMLElement, drawing: Drawing): void {
    const isWhole = (): boolean => drawing.next >= drawing.slices.length || drawing.drawn >= drawing.limit;
    if (isWhole()) return;
    requestAnimationFrame(() => {
      if (this.drawings.get(place) !== drawing || isWhole()) return;
      this.drawSlice(place, drawing);
      this.follow(place, drawing);
    });
  }

  private drawSlice(place: HTMLElement, drawing: Drawing): void {
    const hunks = drawing.slices[drawing.next] ?? [];
    drawing.next += 1;
    drawing.drawn += lineCount(hunks);
    place.querySelector(":scope > .more")?.remove();
    const html = hunksHtml(hunks, this.layout, drawing.file.diff.path, drawing.lines);
    const left = drawing.lines - drawing.drawn;
    place.insertAdjacentHTML("beforeend", left === 0 ? html : `${html}${moreHtml(left)}`);
    this.drawn(place);
  }

  private drawInIdleTime(): void {
    if (this.isWaiting) return;
    this.isWaiting = true;
    const draw = (deadline: IdleDeadline): void => {
      this.isWaiting = false;
      for (const patch of this.root?.querySelectorAll<HTMLElement>("details.patch:has(> [data-undrawn])") ?? []) {
        if (deadline.timeRemaining() <= 4 && !deadline.didTimeout) break;
        this.drawBody(patch);
        this.watchPatch(patch, false);
      }
      do {
        const undrawn = this.root?.querySelector<HTMLElement>(".file-diff[data-undrawn]");
        if (!undrawn) break;
        this.drawFile(undrawn);
      } while (deadline.timeRemaining() > 4);
      const places = [...(this.root?.querySelectorAll("[data-diffs]") ?? [])].map(patchAround);
      const unasked = places.filter((patch) => patch !== null && !this.asked.has(patch)).slice(0, askedAtOnce);
      for (const patch of unasked) if (patch !== null) this.ask(patch);
      // When only answers are outstanding, `deliver` goes on.
      if (unasked.length > 0 || this.root?.querySelector("[data-undrawn]")) this.drawInIdleTime();
    };
    // A busy machine has no idle time, and a search must still find everything there.
    requestIdleCallback(draw, { timeout: 200 });
  }
}

let isWarm = false;

/** Draws a line that nobody sees in idle time: the first drawing takes several times as long as those after it. */
function warmUp(): void {
  if (isWarm) return;
  isWarm = true;
  const lines = ["-int first(int count);", "+int second(long count);", " done();"];
  const hunks = Array.from({ length: 8 }, (_, place) => ({ header: "@@ -1,2 +1,2 @@", oldStart: 1, newStart: 1, lines, place }));
  requestIdleCallback(() => hunksHtml(hunks, "line", "", 24));
}

function patchAround(element: Element): number | null {
  const place = element.closest<HTMLElement>("[data-patch]")?.dataset["patch"];
  return place === undefined ? null : Number(place);
}

function moreHtml(left: number): string {
  return `<button type="button" class="more" data-do="showMore">Show more (${left.toLocaleString("en-US")} lines left)</button>`;
}

function diffProblemHtml(problem: string): string {
  return `<p class="note">${visibleHtml(problem)}</p>`;
}

function lineCount(hunks: readonly PageHunk[]): number {
  return hunks.reduce((sum, { lines }) => sum + lines.length, 0);
}

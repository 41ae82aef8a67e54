/**
 * Diffs come when they are needed: a patch's when its place nears the screen, a file's table when that file does.
 * While a person searches, the rest is drawn in idle time, so that the find box reaches all of it.
 */
import { hunksHtml, type DiffLayout } from "../render/diffView";
import { visibleHtml } from "../render/escape";
import { readHunks, sliceHunks, type FileHunks, type Hunk } from "../render/hunks";
import type { PageFileDiff } from "../render/pageSeries";
import { fileDiffsHtml } from "../render/patchList";

/** Lines of a file drawn before it asks whether to show more. */
const fileLimit = 1500;
/** Lines drawn in one go; more would be felt as a stutter. */
const sliceLimit = 500;
/** How far off the screen things are drawn already. */
const nearby = "1000px 0px";

/** A file of a patch whose diff has come. */
export interface LoadedFile {
  readonly diff: PageFileDiff;
  readonly read: FileHunks;
}

interface Drawing {
  readonly file: LoadedFile;
  readonly lines: number;
  readonly slices: ReadonlyArray<readonly Hunk[]>;
  /** The slice to draw next. */
  next: number;
}

export class DiffLoader {
  private root: HTMLElement | null = null;
  private layout: DiffLayout = "line";
  private isDrawingAll = false;
  /** Whether idle time is asked for already. */
  private isWaiting = false;
  private readonly loaded = new Map<number, readonly LoadedFile[]>();
  private readonly asked = new Set<number>();
  private readonly drawings = new Map<HTMLElement, Drawing>();
  private readonly observer = new IntersectionObserver((entries) => this.drawNearby(entries), { rootMargin: nearby });

  /** @param request asks the host for the diff of a patch */
  constructor(private readonly request: (patch: number) => void) {}

  /** Forgets the page before and watches this one. */
  watch(page: HTMLElement, layout: DiffLayout): void {
    this.observer.disconnect();
    this.loaded.clear();
    this.asked.clear();
    this.drawings.clear();
    this.isDrawingAll = false;
    this.root = page;
    this.layout = layout;
    for (const place of page.querySelectorAll("[data-diffs]")) this.observer.observe(place);
  }

  /** Takes the host's answer for a patch. */
  deliver(patch: number, files: readonly PageFileDiff[], problem: string | null): void {
    const place = this.placeOfDiffs(patch);
    if (!place) return;
    if (problem !== null) {
      place.innerHTML = `<p class="note">${visibleHtml(problem)}</p>`;
      return;
    }
    const read = files.map((diff) => ({ diff, read: readHunks(diff.text) }));
    this.loaded.set(patch, read);
    this.fill(place, read);
    if (this.isDrawingAll) this.drawInIdleTime();
  }

  /** The files of a patch; [] until its diff has come. */
  files(patch: number): readonly LoadedFile[] {
    return this.loaded.get(patch) ?? [];
  }

  /** Draws the next lines of a file that was cut. */
  showMore(place: HTMLElement): void {
    const drawing = this.drawings.get(place);
    if (drawing) this.drawSlices(place, drawing, fileLimit / sliceLimit);
  }

  /** Draws a patch's files now, up to their limits; used before going to a place inside. */
  drawPatch(patch: number): void {
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
      if (place) this.fill(place, files);
    }
    if (this.isDrawingAll) this.drawInIdleTime();
  }

  private drawNearby(entries: readonly IntersectionObserverEntry[]): void {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting || !(target instanceof HTMLElement)) continue;
      this.observer.unobserve(target);
      const patch = patchOf(target);
      if (target.dataset["diffs"] === undefined) this.drawFile(target);
      else if (patch !== null) this.ask(patch);
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

  private fill(place: HTMLElement, files: readonly LoadedFile[]): void {
    place.innerHTML = fileDiffsHtml(files);
    for (const undrawn of place.querySelectorAll(".file-diff[data-undrawn]")) this.observer.observe(undrawn);
  }

  private drawFile(place: HTMLElement): void {
    const patch = patchOf(place);
    const number = place.closest<HTMLElement>("[data-file]")?.dataset["file"];
    const file = patch === null ? undefined : this.files(patch)[Number(number)];
    if (!file || place.dataset["undrawn"] === undefined) return;
    delete place.dataset["undrawn"];
    const drawing = { file, lines: lineCount(file.read.hunks), slices: sliceHunks(file.read.hunks, sliceLimit), next: 0 };
    this.drawings.set(place, drawing);
    place.className = "file-diff";
    this.drawSlices(place, drawing, 1);
    // The rest of a long file follows in the next frames, so that its beginning is there at once.
    const follow = (): void => {
      const isCurrent = this.drawings.get(place) === drawing;
      if (!isCurrent || drawing.next >= drawing.slices.length || drawing.next * sliceLimit >= fileLimit) return;
      this.drawSlices(place, drawing, 1);
      requestAnimationFrame(follow);
    };
    requestAnimationFrame(follow);
  }

  private drawSlices(place: HTMLElement, drawing: Drawing, count: number): void {
    const hunks = drawing.slices.slice(drawing.next, drawing.next + count).flat();
    drawing.next += count;
    place.querySelector(":scope > .more")?.remove();
    place.insertAdjacentHTML("beforeend", hunksHtml(hunks, this.layout, drawing.file.diff.path, drawing.lines));
    const left = lineCount(drawing.slices.slice(drawing.next).flat());
    if (left === 0) return;
    const label = `Show more (${left.toLocaleString("en-US")} lines left)`;
    place.insertAdjacentHTML("beforeend", `<button type="button" class="more" data-do="showMore">${label}</button>`);
  }

  private drawInIdleTime(): void {
    if (this.isWaiting) return;
    this.isWaiting = true;
    const draw = (deadline: IdleDeadline): void => {
      this.isWaiting = false;
      do {
        const undrawn = this.root?.querySelector<HTMLElement>(".file-diff[data-undrawn]");
        if (!undrawn) break;
        this.drawFile(undrawn);
      } while (deadline.timeRemaining() > 4);
      const places = [...(this.root?.querySelectorAll("[data-diffs]") ?? [])];
      const unasked = places.map(patchOf).find((patch) => patch !== null && !this.asked.has(patch));
      if (typeof unasked === "number") this.ask(unasked);
      // When nothing is left but answers on their way, `deliver` goes on.
      if (typeof unasked === "number" || this.root?.querySelector(".file-diff[data-undrawn]")) this.drawInIdleTime();
    };
    // A busy machine has no idle time, and what is searched for must be found there too.
    requestIdleCallback(draw, { timeout: 200 });
  }
}

function patchOf(element: Element): number | null {
  const place = element.closest<HTMLElement>("[data-patch]")?.dataset["patch"];
  return place === undefined ? null : Number(place);
}

function lineCount(hunks: readonly Hunk[]): number {
  return hunks.reduce((sum, { lines }) => sum + lines.length, 0);
}

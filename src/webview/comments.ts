/** Comments under the lines of the diffs: requested with the diff of a patch, and drawn under each drawn part of it. */
import { type LineThread, lineThreads } from "../core/replies/lineThreads";
import type { PatchComment } from "../core/replies/patchComments";
import { visibleAttribute } from "../render/html";
import { commentCountsHtml, commentsHtml, rowOf, threadHtml } from "../render/threads";
import type { PageRevision } from "../shared/pageSeries";
import type { PatchCounts } from "../shared/protocol";
import { page } from "./elements";

/** How many comments are added at once if a person asks for more. */
const addedAtOnce = 50;

export class CommentLoader {
  private revision: PageRevision | null = null;
  private readonly asked = new Set<number>();
  private readonly threads = new Map<number, readonly LineThread[]>();
  private readonly drawn = new Map<Element, LineThread>();
  /** Keeps both sides of a diff level: the empty row of one side is as high as the thread on the other. */
  private readonly levels = new ResizeObserver((entries) => {
    for (const { target } of entries) this.level(target);
  });
  private readonly spaces = new Map<Element, HTMLTableCellElement>();

  /** @param request asks the host for the comments on a patch */
  constructor(private readonly request: (patch: number) => void) {}

  /** Forgets the page before. */
  watch(revision: PageRevision): void {
    this.revision = revision;
    this.asked.clear();
    this.threads.clear();
    this.forgetDrawn();
  }

  /** Asks for the comments on a patch whose diff is wanted, if it has replies. */
  want(patch: number): void {
    const index = this.revision?.patches[patch]?.index ?? null;
    if (this.asked.has(patch) || index === null || !this.revision?.posted?.replies.some((reply) => reply.patch === index)) return;
    this.asked.add(patch);
    this.request(patch);
  }

  /** Takes the host's answer; comments that could not be read are requested again with the next part of the diff. */
  deliver(patch: number, comments: readonly PatchComment[], problem: string | null): void {
    if (problem !== null) {
      this.asked.delete(patch);
      return;
    }
    this.threads.set(patch, lineThreads(comments));
    for (const place of page.querySelectorAll<HTMLElement>(`[data-patch="${patch}"] .file-diff`)) this.draw(place);
  }

  /** Draws the threads of the lines of a file that have been drawn since the last call. */
  draw(place: HTMLElement): void {
    const patch = Number(place.closest<HTMLElement>("[data-patch]")?.dataset["patch"]);
    const file = place.closest<HTMLElement>("[data-file]");
    const threads = this.threads.get(patch)?.filter(({ place: { file: number } }) => number === Number(file?.dataset["file"]));
    const { revision } = this;
    if (!threads || !revision) return;
    const rows = new Map<string, HTMLTableRowElement>();
    for (const table of place.querySelectorAll<HTMLTableElement>("table.diff:not([data-threads])")) {
      table.dataset["threads"] = "";
      readRows(table, rows);
    }
    if (rows.size === 0) return;
    for (const thread of threads) {
      const row = rows.get(rowOf(thread));
      if (row) this.drawThread(row, thread, file?.dataset["path"] ?? "", revision);
    }
  }

  /** Forgets the parts that were drawn in another layout. */
  forgetDrawn(): void {
    this.levels.disconnect();
    this.spaces.clear();
    this.drawn.clear();
  }

  /** Adds the next comments of a long thread. */
  showMore(control: HTMLElement): void {
    const row = control.closest("tr.thread-row");
    const thread = row ? this.drawn.get(row) : undefined;
    const list = row?.querySelector("ol.comments");
    if (!thread || !list || !this.revision) return;
    const next = thread.comments.slice(list.childElementCount, list.childElementCount + addedAtOnce);
    list.insertAdjacentHTML("beforeend", commentsHtml(next, this.revision));
    const left = thread.comments.length - list.childElementCount;
    if (left === 0) control.remove();
    else control.textContent = `Show more (${left} comments left)`;
  }

  /** Writes how many comments there are onto the lines of the patches. */
  showCounts(counts: readonly PatchCounts[]): void {
    for (const one of counts) {
      const place = page.querySelector(`details.patch[data-patch="${one.patch}"] > summary [data-comment-counts]`);
      if (place) place.innerHTML = commentCountsHtml(one);
    }
  }

  private drawThread(row: HTMLTableRowElement, thread: LineThread, path: string, revision: PageRevision): void {
    const made = rowBehind(row, "thread-row");
    made.innerHTML = `<td colspan="${row.cells.length === 1 ? (row.cells[0]?.colSpan ?? 1) : row.cells.length}"><div class="thread-box" role="group" aria-label="${visibleAttribute(`Comments on ${path}`)}">${threadHtml(thread, path, revision)}</div></td>`;
    this.drawn.set(made, thread);
    const other = rowBeside(row);
    if (!other) return;
    const space = rowBehind(other, "thread-space").insertCell();
    space.colSpan = other.cells.length;
    this.spaces.set(made, space);
    this.levels.observe(made);
  }

  private level(thread: Element): void {
    const space = this.spaces.get(thread);
    if (space) space.style.height = `${thread.getBoundingClientRect().height}px`;
  }
}

/** Adds a row after another one, with the threads that are there already. */
function rowBehind(row: HTMLTableRowElement, kind: string): HTMLTableRowElement {
  const made = document.createElement("tr");
  made.className = kind;
  row.after(made);
  return made;
}

/** The row of the other side that is level with a row; null in the layout of one column. */
function rowBeside(row: HTMLTableRowElement): HTMLTableRowElement | null {
  const side = row.closest(".side");
  const other = side?.nextElementSibling ?? side?.previousElementSibling;
  const rows = row.parentElement?.children;
  const at = rows ? [...rows].filter((one) => !isOurs(one)).indexOf(row) : -1;
  const beside = [...(other?.querySelectorAll("tbody > tr") ?? [])].filter((one) => !isOurs(one))[at];
  return beside instanceof HTMLTableRowElement ? beside : null;
}

function isOurs(row: Element): boolean {
  return row.classList.contains("thread-row") || row.classList.contains("thread-space");
}

/** The rows of a table by the names that threads use: the number of the line on its side, or the hunk. */
function readRows(table: HTMLTableElement, rows: Map<string, HTMLTableRowElement>): void {
  const isOldSide = table.closest(".side")?.matches(":first-child") === true;
  for (const row of table.rows) {
    const hunk = row.querySelector<HTMLElement>(":scope.hunk [data-hunk]")?.dataset["hunk"];
    if (hunk !== undefined) rows.set(`hunk:${hunk}`, row);
    const isOld = row.classList.contains("deleted");
    if (isOldSide !== isOld && table.closest(".side")) continue;
    const numbers = row.querySelectorAll<HTMLElement>(":scope > .number");
    const number = numbers[isOld ? 0 : numbers.length - 1]?.dataset["line"];
    if (number !== undefined) rows.set(`${isOld ? "old" : "new"}:${number}`, row);
  }
}

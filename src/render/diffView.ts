/** The diff of one file: cut into hunks and slices, and drawn by diff2html with templates of our own: fewer elements, no style attributes, hidden characters written out, a button at each hunk. */
import { type Diff2HtmlConfig, html } from "diff2html";
import { type DiffBlock, type DiffFile, type DiffLine, LineType } from "diff2html/lib/types";
import { readFileDiff } from "../core/diff/diff";
import type { PatchFile } from "../core/diff/patchFiles";
import { revealHiddenInHtml, visibleAttribute } from "./html";

export interface PageHunk {
  /** Its whole `@@` line; empty for the rest of a hunk that was cut. */
  readonly header: string;
  readonly oldStart: number;
  readonly newStart: number;
  /** With their signs; includes `\ No newline` lines. */
  readonly lines: readonly string[];
  /** The number of the hunk in the file, from 0; also for the rest of a cut one. */
  readonly place: number;
}

export type FileChangeKind = "changed" | "new" | "deleted" | "renamed" | "copied";

export interface FileHunks {
  readonly change: FileChangeKind;
  readonly binary: boolean;
  /** `old mode` and `new mode`, if given: `["100644", "100755"]`. */
  readonly mode: readonly [string, string] | null;
  readonly added: number;
  readonly deleted: number;
  readonly hunks: readonly PageHunk[];
}

/** Reads the diff of one file like core/diff/diff.ts, and cuts its hunks out of the text with their lines. */
export function readPageHunks(text: string): FileHunks {
  const { change, binary, oldMode, newMode, added, deleted, hunks } = readFileDiff(text, "");
  return {
    change: change === "modified" ? "changed" : change,
    binary,
    mode: oldMode !== null && newMode !== null && oldMode !== newMode ? [oldMode, newMode] : null,
    added,
    deleted,
    hunks: hunks.map((hunk, place) => {
      const [header = "", ...lines] = text.slice(hunk.start, hunk.end).replace(/\n$/, "").split("\n");
      return { header, oldStart: hunk.oldStart, newStart: hunk.newStart, lines, place };
    }),
  };
}

/** Cuts hunks into slices of limited length, between hunks if possible, else inside one. */
export function sliceHunks(hunks: readonly PageHunk[], limit: number): PageHunk[][] {
  const slices: PageHunk[][] = [];
  let slice: PageHunk[] = [];
  let size = 0;
  const close = (): void => {
    if (slice.length > 0) slices.push(slice);
    slice = [];
    size = 0;
  };
  for (const hunk of hunks) {
    if (size > 0 && size + hunk.lines.length > limit) close();
    let rest = hunk;
    while (rest.lines.length > limit) {
      slices.push([{ ...rest, lines: rest.lines.slice(0, limit) }]);
      rest = restOfHunk(rest, limit);
    }
    slice.push(rest);
    size += rest.lines.length;
  }
  close();
  return slices;
}

function restOfHunk(hunk: PageHunk, count: number): PageHunk {
  let { oldStart, newStart } = hunk;
  for (const line of hunk.lines.slice(0, count)) {
    if (!line.startsWith("+") && !line.startsWith("\\")) oldStart += 1;
    if (!line.startsWith("-") && !line.startsWith("\\")) newStart += 1;
  }
  return { ...hunk, header: "", oldStart, newStart, lines: hunk.lines.slice(count) };
}

/** One hunk as a patch that `git apply` takes. */
export function hunkPatch(file: PatchFile, change: FileChangeKind, hunk: PageHunk): string {
  const before = change === "new" ? "/dev/null" : `a/${file.oldPath ?? file.path}`;
  const after = change === "deleted" ? "/dev/null" : `b/${file.path}`;
  return `--- ${before}\n+++ ${after}\n${hunk.header}\n${hunk.lines.join("\n")}\n`;
}

// Diffs as HTML, by diff2html with templates of our own: a third of the elements of its own, no style attributes, hidden
// characters written out, and a button at each hunk. diff2html lays out the lines and finds the words that changed.

export type DiffLayout = "line" | "side";

/** Larger files are drawn without the search for changed words, which costs more than it helps there. */
const plainAbove = 3000;

interface LineContext {
  readonly type: string;
  readonly content?: string;
  readonly lineNumber?: string | number;
}

/** The one method that diff2html needs of a template. */
interface Template<Context> {
  render(context: Context): string;
}

/**
 * Some hunks of one file as HTML.
 *
 * @param path for screen readers
 * @param lines how many lines the whole file's diff has
 */
export function hunksHtml(hunks: readonly PageHunk[], layout: DiffLayout, path: string, lines: number): string {
  const config: Diff2HtmlConfig = {
    drawFileList: false,
    outputFormat: layout === "side" ? "side-by-side" : "line-by-line",
    // Lines are paired in order: the search for the likeliest pairs takes most of the time of drawing, and it mixes removed
    // with added lines, which kernel developers read as two blocks.
    matching: "none",
    maxLineLengthHighlight: lines > plainAbove ? 0 : 1000,
    compiledTemplates: templates(hunks, layout, visibleAttribute(path)),
  };
  return html([diffFile(hunks, path)], config);
}

function diffFile(hunks: readonly PageHunk[], path: string): DiffFile {
  return {
    oldName: path,
    newName: path,
    addedLines: 0,
    deletedLines: 0,
    isCombined: false,
    isGitDiff: true,
    language: "",
    blocks: hunks.map(diffBlock),
  };
}

function diffBlock(hunk: PageHunk): DiffBlock {
  let oldNumber = hunk.oldStart;
  let newNumber = hunk.newStart;
  const lines: DiffLine[] = [];
  for (const content of hunk.lines) {
    if (content.startsWith("+")) lines.push({ type: LineType.INSERT, content, oldNumber: undefined, newNumber: newNumber++ });
    else if (content.startsWith("-")) lines.push({ type: LineType.DELETE, content, oldNumber: oldNumber++, newNumber: undefined });
    else if (content.startsWith("\\")) lines.push({ type: LineType.CONTEXT, content, oldNumber: 0, newNumber: 0 });
    else lines.push({ type: LineType.CONTEXT, content: content || " ", oldNumber: oldNumber++, newNumber: newNumber++ });
  }
  return { oldStartLine: hunk.oldStart, newStartLine: hunk.newStart, header: hunk.header, lines };
}

function templates(hunks: readonly PageHunk[], layout: DiffLayout, path: string): Record<string, Template<never>> {
  const isSide = layout === "side";
  let calls = 0;
  const table = (columns: string, rows: string): string => `<table class="diff">${columns}<tbody>${rows}</tbody></table>`;
  const twoNumbers = '<colgroup><col class="number"><col class="number"><col></colgroup>';
  const oneNumber = '<colgroup><col class="number"><col></colgroup>';
  const side = (name: string, rows: string): string =>
    `<div class="side" role="group" tabindex="0" aria-label="${name} lines of ${path}">${table(oneNumber, rows)}</div>`;
  return {
    "generic-wrapper": { render: ({ content }: { content: string }) => content },
    "generic-file-path": { render: () => "" },
    "generic-empty-diff": { render: () => "" },
    "line-by-line-file-diff": { render: ({ diffs }: { diffs: string }) => table(twoNumbers, diffs) },
    "side-by-side-file-diff": {
      render: ({ diffs }: { diffs: { left: string; right: string } }) =>
        `<div class="sides">${side("Old", diffs.left)}${side("New", diffs.right)}</div>`,
    },
    "line-by-line-numbers": {
      render: ({ oldNumber, newNumber }: { oldNumber: number | ""; newNumber: number | "" }) =>
        numberCell(oldNumber) + numberCell(newNumber),
    },
    "generic-block-header": {
      // Called for each hunk in order; side by side twice, the second time for the row that keeps the right side level.
      render: ({ blockHeader }: { blockHeader: string }) => {
        const hunk = hunks[isSide ? calls >> 1 : calls];
        const isRight = isSide && calls % 2 === 1;
        calls += 1;
        if (!hunk || hunk.header === "") return "";
        return isRight ? '<tr class="hunk"><td colspan="2"></td></tr>' : hunkRow(hunk, blockHeader, isSide ? 2 : 3);
      },
    },
    "generic-line": {
      render: ({ type, content, lineNumber }: LineContext) => {
        // In the two-column layout the number comes bare, and an empty place has neither number nor text.
        const numbers = typeof lineNumber === "string" ? lineNumber : numberCell(lineNumber ?? "");
        return `<tr class="${rowClass(type)}">${numbers}<td class="code">${codeHtml(content ?? "")}</td></tr>`;
      },
    },
  };
}

function rowClass(type: string): string {
  if (type.includes("d2h-ins")) return "added";
  if (type.includes("d2h-del")) return "deleted";
  return type.includes("emptyplaceholder") ? "nothing" : "same";
}

function numberCell(number: number | ""): string {
  return number ? `<td class="number" data-line="${number}"></td>` : '<td class="number"></td>';
}

function hunkRow(hunk: PageHunk, header: string, span: number): string {
  const copy = `<button class="icon" data-do="copyHunk" data-hunk="${hunk.place}" title="Copy Hunk" aria-label="Copy hunk ${hunk.place + 1}"><span class="codicon codicon-copy" aria-hidden="true"></span></button>`;
  return `<tr class="hunk"><td colspan="${span}"><div class="hunk-row"><span class="hunk-header">${revealHiddenInHtml(header)}</span>${copy}</div></td></tr>`;
}

/** When most of a line is marked as changed, the two lines are not really a pair, so the marks are left out. */
function codeHtml(content: string): string {
  if (!content.includes("<ins") && !content.includes("<del")) return revealHiddenInHtml(content);
  const marked = Array.from(content.matchAll(/<(ins|del)[^<>]*>(.*?)<\/\1>/gs), ([, , text]) => text?.length ?? 0);
  const all = content.replace(/<[^<>]*>/g, "").trim().length;
  const share = marked.reduce((sum, length) => sum + length, 0) / Math.max(1, all);
  const kept =
    share > 0.7
      ? content.replace(/<[^<>]*>/g, "")
      : content.replace(/<(ins|del)[^<>]*>/g, '<span class="word">').replace(/<\/(?:ins|del)>/g, "</span>");
  return revealHiddenInHtml(kept);
}

/** From a click to what it asks of the host. */
import { hunkPatch } from "../render/hunks";
import type { LoadedFile } from "./diffLoader";
import type { PageMessage } from "./protocol";

/**
 * @param revision the place of the revision shown
 * @param files the files of the patch clicked in, as far as its diff has come
 * @returns null where the click asks nothing
 */
export function messageOfClick(target: Element, revision: number, files: readonly LoadedFile[]): PageMessage | null {
  const control = target.closest<HTMLElement>("[data-do]");
  const patch = placeIn(target, "patch");
  const file = files[placeIn(target, "file") ?? -1];
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
    case "openArchive":
      return { type: "openArchive", revision, patch };
    case "openReply": {
      const reply = placeIn(target, "reply");
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

function placeIn(target: Element, kind: "patch" | "file" | "reply"): number | null {
  const place = target.closest<HTMLElement>(`[data-${kind}]`)?.dataset[kind];
  return place === undefined ? null : Number(place);
}

/** The numbers of the old file lead nowhere: the tree has the new one at best. */
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

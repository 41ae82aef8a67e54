/** A patch that git could not place, as a text beside the file: each hunk, and where in the file it nearly fits. */
import { placeChange, type Certainty, type PlacedEdit } from "../core/lines/anchor";
import { readFileDiff, type DiffHunk } from "../core/diff/diff";
import { composeChanges } from "../core/lines/fileChange";
import type { PatchFile } from "../core/diff/patchFiles";
import { TextLines } from "../core/lines/textLines";
import { visibleText } from "./escape";
import { plural } from "./labels";

export interface FailingPatch {
  /** The patch at hand, from 1. */
  readonly at: number;
  readonly of: number;
  readonly title: string;
}

/**
 * The text.
 *
 * @param lines of the file, without their ends; null where there is none
 */
export function failingPatchText({ at, of, title }: FailingPatch, file: PatchFile, lines: readonly string[] | null): string {
  const { hunks, binary } = readFileDiff(file.text, file.path);
  const path = visibleText(file.path);
  const head = [
    `# Patch ${at} of ${of}: ${visibleText(title)}`,
    `# git could not place it: the versions of the files it was made on are not in this repository, so there is nothing to merge.`,
    `# Change ${path} as the hunks say, then choose Continue; or skip the patch.`,
  ];
  if (binary) return `${[...head, "", "This file is binary; it has to come from somewhere else."].join("\n")}\n`;
  const [change] = composeChanges([{ index: at, text: file.text }]);
  const placed = lines && change ? placeChange(new TextLines(lines), change, null) : [];
  const shown = hunks.flatMap((hunk, number) => [
    "",
    `# Hunk ${number + 1} of ${hunks.length}: ${lines ? placeWords(editsOf(hunk, placed)) : noFile(file, hunk)}`,
    ...visibleText(file.text.slice(hunk.start, hunk.end).trimEnd()).split("\n"),
  ]);
  const bare = hunks.length === 0 ? ["", ...visibleText(file.text.trimEnd()).split("\n")] : [];
  return `${[...head, ...shown, ...bare].join("\n")}\n`;
}

function noFile({ path }: PatchFile, { oldLines }: DiffHunk): string {
  return oldLines === 0 ? "a new file" : `there is no ${visibleText(path)} here`;
}

function editsOf({ oldStart, oldLines }: DiffHunk, placed: readonly PlacedEdit[]): PlacedEdit[] {
  const first = Math.max(0, oldStart - 1);
  return placed.filter(({ edit }) => edit.start >= first && edit.start <= first + oldLines);
}

/** From what is surely known to what is not. */
const words: Readonly<Record<Certainty, string>> = {
  already: "is in the file already",
  exact: "fits",
  context: "fits",
  fuzzy: "nearly fits",
  function: "its function is",
  gone: "no place for it was found",
};

function placeWords(edits: readonly PlacedEdit[]): string {
  if (edits.length === 0) return words.gone;
  const said = edits.map(({ certainty, start }) => (certainty === "gone" ? words.gone : `${words[certainty]} at line ${start + 1}`));
  const each = [...new Set(said)];
  return each.length === 1 ? (each[0] ?? "") : `${plural(edits.length, "change")}: ${each.join("; ")}`;
}

/** The line of the file to show beside it, from 0: where the first change that is not in yet fits best. */
export function firstPlace(file: PatchFile, lines: readonly string[]): number {
  const [change] = composeChanges([{ index: 1, text: file.text }]);
  const placed = change ? placeChange(new TextLines(lines), change, null) : [];
  const open = placed.find(({ certainty }) => certainty !== "already" && certainty !== "gone");
  return Math.max(0, open?.start ?? placed[0]?.edit.start ?? 0);
}

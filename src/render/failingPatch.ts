/** A patch that git could not place: the text shown beside the file while applying, and the notice above a preview. */
import { type DiffHunk, readFileDiff } from "../core/diff/diff";
import type { PatchFile } from "../core/diff/patchFiles";
import { composeChanges } from "../core/lines/fileChange";
import { type Certainty, placeChange, type PlacedEdit } from "../core/lines/placeChange";
import { TextLines } from "../core/lines/textLines";
import { visibleText } from "../core/mail/hiddenCharacters";
import type { Revision } from "../core/series/series";
import { plural } from "./labels";

export interface FailingPatch {
  /** The current patch, from 1. */
  readonly at: number;
  readonly of: number;
  readonly title: string;
}

/**
 * The text.
 *
 * @param lines of the file, without their ends; null when there is no file
 */
export function failingPatchText({ at, of, title }: FailingPatch, file: PatchFile, lines: readonly string[] | null): string {
  const { hunks, binary } = readFileDiff(file.text, file.path);
  const path = visibleText(file.path);
  const head = [
    `# Patch ${at} of ${of}: ${visibleText(title)}`,
    `# git could not apply it. The blobs it is based on are not in this repository, so a three-way merge is not possible.`,
    `# Edit ${path} as the hunks show, then choose Continue, or skip the patch.`,
  ];
  if (binary) return `${[...head, "", "This file is binary; get it from another source."].join("\n")}\n`;
  const [change] = composeChanges([{ index: at, text: file.text }]);
  const placed = lines && change ? placeChange(new TextLines(lines), change, null) : [];
  const shown = hunks.flatMap((hunk, number) => [
    "",
    `# Hunk ${number + 1} of ${hunks.length}: ${lines ? placedText(editsOf(hunk, placed)) : noFile(file, hunk)}`,
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

/** From the surest to the least sure. */
const certaintyWords: Readonly<Record<Certainty, string>> = {
  already: "already applied",
  exact: "fits",
  context: "fits",
  fuzzy: "nearly fits",
  function: "only its function found,",
  gone: "no match found",
};

function placedText(edits: readonly PlacedEdit[]): string {
  if (edits.length === 0) return certaintyWords.gone;
  const said = edits.map(({ certainty, start }) =>
    certainty === "gone" ? certaintyWords.gone : `${certaintyWords[certainty]} at line ${start + 1}`,
  );
  const each = [...new Set(said)];
  return each.length === 1 ? (each[0] ?? "") : `${plural(edits.length, "change")}: ${each.join("; ")}`;
}

/** The line of the file to show beside it, from 0: the best place of the first change that is not in yet. */
export function firstOpenLine(file: PatchFile, lines: readonly string[]): number {
  const [change] = composeChanges([{ index: 1, text: file.text }]);
  const placed = change ? placeChange(new TextLines(lines), change, null) : [];
  const open = placed.find(({ certainty }) => certainty !== "already" && certainty !== "gone");
  return Math.max(0, open?.start ?? placed[0]?.edit.start ?? 0);
}

// The notice above a preview that git could not make.

/** The part of a revision that a preview shows. */
export interface ShownPatches {
  readonly stoppedAt: number | null;
  readonly left: number;
  readonly missing: readonly string[];
  readonly files: readonly unknown[];
}

/**
 * Why a preview is not the tree with the whole series applied; null when it is.
 *
 * @param base the commit it was made on, as the person calls it
 */
export function previewNotice(
  { patches, expected }: Revision,
  base: string,
  { stoppedAt, left, missing, files }: ShownPatches,
): string | null {
  if (stoppedAt === null) return null;
  const patch = `Patch ${patches[stoppedAt]?.index ?? stoppedAt + 1} of ${expected} does not apply to ${base}`;
  const without = [
    left > 0 ? plural(left, "change") : "",
    missing.length === 1
      ? `${missing[0]}, which does not exist there`
      : missing.length > 1
        ? `${missing.length} files that do not exist there`
        : "",
  ].filter(Boolean);
  if (files.length === 0 && without.length === 0) return `${patch}: all its changes are already there.`;
  if (files.length === 0) return `${patch}: none of the lines it changes exist there.`;
  const how = `${patch}. Its changes are shown at the current position of their lines`;
  return without.length === 0 ? `${how}.` : `${how}. Left out: ${without.join(" and ")}.`;
}

/** A compared patch as two texts, for an editor that shows how they differ. */
import { readPatchBody } from "../mail/mailinfo";
import { alignedChange, type FileInterdiff, type InterdiffHunk } from "./interdiff";
import { joinedChanges, readChange } from "./patchChange";
import type { ComparedSide } from "./textChange";

/** A patch as it was posted. */
export interface PostedPatch {
  readonly title: string;
  /** As `formatAuthor` writes it. */
  readonly author: string;
  /** From its message to the end of its diff. */
  readonly text: string;
}

export interface ChangeSides {
  readonly before: string;
  readonly after: string;
}

/**
 * Patches of two revisions, several of one if they were split or squashed, as two texts: author, title and message as they were
 * posted, and the diffs of all of them together. Line numbers and blob ids are left out, and the context is that of the newer diff
 * wherever both have the hunk, so that the texts differ where the work does.
 */
export function changeSides(from: readonly PostedPatch[], to: readonly PostedPatch[]): ChangeSides {
  const [old, now] = [from, to].map((patches) => joinedChanges(patches.map(({ text }) => readChange(text))));
  const files = alignedChange(old ?? [], now ?? []);
  return { before: sideText(from, files, "-"), after: sideText(to, files, "+") };
}

function sideText(patches: readonly PostedPatch[], files: readonly FileInterdiff[], side: "-" | "+"): string {
  const isOn = (one: { readonly side: ComparedSide }): boolean => one.side === " " || one.side === side;
  const heads = patches.map(({ title, author, text }) => `From: ${author}\nSubject: ${title}\n\n${readPatchBody(text).message}\n`);
  const diffs = files.filter(isOn).map(({ path, fromPath, header, hunks }) => {
    const name = side === "-" ? (fromPath ?? path) : path;
    const lines = [`diff --git a/${name} b/${name}`, ...header.filter(isOn).map(({ text }) => text)];
    return [...lines, ...hunks.flatMap((hunk) => hunkLines(hunk, isOn))].join("\n") + "\n";
  });
  return [...heads, ...diffs].join("\n");
}

function hunkLines({ heading, lines }: InterdiffHunk, isOn: (one: { readonly side: ComparedSide }) => boolean): string[] {
  return [`@@ ${heading}`.trimEnd(), ...lines.filter(isOn).map(({ kind, text }) => kind + text)];
}

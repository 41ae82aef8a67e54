/** The diff of a patch, cut into its files. */
import { readDiff } from "./diff";

/** The diff of one file of one patch. */
export interface PatchFile {
  /** The new name; the old one of a deleted file. */
  readonly path: string;
  /** The old name of a rename or copy. */
  readonly oldPath?: string;
  /** The unified diff of this file alone, from `diff --git` or `---` on, without the mail's signature. */
  readonly text: string;
}

/**
 * The diff of a patch as git takes it, without its message, which may hold lines that look like one.
 *
 * @param only the files that are wanted, by any of their names; all where it is null
 */
export function patchDiff(text: string, only: ReadonlySet<string> | null = null): string {
  return readDiff(text)
    .files.filter(({ path, oldPath }) => only === null || only.has(path) || (oldPath !== undefined && only.has(oldPath)))
    .map(({ start, end }) => text.slice(start, end).replace(/\n?$/, "\n"))
    .join("");
}

const binaryMark = "GIT binary patch\n";

/** The files of a patch's text, each with its own diff. The contents of a binary file are left out, since no one reads them. */
export function patchFiles(text: string): PatchFile[] {
  return readDiff(text).files.map(({ path, oldPath, binary, start, end }) => {
    const whole = text.slice(start, end);
    const mark = binary ? whole.indexOf(binaryMark) : -1;
    return {
      path,
      ...(oldPath === undefined ? {} : { oldPath }),
      text: mark < 0 ? whole : whole.slice(0, mark + binaryMark.length),
    };
  });
}

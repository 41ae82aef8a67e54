/**
 * What a series makes of each file, all its patches taken together: where a patch changes what an earlier one of the same series
 * added, only the end counts. The text of the file is not needed for that, since the hunks tell all that they change.
 */
import { readDiff, type FileDiff } from "../diff/diff";
import { OpenChange } from "./openChange";

/** A run of lines of a text that is replaced. */
export interface LineEdit {
  /** Zero-based line of the text before; where nothing is removed, the line the new ones come before. */
  readonly start: number;
  readonly removed: readonly string[];
  readonly added: readonly string[];
}

/** A run of lines that a series replaces; counted in the file before the series, unless it was placed in another text. */
export interface Edit extends LineEdit {
  /** Indexes of the patches that do it, ascending. */
  readonly patches: readonly number[];
}

/** A stretch of a file without gaps that hunks show: the changed lines and those around them. */
export interface Block {
  /** Zero-based first line, of the file before the series. */
  readonly start: number;
  /** What stands behind the `@@` of the first hunk: the function it is in. */
  readonly heading: string;
  readonly before: readonly string[];
  readonly after: readonly string[];
  /** In order, never empty. */
  readonly edits: readonly Edit[];
  /** It does not fit what the patches before it made, so it is as its own patch has it and its lines may be off. */
  readonly loose?: true;
}

export interface FileChange {
  /** Before the series; null for a file that it adds. Of a copy, the file that it is made of. */
  readonly path: string | null;
  /** After the series; null for a file that it deletes. */
  readonly newPath: string | null;
  /** It is made of `path`, which stays. */
  readonly copied?: true;
  /** The blob the first patch was made on, abbreviated; null where the diff has none. */
  readonly oldBlob: string | null;
  /** The blob the last patch leaves. */
  readonly newBlob: string | null;
  readonly binary: boolean;
  /** Hunks of it were damaged on the way. */
  readonly mangled: boolean;
  /** Indexes of the patches that change it, ascending. */
  readonly patches: readonly number[];
  /** By line. */
  readonly blocks: readonly Block[];
}

/** A patch's text, from its message to the end of its diff. */
export interface PatchText {
  readonly index: number;
  readonly text: string;
  /** Patches between the one before it and this one are not there, so that the lines it names may stand elsewhere. */
  readonly afterGap?: true;
}

/** Lines that a series has shown of files which it copies, over all copies: of what comes behind them only its own hunks are known. */
const mostCopied = 500_000;

/**
 * Composes the patches of one series.
 *
 * @param patches in the order they apply
 * @param only the file that is asked for, by any name it has in the series; all files where it is absent
 */
export function composeChanges(patches: readonly PatchText[], only?: string): FileChange[] {
  const files = new Map<string, OpenChange>();
  const gone: OpenChange[] = [];
  let copied = 0;
  const copyOf = (path: string): OpenChange => {
    const source = files.get(path);
    copied += source?.knownLines ?? 0;
    return source && copied <= mostCopied ? source.copy() : new OpenChange(path, null, true);
  };
  for (const { index, text, afterGap = false } of patches) {
    const diffs = readDiff(text).files;
    const moved = movedFiles(diffs, files, copyOf);
    for (const diff of diffs) {
      // A file that was deleted is open still: whoever makes one of its name replaces it.
      const there = files.get(diff.path);
      const file = moved.get(diff) ?? there ?? new OpenChange(diff.change === "new" ? null : diff.path, diff.oldBlob);
      file.add(index, text, diff, afterGap);
      if (there && there !== file) gone.push(there);
      files.set(diff.path, file);
      // Where its text is not told, what replaces it cannot be counted in its lines.
      if (diff.change === "deleted" && diff.hunks.length === 0) {
        gone.push(file);
        files.delete(diff.path);
      }
    }
  }
  const all = [...new Set([...files.values(), ...gone])];
  return (only === undefined ? all : filesNamed(all, only)).map((file) => file.close());
}

/** The files that a patch copies and moves, as they were before it: the diffs of a patch do not depend on their order. */
function movedFiles(
  diffs: readonly FileDiff[],
  files: Map<string, OpenChange>,
  copyOf: (path: string) => OpenChange,
): Map<FileDiff, OpenChange> {
  const moved = new Map<FileDiff, OpenChange>();
  for (const diff of diffs) {
    const { change, oldPath = diff.path } = diff;
    if (change === "copied") moved.set(diff, copyOf(oldPath));
    else if (change === "renamed") moved.set(diff, files.get(oldPath) ?? new OpenChange(oldPath, diff.oldBlob));
  }
  for (const { change, oldPath } of diffs) if (change === "renamed" && oldPath !== undefined) files.delete(oldPath);
  return moved;
}

/** What becomes of a file; where several go by its name, the one that has it before the series, else behind it. */
function filesNamed(all: readonly OpenChange[], name: string): OpenChange[] {
  const named = all.filter((file) => file.names.has(name));
  const first = named.filter((file) => file.path === name);
  if (first.length > 0) return first;
  const last = named.filter((file) => file.newPath === name);
  return last.length > 0 ? last : named;
}

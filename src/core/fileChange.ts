/**
 * What a series makes of each file, all its patches taken together: where a patch changes what an earlier one of the same series
 * added, only the end counts. The text of the file is not needed for that, since the hunks tell all that they change.
 */
import { readDiff } from "./diff";
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
  /** Before the series; null for a file that it adds. */
  readonly path: string | null;
  /** After the series; null for a file that it deletes. */
  readonly newPath: string | null;
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
}

/**
 * Composes the patches of one series.
 *
 * @param patches in the order they apply
 * @param only the file that is asked for, by any name it has in the series; all files where it is absent
 */
export function composeChanges(patches: readonly PatchText[], only?: string): FileChange[] {
  const files = new Map<string, OpenChange>();
  const gone: OpenChange[] = [];
  for (const { index, text } of patches) {
    for (const diff of readDiff(text).files) {
      const before = diff.change === "new" ? null : (diff.oldPath ?? diff.path);
      // A copy leaves its source as it is.
      const known = before === null || diff.change === "copied" ? files.get(diff.path) : files.get(before);
      const file = known ?? new OpenChange(before, diff.change === "copied" ? null : diff.oldBlob);
      file.add(index, text, diff);
      if (before !== null && diff.change !== "copied") files.delete(before);
      if (diff.change === "deleted") gone.push(file);
      else files.set(diff.path, file);
    }
  }
  const all = [...files.values(), ...gone];
  const wanted = only === undefined ? all : all.filter((file) => file.names.has(only));
  return wanted.map((file) => file.close());
}

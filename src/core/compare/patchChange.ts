/** The change that a patch makes, as two revisions are compared by it: per file its header and the lines of its hunks. */
import { type FileDiff, readDiff } from "../diff/diff";
import { type PatchHunk, readPatchHunk } from "../diff/patchFiles";

export interface ChangedFile {
  /** The new name; the old one of a deleted file. */
  readonly path: string;
  /** The old name of a rename or copy. */
  readonly oldPath?: string;
  /** What happens to the file beside its lines, as git words it: `new file mode 100755`, `rename from arch/x86/kvm/a.c`. */
  readonly header: readonly string[];
  readonly hunks: readonly PatchHunk[];
}

/** Reads the change in the text of a patch, its message above it or not; [] where there is none. */
export function readChange(text: string): ChangedFile[] {
  return readDiff(text).files.map((file) => ({
    path: file.path,
    ...(file.oldPath === undefined ? {} : { oldPath: file.oldPath }),
    header: headerOf(file),
    hunks: file.hunks.map((hunk) => readPatchHunk(text, hunk)),
  }));
}

function headerOf({ change, path, oldPath = path, oldMode, newMode, binary, newBlob }: FileDiff): string[] {
  const header: string[] = [];
  if (change === "renamed") header.push(`rename from ${oldPath}`, `rename to ${path}`);
  if (change === "copied") header.push(`copy from ${oldPath}`, `copy to ${path}`);
  if (change === "new") header.push(`new file mode ${newMode ?? "100644"}`);
  // The mode of a deleted file is that of the tree, and tells nothing of the patch.
  if (change === "deleted") header.push("deleted file");
  if (change !== "new" && change !== "deleted" && oldMode !== null && newMode !== null && oldMode !== newMode)
    header.push(`old mode ${oldMode}`, `new mode ${newMode}`);
  if (binary) header.push(`binary file ${newBlob ?? "with unknown contents"}`);
  return header;
}

/** Equal for changes that have all lines in common, those of the context too; their line numbers do not count. */
export function wholeKey(files: readonly ChangedFile[]): string {
  return keyOf(files, () => true);
}

/** Equal for changes that add and remove the same lines in the same files. */
export function changedKey(files: readonly ChangedFile[]): string {
  return keyOf(files, (kind) => kind !== " ");
}

function keyOf(files: readonly ChangedFile[], counts: (kind: string) => boolean): string {
  const keys = files.map(({ path, header, hunks }) => {
    const lines = hunks.flatMap((hunk) => hunk.lines.filter(({ kind }) => counts(kind)).map(({ kind, text }) => kind + text));
    return [path, ...header, ...lines].join("\n");
  });
  // The order of the files is that of the tool, not of the work.
  return keys.sort().join("\n\n");
}

/** The changes of several patches as one, file by file, the hunks in the order of their lines. */
export function joinedChanges(patches: ReadonlyArray<readonly ChangedFile[]>): readonly ChangedFile[] {
  const [only] = patches;
  if (only && patches.length === 1) return only;
  const files = new Map<string, { file: ChangedFile; header: string[]; hunks: PatchHunk[] }>();
  for (const file of patches.flat()) {
    const known = files.get(file.path);
    if (!known) files.set(file.path, { file, header: [...file.header], hunks: [...file.hunks] });
    else {
      known.header.push(...file.header.filter((line) => !known.header.includes(line)));
      known.hunks.push(...file.hunks);
    }
  }
  return [...files.values()].map(({ file, header, hunks }) => ({ ...file, header, hunks: hunks.sort((a, b) => a.start - b.start) }));
}

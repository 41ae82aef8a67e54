/** The tree with patches applied, made beside the repository: checkout, index and objects stay as they are. */
import { patchDiff } from "../core/diff/patchFiles";
import { HumanError } from "../core/humanError";
import { composeChanges, type ComposedChange } from "../core/lines/fileChange";
import { applyToText } from "../core/lines/placeChange";
import { bytesOfRaw, pathOfRaw, rawText } from "../core/mail/charset";
import { isSafePath } from "../core/series/treePaths";
import type { GitOptions } from "../git/git";
import { outputText, readObjects } from "../git/objects";
import { locateTree, treeIn } from "./commits";
import { applyToIndex, type Scratch, withScratch } from "./scratch";

interface PreviewFile {
  /** The path after the patches; of a deleted file, the one before. */
  readonly path: string;
  /** The path before the patches, if it was another one. */
  readonly oldPath: string;
  /** Null for an added file. */
  readonly before: Uint8Array | null;
  /** Null for a deleted file. */
  readonly after: Uint8Array | null;
}

export interface PreviewTree {
  readonly files: readonly PreviewFile[];
  /** Zero-based place of the first patch that git does not apply; null when all apply. */
  readonly stoppedAt: number | null;
  /** How many changes of it and of later patches are left out, because they have no sure place in their file. */
  readonly left: number;
  /** Files that the patches change and the commit does not have. */
  readonly missing: readonly string[];
}

/** Nobody looks at a larger series. */
const mostFiles = 2000;

/**
 * Applies patches to a commit: as they are, else by a three-way merge when their blobs are known. From the first patch that git cannot
 * apply on, each change is placed by the lines around it.
 *
 * @param commit hex id
 * @param texts of the patches in order, from the message to the end of the diff, exact for git (see `exactPatchTexts`)
 */
export async function previewTree(top: string, commit: string, texts: readonly string[], options: GitOptions = {}): Promise<PreviewTree> {
  const place = await locateTree(top, options);
  const base = treeIn(place, commit);
  return withScratch(place.top, options, async (scratch) => {
    if ((await scratch.run(["read-tree", base])).code !== 0)
      throw new HumanError("The base commit of this preview is no longer in the repository. Open the series again.");
    const first = await writeTree(scratch);
    let tree = first;
    let stoppedAt: number | null = null;
    for (const [at, text] of texts.entries()) {
      if (await applyToIndex(scratch, bytesOfRaw(patchDiff(text)))) {
        stoppedAt = at;
        break;
      }
      tree = await writeTree(scratch);
    }
    const applied = await filesBetween(scratch, first, tree);
    return stoppedAt === null ? { files: applied, stoppedAt, left: 0, missing: [] } : placeRest(scratch, first, texts, stoppedAt, applied);
  });
}

/** Makes the files that the patches from one on change, from their text before, with all these patches taken together. */
async function placeRest(
  scratch: Scratch,
  base: string,
  texts: readonly string[],
  stoppedAt: number,
  applied: readonly PreviewFile[],
): Promise<PreviewTree> {
  const all = composeChanges(texts.map((text, index) => ({ index, text }))).map((change) => ({
    ...change,
    path: change.path === null ? null : pathOfRaw(change.path),
    newPath: change.newPath === null ? null : pathOfRaw(change.newPath),
  }));
  const rest = all.filter(({ patches }) => patches.some((patch) => patch >= stoppedAt)).slice(0, mostFiles);
  const nameOf = (path: string | null): string | null =>
    path === null || !isSafePath(path) || path.includes("\n") ? null : `${base}:${path}`;
  const names = rest.flatMap(({ path, newPath, oldBlob }) => [nameOf(path) ?? [], nameOf(newPath) ?? [], oldBlob ?? []].flat());
  const blobs = await readObjects(scratch.run, [...new Set(names)]);
  const files = new Map(applied.map((file) => [file.path, file] as const));
  const missing: string[] = [];
  let left = 0;
  for (const change of rest) {
    const { path, newPath, oldBlob, binary } = change;
    // When part of the series is already in, the file may have been moved or copied; the source of a copy stays.
    const here = (change.copied ? [newPath, path] : [path, newPath]).find((name) => blobs.has(nameOf(name) ?? ""));
    const before = here == null ? null : (blobs.get(nameOf(here) ?? "") ?? null);
    for (const name of change.copied ? [newPath] : [path, newPath]) files.delete(name ?? "");
    if (before === null && path !== null) missing.push(path);
    else if (binary) left++;
    else {
      const made = previewFile(change, here ?? null, before, blobs.get(oldBlob ?? "") ?? null);
      left += made.left;
      const isNew = change.copied && here === path;
      if (made.file) files.set(made.file.path, isNew ? { ...made.file, oldPath: made.file.path, before: null } : made.file);
    }
  }
  return { files: [...files.values()].sort((a, b) => (a.path < b.path ? -1 : 1)), stoppedAt, left, missing };
}

function previewFile(
  change: ComposedChange,
  here: string | null,
  before: Buffer | null,
  base: Buffer | null,
): { readonly file: PreviewFile | null; readonly left: number } {
  const text = before && rawText(before);
  const { after, left } = applyToText(change, text, base && rawText(base));
  const path = change.newPath ?? here;
  if (path === null || !isSafePath(path) || (after === text && (here === null || here === path))) return { file: null, left };
  return { file: { path, oldPath: here ?? path, before, after: after === null ? null : bytesOfRaw(after) }, left };
}

async function writeTree(scratch: Scratch): Promise<string> {
  const written = await scratch.run(["write-tree"]);
  if (written.code !== 0) throw new Error(`git write-tree ended with ${written.code}: ${written.stderr}`);
  return outputText(written);
}

async function filesBetween(scratch: Scratch, before: string, after: string): Promise<PreviewFile[]> {
  const { stdout } = await scratch.run(["diff-tree", "-r", "-z", "-M", "--no-commit-id", "--raw", "--full-index", before, after]);
  const parts = stdout.toString("utf8").split("\0");
  const rows: Array<Pick<PreviewFile, "path" | "oldPath"> & { readonly before: string; readonly after: string }> = [];
  for (let at = 0; at + 1 < parts.length && rows.length < mostFiles;) {
    const [, , before = "", after = "", status = ""] = (parts[at] ?? "").split(" ");
    const oldPath = parts[at + 1] ?? "";
    const isMoved = /^[RC]/.test(status);
    rows.push({ oldPath, path: isMoved ? (parts[at + 2] ?? "") : oldPath, before, after });
    at += isMoved ? 3 : 2;
  }
  const ids = new Set(rows.flatMap(({ before, after }) => [before, after]).filter((id) => !/^0*$/.test(id)));
  const blobs = await readObjects(scratch.run, [...ids]);
  return rows.map(({ path, oldPath, before, after }) => ({
    path,
    oldPath,
    before: blobs.get(before) ?? null,
    after: blobs.get(after) ?? null,
  }));
}

/** Files and folders of commits, and blobs by their ids, many at once. */
import { isSafePath } from "../core/series/treePaths";
import { type GitOptions, runGit } from "../git/git";
import { nulFields, objectInfos, readObjects } from "../git/objects";
import { commitOf, fileIn, gitIn } from "./commits";

/** No source file of a kernel is as large. */
const largestBlob = 16 * 1024 * 1024;

/**
 * Reads blobs that patches name by the first digits of their ids.
 *
 * @param top a folder in it
 * @param ids whole or abbreviated
 * @returns texts by the given ids; ids that are missing, ambiguous or not of a blob are absent
 */
export async function readBlobTexts(top: string, ids: readonly string[], options: GitOptions = {}): Promise<Map<string, string>> {
  const wanted = [...new Set(ids)].filter((id) => /^[0-9a-f]{4,64}$/.test(id) && !/^0+$/.test(id));
  const texts = new Map<string, string>();
  if (wanted.length === 0) return texts;
  const ask = gitIn(top, options);
  // The sizes are asked first, so that nothing too large is read.
  const infos = await objectInfos(ask, wanted);
  const read = await readObjects(
    ask,
    wanted.filter((_, at) => infos[at]?.kind === "blob" && infos[at].size <= largestBlob),
  );
  for (const [id, bytes] of read) texts.set(id, bytes.toString("utf8"));
  return texts;
}

/** A file of a commit; null when it has none of that name. */
export async function fileOfCommit(top: string, commit: string, path: string, options: GitOptions = {}): Promise<Uint8Array | null> {
  return isSafePath(path) ? ((await readFilesAt(top, commit, [path], options)).get(path) ?? null) : null;
}

interface CommitEntry {
  readonly name: string;
  readonly isFolder: boolean;
}

/** The entries of a folder of a commit, `""` for its top; null when there is no such folder. */
export async function folderOfCommit(top: string, commit: string, path: string, options: GitOptions = {}): Promise<CommitEntry[] | null> {
  if (path !== "" && !isSafePath(path)) return null;
  const listed = await runGit(top, ["ls-tree", "-z", "--full-tree", fileIn(commit, path)], options);
  if (listed.code !== 0) return null;
  return nulFields(listed).map((row) => ({ name: row.slice(row.indexOf("\t") + 1), isFolder: row.startsWith("040000 ") }));
}

/** A file as the last commit has it. */
export interface CommittedFile {
  readonly commit: string;
  readonly bytes: Uint8Array;
}

/** A file in HEAD; null without the file, a commit or a repository. */
export async function readCommitted(top: string, path: string, options: GitOptions = {}): Promise<CommittedFile | null> {
  const commit = await commitOf(top, "HEAD", options);
  const bytes = commit === null ? undefined : (await readFilesAt(top, commit, [path], options)).get(path);
  return commit === null || bytes === undefined ? null : { commit, bytes };
}

/** Files of a commit, all at once; those that it does not have are absent. */
export async function readFilesAt(
  top: string,
  commit: string,
  paths: readonly string[],
  options: GitOptions = {},
): Promise<Map<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>();
  // Git before 2.38 cannot be asked for a name with a line end in this way, and no kernel file has one.
  const asked = [...new Set(paths)].filter((path) => !path.includes("\n"));
  const read = await readObjects(
    gitIn(top, options),
    asked.map((path) => fileIn(commit, path)),
  );
  for (const path of asked) {
    const bytes = read.get(fileIn(commit, path));
    if (bytes) found.set(path, bytes);
  }
  return found;
}

/** Files and folders as commits have them, and blobs by their ids, many in one question. */
import { isSafePath } from "../core/series/treePaths";
import { type GitOptions, runGit } from "../git/git";
import { nulFields, objectInfos, readObjects } from "../git/objects";
import { commitOf, fileIn, gitIn } from "./commits";

/** No file of a kernel is as large; what is larger is no source. */
const largestBlob = 16 * 1024 * 1024;

/**
 * Reads the blobs that patches name by the first digits of their ids.
 *
 * @param top a folder in it
 * @param ids whole or abbreviated
 * @returns texts by the ids as they were given; those that are not there, are no blobs or have several meanings are absent
 */
export async function readBlobTexts(top: string, ids: readonly string[], options: GitOptions = {}): Promise<Map<string, string>> {
  const wanted = [...new Set(ids)].filter((id) => /^[0-9a-f]{4,64}$/.test(id) && !/^0+$/.test(id));
  const texts = new Map<string, string>();
  if (wanted.length === 0) return texts;
  const ask = gitIn(top, options);
  // Their sizes first, so that what is too large is never read.
  const infos = await objectInfos(ask, wanted);
  const read = await readObjects(
    ask,
    wanted.filter((_, at) => infos[at]?.kind === "blob" && infos[at].size <= largestBlob),
  );
  for (const [id, bytes] of read) texts.set(id, bytes.toString("utf8"));
  return texts;
}

/** A file of a commit; null where it has none of that name. */
export async function fileOfCommit(top: string, commit: string, path: string, options: GitOptions = {}): Promise<Uint8Array | null> {
  return isSafePath(path) ? ((await readFilesAt(top, commit, [path], options)).get(path) ?? null) : null;
}

interface CommitEntry {
  readonly name: string;
  readonly isFolder: boolean;
}

/** What is in a folder of a commit, `""` for its top; null where there is no such folder. */
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

/** The file as HEAD has it; null where HEAD has no such file, or there is no commit or no repository. */
export async function readCommitted(top: string, path: string, options: GitOptions = {}): Promise<CommittedFile | null> {
  const commit = await commitOf(top, "HEAD", options);
  const bytes = commit === null ? undefined : (await readFilesAt(top, commit, [path], options)).get(path);
  return commit === null || bytes === undefined ? null : { commit, bytes };
}

/** Files as a commit has them, in one question; those that it has not are absent. */
export async function readFilesAt(
  top: string,
  commit: string,
  paths: readonly string[],
  options: GitOptions = {},
): Promise<Map<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>();
  // A name with a line end cannot be asked for in this way by a git before 2.38, and no kernel file has one.
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

/** Files and folders as commits have them, and blobs by their ids, many in one question. */
import { isSafePath } from "../core/series/treePaths";
import { type GitOptions, type GitResult, runGit } from "../git/git";
import { fileIn, type GitCall, objectIdOf } from "./commits";

/** No file of a kernel is as large; what is larger is no source. */
const largestBlob = 16 * 1024 * 1024;

/** Runs git in a repository, or with the objects of a scratch. */
export type GitCallWithInput = (args: readonly string[], options: { readonly input: string }) => Promise<GitResult>;

/**
 * Asks for blobs by anything git knows them by: ids, whole or abbreviated, or `<commit>:<path>`.
 *
 * @param names without line ends, each once
 * @returns by the names; those that are not there, are no blobs or have several meanings are absent
 */
export async function readObjects(ask: GitCallWithInput, names: readonly string[]): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>();
  if (names.length === 0) return found;
  const { stdout } = await ask(["cat-file", "--batch"], { input: `${names.join("\n")}\n` });
  let at = 0;
  for (const name of names) {
    const end = stdout.indexOf(10, at);
    if (end < 0) break;
    const [, kind, size] = /^[0-9a-f]+ (\w+) (\d+)$/.exec(stdout.toString("latin1", at, end)) ?? [];
    at = end + 1;
    // `missing`, `ambiguous`, or a submodule's commit of another repository: nothing follows.
    if (kind === undefined) continue;
    if (kind === "blob") found.set(name, stdout.subarray(at, at + Number(size)));
    at += Number(size) + 1;
  }
  return found;
}

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
  // Their sizes first, so that what is too large is never read.
  const { code, stdout } = await runGit(top, ["cat-file", "--batch-check"], { ...options, input: `${wanted.join("\n")}\n` });
  if (code !== 0) return texts;
  const rows = stdout.toString("utf8").split("\n");
  const there = wanted.filter((_, at) => {
    const [, kind, size] = (rows[at] ?? "").split(" ");
    return kind === "blob" && Number(size) <= largestBlob;
  });
  const read = await readObjects((args, more) => runGit(top, args, { ...options, ...more }), there);
  for (const [id, bytes] of read) texts.set(id, bytes.toString("utf8"));
  return texts;
}

/** A file of a commit; null where it has none of that name. */
export async function fileOfCommit(top: string, commit: string, path: string, options: GitOptions = {}): Promise<Uint8Array | null> {
  if (!isSafePath(path) || path.includes("\n")) return null;
  const name = fileIn(commit, path);
  return (await readObjects((args, more) => runGit(top, args, { ...options, ...more }), [name])).get(name) ?? null;
}

export interface CommitEntry {
  readonly name: string;
  readonly isFolder: boolean;
}

/** What is in a folder of a commit, `""` for its top; null where there is no such folder. */
export async function folderOfCommit(top: string, commit: string, path: string, options: GitOptions = {}): Promise<CommitEntry[] | null> {
  if (path !== "" && !isSafePath(path)) return null;
  const { code, stdout } = await runGit(top, ["ls-tree", "-z", "--full-tree", fileIn(commit, path)], options);
  if (code !== 0) return null;
  const rows = stdout.toString("utf8").split("\0").filter(Boolean);
  return rows.map((row) => ({ name: row.slice(row.indexOf("\t") + 1), isFolder: row.startsWith("040000 ") }));
}

/** A file as the last commit has it. */
export interface CommittedFile {
  readonly commit: string;
  readonly bytes: Uint8Array;
}

/** The file as HEAD has it; null where HEAD has no such file, or there is no commit or no repository. */
export async function readCommitted(top: string, path: string, options: GitOptions = {}): Promise<CommittedFile | null> {
  const ask: GitCall = (args) => runGit(top, args, options);
  const commit = await objectIdOf(ask, "HEAD^{commit}");
  if (commit === null) return null;
  const found = await ask(["cat-file", "blob", fileIn(commit, path)]);
  return found.code === 0 ? { commit, bytes: found.stdout } : null;
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
    (args, more) => runGit(top, args, { ...options, ...more }),
    asked.map((path) => fileIn(commit, path)),
  );
  for (const path of asked) {
    const bytes = read.get(fileIn(commit, path));
    if (bytes) found.set(path, bytes);
  }
  return found;
}

/** The contents of blobs, many in one question. */
import { runGit, type GitOptions, type GitResult } from "./git";

/** No file of a kernel is as large; what is larger is no source. */
const largestBlob = 16 * 1024 * 1024;

/** Runs git in a repository, or with the objects of a scratch. */
export type AskGit = (args: readonly string[], options: { readonly input: string }) => Promise<GitResult>;

/**
 * Asks for blobs by anything git knows them by: ids, whole or abbreviated, or `<commit>:<path>`.
 *
 * @param names without line ends, each once
 * @returns by the names; those that are not there, are no blobs or have several meanings are absent
 */
export async function readObjects(ask: AskGit, names: readonly string[]): Promise<Map<string, Buffer>> {
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
export async function readBlobs(top: string, ids: readonly string[], options: GitOptions = {}): Promise<Map<string, string>> {
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

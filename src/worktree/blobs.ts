/** The contents of blobs that patches name by the first digits of their ids. */
import { runGit, type GitOptions } from "./git";

/** No file of a kernel is as large; what is larger is no source. */
const largestBlob = 16 * 1024 * 1024;

/**
 * Reads blobs of a repository.
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
  if (there.length === 0) return texts;
  const read = await runGit(top, ["cat-file", "--batch"], { ...options, input: `${there.join("\n")}\n` });
  let at = 0;
  for (const id of there) {
    const end = read.stdout.indexOf(10, at);
    if (end < 0) break;
    const [, kind, size] = read.stdout.toString("latin1", at, end).split(" ");
    at = end + 1;
    if (kind !== "blob") continue;
    texts.set(id, read.stdout.toString("utf8", at, at + Number(size)));
    at += Number(size) + 1;
  }
  return texts;
}

/** What a repository has: objects by any name git knows, many in one question, and the entries of an index. */
import type { GitResult } from "./git";

/** Runs git in one repository, or with the objects and the index of a scratch. */
export type GitCall = (args: readonly string[], options?: { readonly input?: string }) => Promise<GitResult>;

export interface ObjectInfo {
  /** The whole id. */
  readonly id: string;
  readonly kind: string;
  /** In bytes. */
  readonly size: number;
}

/**
 * Looks objects up without reading them.
 *
 * @param names without line ends: ids, whole or abbreviated, `<commit>^{tree}`, `<commit>:<path>`. They reach git on its input,
 * so that they may be a stranger's
 * @returns in the order of the names; null for a name that means nothing or several things. Where git gives up at a name, for
 * example one whose object a clone left out, that name and all after it are absent
 */
export async function objectInfos(ask: GitCall, names: readonly string[]): Promise<Array<ObjectInfo | null>> {
  if (names.length === 0) return [];
  const { stdout } = await ask(["cat-file", "--batch-check"], { input: `${names.join("\n")}\n` });
  const lines = stdout.toString("utf8").split("\n").slice(0, -1);
  return lines.map((line) => {
    const [, id, kind, size] = /^([0-9a-f]{40,64}) (\w+) (\d+)$/.exec(line) ?? [];
    return id === undefined || kind === undefined ? null : { id, kind, size: Number(size) };
  });
}

/**
 * Reads blobs.
 *
 * @param names as for `objectInfos`, each once
 * @returns by the names; a name that means nothing, no blob or several things is absent
 */
export async function readObjects(ask: GitCall, names: readonly string[]): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>();
  if (names.length === 0) return found;
  const { stdout } = await ask(["cat-file", "--batch"], { input: `${names.join("\n")}\n` });
  let at = 0;
  for (const name of names) {
    const end = stdout.indexOf(10, at);
    if (end < 0) break;
    const [, kind, size] = /^[0-9a-f]+ (\w+) (\d+)$/.exec(stdout.toString("latin1", at, end)) ?? [];
    at = end + 1;
    // `missing`, `ambiguous`, or a submodule's commit of another repository: no content follows.
    if (kind === undefined) continue;
    if (kind === "blob") found.set(name, stdout.subarray(at, at + Number(size)));
    at += Number(size) + 1;
  }
  return found;
}

/** A file in an index. */
export interface IndexEntry {
  readonly mode: string;
  readonly id: string;
  /** 0; for an unmerged file 1 is the common version, 2 ours, 3 theirs. */
  readonly stage: number;
  /** Relative to the top of the worktree. */
  readonly path: string;
}

/** The entries of an index; with `unmerged`, only those of unmerged files. */
export async function indexEntries(ask: GitCall, which: "all" | "unmerged"): Promise<IndexEntry[]> {
  const { stdout } = await ask(["ls-files", which === "all" ? "--stage" : "--unmerged", "-z", "--full-name"]);
  const rows = stdout.toString("utf8").matchAll(/(\d{6}) ([0-9a-f]+) ([0-3])\t([^\0]*)\0/g);
  return Array.from(rows, ([, mode = "", id = "", stage, path = ""]) => ({ mode, id, stage: Number(stage), path }));
}

/** The fields of an answer in which each ends with a NUL byte (`-z`). */
export function nulFields({ stdout }: GitResult): string[] {
  return stdout.toString("utf8").split("\0").slice(0, -1);
}

/** An answer of one line, such as an id or a name. */
export function outputText({ stdout }: GitResult): string {
  return stdout.toString("utf8").replace(/\n$/, "");
}

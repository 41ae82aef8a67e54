/** By what equal patches are known, the same in an index and in memory, so that both give the same series. */
import { hash } from "node:crypto";
import type { FileDiff } from "../core/diff";
import { diffKey } from "../core/diffKey";

/** See core/diffKey.ts. */
export function patchKey(text: string, files: readonly FileDiff[]): string | null {
  return diffKey(text, files, (changed) => hash("sha1", changed));
}

/** By what equal patches are known, the same in an index and in memory, so that both give the same series. */
import { hash } from "node:crypto";
import type { FileDiff } from "../core/diff/diff";
import { diffKey } from "../core/diff/diffKey";

/** See core/diff/diffKey.ts. */
export function patchKey(text: string, files: readonly FileDiff[]): string | null {
  return diffKey(text, files, (changed) => hash("sha1", changed));
}

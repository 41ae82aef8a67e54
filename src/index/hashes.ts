/** The hashes of an index: of patches, of link keys (40 bits), of series ids. */
import { hash } from "node:crypto";
import type { FileDiff } from "../core/diff/diff";
import { diffKey } from "../core/diff/patchId";

/** See `diffKey` in core/diff/patchId.ts. */
export function patchKey(text: string, files: readonly FileDiff[]): string | null {
  return diffKey(text, files, (changed) => hash("sha1", changed));
}

// Link keys as numbers: 40 bits of a hash. If two keys share a hash, their components only become larger, which changes no
// result.

/** A 40-bit hash of a text. It is not secret and does not resist forgery; the comment above says why it need not. */
export function keyHash(text: string): number {
  return hashOf(text, emptyLow, emptyHigh, -1);
}

/** The hash of a Message-ID in angle brackets, without building that text. */
export function idHash(messageId: string): number {
  return hashOf(messageId, openLow, openHigh, greater);
}

const greater = 62;
const less = 60;
const [lowFactor, highFactor] = [2654435761, 1597334677];
const [emptyLow, emptyHigh] = [0x9e3779b9, 0x41c6ce57];
const [openLow, openHigh] = [Math.imul(emptyLow ^ less, lowFactor), Math.imul(emptyHigh ^ less, highFactor)];

function hashOf(text: string, startLow: number, startHigh: number, last: number): number {
  let low = startLow;
  let high = startHigh;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    low = Math.imul(low ^ code, lowFactor);
    high = Math.imul(high ^ code, highFactor);
  }
  if (last >= 0) {
    low = Math.imul(low ^ last, lowFactor);
    high = Math.imul(high ^ last, highFactor);
  }
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  return (high & 0xff) * 4294967296 + (low >>> 0);
}

/** The form in which core asks for it. */
export function sha256(text: string): string {
  return hash("sha256", text);
}

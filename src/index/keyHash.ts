/** Link keys as numbers: 40 bits of a hash. Two keys that share one only make their components larger, which changes no result. */

/** A 40-bit hash of a text. Not secret and not safe against intent; see above for why it need not be. */
export function keyHash(text: string): number {
  let low = 0x9e3779b9;
  let high = 0x41c6ce57;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    low = Math.imul(low ^ code, 2654435761);
    high = Math.imul(high ^ code, 1597334677);
  }
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  return (high & 0xff) * 4294967296 + (low >>> 0);
}

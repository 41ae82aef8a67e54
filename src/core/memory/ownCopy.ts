/**
 * A copy of a text that shares no memory with what it was cut out of. Engines keep a whole mail alive for ten characters
 * of it, so what is kept of a mail for long is copied first.
 */
export function ownCopy(text: string): string {
  // Joining makes a new string and cutting flattens it; the one character in front is all that is wasted.
  return (" " + text).slice(1);
}

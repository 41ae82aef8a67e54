/** Putting things into an order in which each comes after what it follows, whatever their dates say. */

/**
 * The same things in nearly the same order: one that stands before something it follows comes right behind that. What follows
 * each other in a circle stays as it was.
 *
 * @param precursorsOf what a thing follows; anything that is not among the things is passed over
 */
export function afterPrecursors<T>(things: readonly T[], precursorsOf: (thing: T) => Iterable<T>): T[] {
  const waiting = new Set(things);
  const ordered: T[] = [];
  for (const thing of things) {
    // A stack of its own, since a thread may be longer than calls may be deep.
    const stack = waiting.has(thing) ? [{ thing, precursors: precursorsOf(thing)[Symbol.iterator]() }] : [];
    waiting.delete(thing);
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const next = top.precursors.next();
      if (next.done === true) {
        ordered.push(top.thing);
        stack.pop();
      } else if (waiting.delete(next.value)) stack.push({ thing: next.value, precursors: precursorsOf(next.value)[Symbol.iterator]() });
    }
  }
  return ordered;
}

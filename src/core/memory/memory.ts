/** Remembers what a function answered, for functions of one text that are asked the same few thousand texts again and again. */

/** Beyond this many answers all are forgotten, so that hostile input costs time and not memory. */
const mostAnswers = 50_000;

/** A function that works each answer out once. */
export function remembering<T extends string | null>(answer: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    if (known.size >= mostAnswers) known.clear();
    const made = answer(text);
    known.set(text, made);
    return made;
  };
}

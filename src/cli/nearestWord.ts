/** The word that was probably meant by one that is none. */

/** Longer words are no slips of the finger. */
const longestWord = 64;
const mostOffered = 3;

/** `; perhaps “series” is meant`, to be put before the full stop of a sentence; "" where nothing is near. */
export function didYouMean(word: string, known: readonly string[]): string {
  const near = nearestWords(word, known).map((one) => `“${one}”`);
  return near.length === 0 ? "" : `; perhaps ${near.join(" or ")} is meant`;
}

/** The known words that a wrong one is nearest to, the nearest first; [] where all are too far. */
export function nearestWords(word: string, known: readonly string[]): string[] {
  const wrong = word.toLowerCase();
  if (wrong === "" || wrong.length > longestWord) return [];
  const rated = known.flatMap((one) => {
    const right = one.toLowerCase();
    const rating = right.startsWith(wrong) || (right.length > 2 && wrong.startsWith(right)) ? 0.5 : distance(wrong, right);
    return rating <= Math.max(1, Math.max(wrong.length, right.length) * 0.4) ? [{ one, rating }] : [];
  });
  const best = Math.min(...rated.map(({ rating }) => rating));
  return rated
    .filter(({ rating }) => rating <= best)
    .map(({ one }) => one)
    .slice(0, mostOffered);
}

/** How many letters must be put in, left out, changed or exchanged with their neighbours to make one word of another. */
function distance(a: string, b: string): number {
  let [before, last]: number[][] = [[], Array.from({ length: b.length + 1 }, (_, at) => at)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min((last?.[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last?.[j - 1] ?? 0) + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) least = Math.min(least, (before?.[j - 2] ?? 0) + 1);
      row.push(least);
    }
    [before, last] = [last ?? [], row];
  }
  return last?.[b.length] ?? 0;
}

/** The words of a sentence, and what they are to a report that something was applied. */
/** How much has to be said beside the verb: nothing, or the tree it went to. */
type Need = "nothing" | "tree";

export const done = new Map<string, Need>([
  ...["applied", "queued", "enqueued", "merged", "pulled", "taken", "picked", "cherry-picked", "grabbed", "reapplied"].map(
    (word) => [word, "nothing"] as const,
  ),
  ...["pushed", "committed", "staged", "snagged"].map((word) => [word, "nothing"] as const),
  ...["landed", "added", "included", "integrated", "accepted", "installed", "put", "placed", "stuck", "dropped-in"].map(
    (word) => [word, "tree"] as const,
  ),
]);

/** Past tenses that are no participles: `I took this`. */
export const past = new Set(["took", "put"]);

export const doing = new Set([
  "applying",
  "queuing",
  "queueing",
  "merging",
  "taking",
  "pulling",
  "picking",
  "pushing",
  "staging",
  "committing",
  "adding",
]);

export const adverbs = new Set(
  "only now already just also finally both all hereby belatedly manually then recently meanwhile instead eventually provisionally tentatively duly happily simply".split(
    " ",
  ),
);

/** Behind these a new sentence may begin. */
export const linking = new Set(
  "and so but then therefore thus hence yes yep yeah ok okay thanks you now anyway also still meanwhile sorry well".split(" "),
);

/** What may stand before a report without saying anything of it. */
export const light = new Set(
  "thanks thank you thx ta cheers many much very lot again ok okay yes yep yup yeah y and so but then also well great good nice cool fine perfect awesome excellent lgtm alright allright right sure sorry now already finally belatedly anyway anyways fwiw fyi oh ah hmm hm hi hello hey dear done therefore thus hence regardless meanwhile still agreed indeed np wonderful lovely neat btw folks guys everyone".split(
    " ",
  ),
);

/** Behind the verb, these go on with something else: the report is complete. */
export const goesOn = new Set(
  "and & + but so with except excluding minus without though although while because since after before thanks thank cheers thx ta plus modulo sans whilst which including along apart other again here today yesterday earlier separately individually directly manually already now too instead nevertheless anyway btw".split(
    " ",
  ),
);

export const towards = new Set(["to", "into", "in", "onto", "through", "via", "thru"]);

export const finite =
  /^(?:i|we|you|he|she|they|it|is|are|was|were|has|have|had|does|did|will|would|can|could|should|shall|must|may|might)$/;

export const barriers = new Set([",", ";", ":", "(", ")", "--", "-", "–", "—", "..."]);

/** Nobody reports in a longer sentence, nor with more verbs. */
export const mostWords = 200;

const endings: Readonly<Record<string, string>> = {
  "'ve": "have",
  "'s": "is",
  "'re": "are",
  "'m": "am",
  "'ll": "will",
  "'d": "had",
  "n't": "not",
};

/** Lower case, contractions taken apart, marks as words of their own. */
export function wordsOf(text: string): string[] {
  const words: string[] = [];
  for (const raw of text.toLowerCase().replaceAll("\u2019", "'").split(/\s+/)) {
    let word = raw;
    while (/^["'`*_[{<]/.test(word)) word = word.slice(1);
    while (word.startsWith("(")) {
      words.push("(");
      word = word.slice(1);
    }
    const behind: string[] = [];
    for (let last = word.at(-1); last !== undefined && word.length > 1 && /[,;:().!?"'`*_\]}>]/.test(last); last = word.at(-1)) {
      if (/[,;:()]/.test(last)) behind.unshift(last);
      else if (word.endsWith("..")) behind.unshift(",");
      word = word.slice(0, -1);
    }
    if (word === "." || word === "!" || word === "?") word = "";
    // Only a word or a list of numbers is worth taking apart.
    if (/^#?\d[\d/-]*,\d[\d,/-]*$/.test(word)) words.push(...word.split(",").flatMap((one, at) => (at > 0 ? [",", one] : [one])));
    else if (word !== "") words.push(...expanded(word));
    words.push(...behind);
  }
  return words;
}

function expanded(word: string): string[] {
  if (word === "ive" || word === "weve") return [word.slice(0, -3), "have"];
  if (word === "im") return ["i", "am"];
  if (word === "can't" || word === "cannot") return ["can", "not"];
  if (word.length > 20) return [word];
  for (const [ending, meant] of Object.entries(endings)) {
    if (word.endsWith(ending) && word.length > ending.length) return [word.slice(0, -ending.length), meant];
  }
  return [word];
}

export function isLight(words: readonly string[], at: number): boolean {
  return light.has(words[at] ?? "") || (words[at] === "a" && words[at + 1] === "lot");
}

/** What takes a report back. */
export const undone = /^(?:revert(?:ed|ing)?|dropp(?:ed|ing)|drop|unapplied|unqueued|dequeued|backed|removed|removing|rejected)$/;

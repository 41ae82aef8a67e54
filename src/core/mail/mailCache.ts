/** Memories of bounded size for what comes again and again in the mails of a list. */

/** What was made of a key lately: a memory of bounded size for what comes again and again in the mails of a list. */
export class RecentValues<K, V> {
  #young = new Map<K, V>();
  #old = new Map<K, V>();
  readonly #most: number;

  /** @param most values kept; up to twice as many for a while */
  constructor(most: number) {
    this.#most = most;
  }

  get(key: K): V | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    // What is asked for stays; what is not asked for goes when the younger half is full.
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key: K, value: V): void {
    if (this.#young.size >= this.#most) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
  }
}

// Values made of long texts lately, found without walking through the text: its length and a few of its letters tell where to look.

/** Places; a power of two. A text that falls on the place of another takes it. */
const places = 4096;
/** Letters looked at. More would find little more: lists of people differ in their length nearly always. */
const looks = 8;

/** A memory of bounded size for long texts that come again and again, such as the To and Cc of a thread's mails. */
export class RecentTexts<V> {
  readonly #texts: Array<string | undefined> = new Array<string | undefined>(places).fill(undefined);
  readonly #values: Array<V | undefined> = new Array<V | undefined>(places).fill(undefined);

  get(text: string): V | undefined {
    const place = placeOf(text);
    return this.#texts[place] === text ? this.#values[place] : undefined;
  }

  /** @param text kept: not a piece of anything large */
  set(text: string, value: V): void {
    const place = placeOf(text);
    this.#texts[place] = text;
    this.#values[place] = value;
  }
}

function placeOf(text: string): number {
  const { length } = text;
  let sum = length;
  // From the end on, since the texts of one kind begin alike.
  const step = Math.max(1, Math.floor(length / looks));
  for (let at = length - 1; at >= 0; at -= step) sum = Math.imul(sum ^ text.charCodeAt(at), 0x01000193);
  return (sum ^ (sum >>> 15)) & (places - 1);
}

// Remembers what a function answered, for functions of one text that are asked the same few thousand texts again and again.

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

/** Values made of long texts lately, found without walking through the text: its length and a few of its letters tell where to look. */

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

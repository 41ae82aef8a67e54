/** Texts that come again and again in a list (people, paths, trailers): stored once for the whole index, and named by numbers. */

export class Words {
  readonly #numbers = new Map<string, number>();
  readonly #texts: string[] = [];

  constructor(stored: Iterable<string> = []) {
    for (const text of stored) this.numberOf(text);
  }
  get size(): number {
    return this.#texts.length;
  }
  numberOf(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    const number = this.#texts.length;
    this.#numbers.set(text, number);
    this.#texts.push(text);
    return number;
  }
  textOf(number: number): string {
    const text = this.#texts[number];
    if (text === undefined) throw new Error("the index names a word that it does not hold");
    return text;
  }
}

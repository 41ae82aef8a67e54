/** Texts that come again and again in a list (people, paths, trailers): stored once for the whole index, and named by numbers. */
import type { Author } from "../core/series";

interface KnownPerson extends Author {
  readonly number: number;
}

export class Words {
  readonly #numbers = new Map<string, number>();
  readonly #texts: string[] = [];
  /** By address: the names it was seen with. Most have one, so that a mail's twenty people are twenty look-ups. */
  readonly #people = new Map<string, KnownPerson[]>();
  readonly #authors: Array<Author | undefined> = [];

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

  /** The number of a person, whose word is the address and the name with a line feed between them. */
  numberOfPerson({ email, name }: Author): number {
    const known = this.#people.get(email);
    if (known) for (const person of known) if (person.name === name) return person.number;
    const number = this.numberOf(`${email}\n${name}`);
    if (known) known.push({ email, name, number });
    else this.#people.set(email, [{ email, name, number }]);
    return number;
  }

  /** A person by number; the same object each time. */
  personOf(number: number): Author {
    const known = this.#authors[number];
    if (known) return known;
    const text = this.textOf(number);
    // No address holds a line feed; a name might.
    const end = text.indexOf("\n");
    return (this.#authors[number] = { name: text.slice(end + 1), email: text.slice(0, end) });
  }
}

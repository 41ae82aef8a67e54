/** Texts that come again and again in a list (people, lists of people, paths, trailers): stored once for the whole index, and named by numbers. */
import { LRUCache } from "lru-cache";
import { statSync } from "node:fs";
import { resolve } from "node:path";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Author } from "../core/mail/author";
import { DamagedIndex } from "./damage";

const recentLists = 2000;
const nobody: readonly Author[] = [];

/** Words by their numbers. */
export abstract class Words {
  readonly #authors: Array<Author | undefined> = [];
  /** Of the lists read last. */
  readonly #lists = new LRUCache<number, readonly Author[]>({ max: recentLists });

  /** The text of a number. Throws a `DamagedIndex` where there is none. */
  abstract textOf(number: number): string;

  /** A list of people by number; mostly the same object each time. */
  peopleOf(number: number): readonly Author[] {
    if (number === 0) return nobody;
    const known = this.#lists.get(number);
    if (known) return known;
    const people = this.textOf(number - 1)
      .split(" ")
      .map((one) => this.personOf(Number(one)));
    this.#lists.set(number, people);
    return people;
  }

  /** A person by number; the same object each time. */
  personOf(number: number): Author {
    const known = this.#authors[number];
    if (known) return known;
    return (this.#authors[number] = splitPerson(this.textOf(number)));
  }
}

function splitPerson(text: string): Author {
  // No address holds a line feed; a name might.
  const end = text.indexOf("\n");
  return { name: text.slice(end + 1), email: text.slice(0, end) };
}

/** Words are read so many at a time: a mail's words were numbered together, and a question for each costs more than the words. */
const wordsAtOnce = 64;

/**
 * The words of an index, read with their neighbours when one is asked for first: to read all of a large list would keep an editor waiting
 * for a second. A file's words never change and new ones get new numbers, so what was read holds as long as the file is open.
 */
export class StoredWords extends Words {
  readonly #texts: string[] = [];
  readonly #words: StatementSync;

  constructor(db: DatabaseSync) {
    super();
    this.#words = db.prepare("SELECT id, text FROM word WHERE id >= ? AND id < ?");
  }

  override textOf(number: number): string {
    const text = this.#texts[number] ?? this.#read(number);
    if (text === undefined) throw new DamagedIndex("the index refers to a word that it does not contain");
    return text;
  }

  #read(number: number): string | undefined {
    const first = number - (number % wordsAtOnce);
    for (const { id, text } of this.#words.all(first, first + wordsAtOnce)) {
      if (typeof text === "string") this.#texts[Number(id)] = text;
    }
    return this.#texts[number];
  }
}

interface KnownPerson extends Author {
  readonly number: number;
}

/** All words of an index in memory, so that texts get their numbers: for the writer. */
export class WordTable extends Words {
  readonly #numbers = new Map<string, number>();
  readonly #texts: string[] = [];
  /** By address: the names it was seen with. Most have one, so that a mail's twenty people are twenty look-ups. */
  readonly #people = new Map<string, KnownPerson[]>();
  /** Of the lists written last. */
  readonly #listNumbers = new LRUCache<readonly Author[], number>({ max: recentLists });

  constructor(stored: Iterable<string> = []) {
    super();
    for (const text of stored) this.add(text);
  }

  get size(): number {
    return this.#texts.length;
  }
  numberOf(text: string): number {
    const known = this.#numbers.get(text);
    return known ?? this.add(text);
  }
  /** Gives a text the next number. */
  add(text: string): number {
    const number = this.#texts.length;
    this.#numbers.set(text, number);
    this.#texts.push(text);
    return number;
  }
  override textOf(number: number): string {
    const text = this.#texts[number];
    if (text === undefined) throw new DamagedIndex("the index refers to a word that it does not contain");
    return text;
  }

  /** The number of a person, whose word is the address and the name with a line feed between them. */
  numberOfPerson({ email, name }: Author): number {
    const known = this.#people.get(email);
    if (known) for (const person of known) if (person.name === name) return person.number;
    const number = this.numberOf(`${email}\n${name}`);
    // The address given is a slice of a whole header field, which would stay in memory with it; the word is a text of its own.
    const person = { ...splitPerson(this.textOf(number)), number };
    if (known) known.push(person);
    else this.#people.set(person.email, [person]);
    return number;
  }

  /** The number of a list of people, whose word is their numbers; 0 for nobody. Many mails have the very same list. */
  numberOfPeople(people: readonly Author[]): number {
    if (people.length === 0) return 0;
    const known = this.#listNumbers.get(people);
    if (known !== undefined) return known;
    const number = this.numberOf(people.map((person) => this.numberOfPerson(person)).join(" ")) + 1;
    this.#listNumbers.set(people, number);
    return number;
  }
}

/**
 * The words of the index a thread wrote last, kept in memory by whoever writes more than once: reading them again takes longer than
 * all else of a small refresh.
 */
export class KeptWords {
  /** Which file they are of, and they themselves. */
  #kept: { readonly identity: string; readonly words: WordTable } | null = null;

  /** The words of an index. They are the caller's until it keeps them again, so that those of a run that failed are forgotten. */
  take(db: DatabaseSync, file: string): WordTable {
    const known = this.#kept;
    this.#kept = null;
    if (known?.identity !== identityOf(file)) return readWordTable(db);
    const { words } = known;
    const last = words.size - 1;
    // Words are only ever added to a file, by whatever process; the last one known tells whether they are those.
    const stored = db.prepare("SELECT text FROM word WHERE id >= ? ORDER BY id").all(Math.max(0, last));
    if (last < 0 || stored[0]?.["text"] !== words.textOf(last)) return readWordTable(db);
    for (const { text } of stored.slice(1)) words.add(String(text));
    return words;
  }

  /** Keeps words that are all stored. */
  keep(file: string, words: WordTable): void {
    this.#kept = { identity: identityOf(file), words };
  }
}

/** Changes when a file is put in the place of another. */
function identityOf(file: string): string {
  const { dev, ino, birthtimeNs } = statSync(file, { bigint: true });
  return [resolve(file), dev, ino, birthtimeNs].join(" ");
}

/** The words stored with an index. */
export function readWordTable(db: DatabaseSync): WordTable {
  return new WordTable(
    db
      .prepare("SELECT text FROM word ORDER BY id")
      .all()
      .map(({ text }) => String(text)),
  );
}

/** Stores the words that were added since there were `stored` of them. */
export function storeNewWords(db: DatabaseSync, words: WordTable, stored: number): void {
  const insert = db.prepare("INSERT INTO word VALUES (?, ?)");
  for (let at = stored; at < words.size; at++) insert.run(at, words.textOf(at));
}

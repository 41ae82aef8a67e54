/** Results that are kept in small files for the next window (whether series apply, where files went); they can be found again at any time. */
import { type ApplyAnswer, parseApplyAnswer } from "../core/series/applyAnswer";
import { CacheFile, type CacheForm, isId, listOf } from "./cacheFile";

// Whether series apply, in memory and in a small file, so that a window that opens again checks nothing twice.

export interface ApplyCache {
  /**
   * @param key identifies what was tried on which tree
   * @param refs changes when objects may have come into the repository
   */
  get(key: string, refs: string): ApplyAnswer | undefined;
  set(key: string, refs: string, answer: ApplyAnswer): void;
  /** Writes the file, if anything changed. */
  save(): Promise<void>;
}

interface KeptAnswer {
  readonly refs: string;
  readonly answer: ApplyAnswer;
}

const answersForm: CacheForm<KeptAnswer> = {
  version: 1,
  name: "answers",
  // A list has a few hundred pending series, and a person a few branches.
  most: 4000,
  read([key, refs, said]) {
    const answer = parseApplyAnswer(said);
    return typeof key === "string" && typeof refs === "string" && answer ? [key, { refs, answer }] : null;
  },
  write: (key, { refs, answer }) => [key, refs, answer],
};

/** Opens the answers kept in a file. */
export async function openApplyCache(file: string): Promise<ApplyCache> {
  const cache = await CacheFile.open(file, answersForm);
  return {
    get(key, refs) {
      const found = cache.get(key);
      return found && (found.refs === refs || isSettled(found.answer)) ? found.answer : undefined;
    },
    set: (key, refs, answer) => cache.set(key, { refs, answer }),
    save: () => cache.save(),
  };
}

/** Whether an answer stays true when objects come into the repository: all others depend on blobs and commits besides the tree. */
function isSettled({ state }: ApplyAnswer): boolean {
  return state === "applies" || state === "already-in";
}

// The history of names that trees do not have, in memory and in a small file, so that only new commits are read.

/** A commit that added or removed a file of a name. */
export type NameEvent = readonly [sign: "A" | "D", commit: string];

export interface KnownMoves {
  /** The commit up to which history was read. */
  readonly head: string;
  /** By name, newest first; [] for a name that the history never had. */
  readonly names: Map<string, readonly NameEvent[]>;
  /** New names by commit and old name, and old names by `from`, commit and new name; null when the file was not moved. */
  readonly renames: Map<string, string | null>;
  /** What commits ahead of the tree do; the set used last is last. */
  readonly ahead: readonly NamesAhead[];
}

/** The commits that added files of some names, among those that a set of tips has and the tree does not. */
export interface NamesAhead {
  /** Identifies the tips and the commit of the tree. */
  readonly tips: string;
  readonly names: Map<string, readonly string[]>;
}

export interface MoveCache {
  get(key: string): KnownMoves | undefined;
  set(key: string, known: KnownMoves): void;
  /** Writes the file, if anything changed. */
  save(): Promise<void>;
}

/** Names and renames kept for each checkout, and sets of tips: each list of series has base commits of its own. */
const mostNames = 8000;
const mostRenames = 20_000;
const mostAhead = 4;

const movesForm: CacheForm<KnownMoves> = {
  version: 2,
  name: "trees",
  // A person has a few worktrees.
  most: 12,
  read([key, head, names, renames, ahead]) {
    if (typeof key !== "string" || typeof head !== "string" || !isId(head)) return null;
    const known: KnownMoves = {
      head,
      names: new Map(listOf(names).flatMap(readName)),
      renames: new Map(listOf(renames).flatMap(readRename)),
      ahead: listOf(ahead).flatMap(readAhead),
    };
    return [key, known];
  },
  write: (key, { head, names, renames, ahead }) => [
    key,
    head,
    [...names],
    [...renames],
    ahead.map(({ tips, names: made }) => [tips, [...made]]),
  ],
};

/** Opens the results that are kept in a file. */
export async function openMoveCache(file: string): Promise<MoveCache> {
  const cache = await CacheFile.open(file, movesForm);
  return {
    get: (key) => cache.get(key),
    set(key, { head, names, renames, ahead }) {
      const before = cache.get(key);
      const now: KnownMoves = {
        head,
        names: new Map([...names].slice(-mostNames)),
        renames: new Map([...renames].slice(-mostRenames)),
        ahead: ahead.slice(-mostAhead),
      };
      cache.set(key, now, before === undefined || !isSameMoves(before, now));
    },
    save: () => cache.save(),
  };
}

function isSameMoves(a: KnownMoves, b: KnownMoves): boolean {
  const isSized = a.names.size === b.names.size && a.renames.size === b.renames.size && a.ahead.length === b.ahead.length;
  const isSameAhead = a.ahead.every(({ tips, names }, at) => tips === b.ahead[at]?.tips && names.size === b.ahead[at].names.size);
  return isSized && isSameAhead && a.head === b.head && [...b.names.keys()].every((name) => a.names.has(name));
}

function readName(value: unknown): Array<[string, NameEvent[]]> {
  const [name, events] = listOf(value);
  if (typeof name !== "string" || !Array.isArray(events)) return [];
  const read = listOf(events).flatMap((event): NameEvent[] => {
    const [sign, commit] = listOf(event);
    return (sign === "A" || sign === "D") && typeof commit === "string" && isId(commit) ? [[sign, commit]] : [];
  });
  return read.length === events.length ? [[name, read]] : [];
}

function readRename(value: unknown): Array<[string, string | null]> {
  const [key, other] = listOf(value);
  return typeof key === "string" && (typeof other === "string" || other === null) ? [[key, other]] : [];
}

function readAhead(value: unknown): NamesAhead[] {
  const [tips, names] = listOf(value);
  return typeof tips === "string" ? [{ tips, names: new Map(listOf(names).flatMap(readMakers)) }] : [];
}

function readMakers(value: unknown): Array<[string, string[]]> {
  const [name, commits] = listOf(value);
  const ids = listOf(commits).filter((commit) => typeof commit === "string" && isId(commit)) as string[];
  return typeof name === "string" && ids.length === listOf(commits).length ? [[name, ids]] : [];
}

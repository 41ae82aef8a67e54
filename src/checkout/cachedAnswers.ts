/** What was found once (whether series apply, where files went), kept in small files for the next window; it can be found again at any time. */
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { type ApplyAnswer, parseApplyAnswer } from "../core/series/applyAnswer";

/** What a file keeps in the form of a version; nothing where it is not there, is damaged, or has another form. */
export async function readCacheFile(file: string, version: number): Promise<Readonly<Record<string, unknown>>> {
  try {
    const value: unknown = JSON.parse(await readFile(file, "utf8"));
    return typeof value === "object" && value !== null && "version" in value && value.version === version ? { ...value } : {};
  } catch {
    return {};
  }
}

export async function writeCacheFile(file: string, version: number, kept: Readonly<Record<string, unknown>>): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  // A window that reads it meanwhile sees the old file or the new one, and two that write do not mix theirs.
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, JSON.stringify({ version, ...kept }));
  await rename(draft, file);
}

// Answers that were found once, in memory and in a small file, so that a window that opens again checks nothing twice.

export interface ApplyCache {
  /**
   * @param key what was tried on which tree
   * @param refs changes when objects may have come into the repository
   */
  get(key: string, refs: string): ApplyAnswer | undefined;
  set(key: string, refs: string, answer: ApplyAnswer): void;
  /** Writes the file, if anything changed. */
  save(): Promise<void>;
}

/** Answers kept; a list has some hundred pending series, and a person some branches. */
const mostAnswers = 4000;
/** Of the form below; a file of another one is not read. */
const answersVersion = 1;

interface KeptAnswer {
  readonly refs: string;
  readonly answer: ApplyAnswer;
}

/** Opens the answers kept in a file. One that is not there, or is damaged, is an empty one. */
export async function openApplyCache(file: string): Promise<ApplyCache> {
  /** The one used last is last. */
  const kept = await readAnswers(file);
  let isChanged = false;
  return {
    get(key, refs) {
      const found = kept.get(key);
      if (!found || (found.refs !== refs && !isSettled(found.answer))) return undefined;
      kept.delete(key);
      kept.set(key, found);
      return found.answer;
    },
    set(key, refs, answer) {
      kept.delete(key);
      kept.set(key, { refs, answer });
      isChanged = true;
      for (const oldest of kept.keys()) {
        if (kept.size <= mostAnswers) break;
        kept.delete(oldest);
      }
    },
    async save() {
      if (!isChanged) return;
      isChanged = false;
      await writeCacheFile(file, answersVersion, { answers: [...kept].map(([key, { refs, answer }]) => [key, refs, answer]) });
    },
  };
}

/** Whether no object that comes can change an answer: all others depend on blobs and commits besides the tree. */
function isSettled({ state }: ApplyAnswer): boolean {
  return state === "applies" || state === "already-in";
}

async function readAnswers(file: string): Promise<Map<string, KeptAnswer>> {
  const kept = new Map<string, KeptAnswer>();
  const { answers } = await readCacheFile(file, answersVersion);
  if (!Array.isArray(answers)) return kept;
  for (const one of (answers as unknown[]).slice(-mostAnswers)) {
    if (!Array.isArray(one)) continue;
    const [key, refs, said] = one as unknown[];
    const answer = parseApplyAnswer(said);
    if (typeof key === "string" && typeof refs === "string" && answer) kept.set(key, { refs, answer });
  }
  return kept;
}

// What was read of the history for names that trees do not have, in memory and in a small file: only new commits are read again.

/** A commit that made a file of a name, or took it away. */
export type NameEvent = readonly [sign: "A" | "D", commit: string];

export interface KnownMoves {
  /** The commit whose history was read. */
  readonly head: string;
  /** By name, newest first; [] for one that the history never had. */
  readonly names: Map<string, readonly NameEvent[]>;
  /** By commit and old name the new one, and by `from`, commit and new name the old one; null where the file was not moved. */
  readonly renames: Map<string, string | null>;
  /** What commits ahead of the tree do; the set of commits used last is last. */
  readonly ahead: readonly NamesAhead[];
}

/** The commits that made files of some names among those that a set of tips has and the tree does not. */
export interface NamesAhead {
  /** Stands for the tips and the commit of the tree. */
  readonly tips: string;
  readonly names: Map<string, readonly string[]>;
}

export interface MoveCache {
  get(key: string): KnownMoves | undefined;
  set(key: string, known: KnownMoves): void;
  /** Writes the file, if anything changed. */
  save(): Promise<void>;
}

/** Checkouts kept; a person has some worktrees. */
const mostKeys = 12;
/** Renames kept of each. */
const mostRenames = 20_000;
/** Names kept of each, and sets of tips: each list of series that is asked for has commits of its own that they are made on. */
const mostNames = 8000;
const mostAhead = 4;
/** Of the form below; a file of another one is not read. */
const movesVersion = 2;

/** Opens what is kept in a file. One that is not there, or is damaged, is an empty one. */
export async function openMoveCache(file: string): Promise<MoveCache> {
  /** The one used last is last. */
  const kept = await readMoves(file);
  let isChanged = false;
  return {
    get: (key) => kept.get(key),
    set(key, known) {
      const before = kept.get(key);
      kept.delete(key);
      kept.set(key, {
        head: known.head,
        names: new Map([...known.names].slice(-mostNames)),
        renames: new Map([...known.renames].slice(-mostRenames)),
        ahead: known.ahead.slice(-mostAhead),
      });
      isChanged ||= before === undefined || !isSameMoves(before, known);
      for (const oldest of kept.keys()) {
        if (kept.size <= mostKeys) break;
        kept.delete(oldest);
      }
    },
    async save() {
      if (!isChanged) return;
      isChanged = false;
      const trees = [...kept].map(([key, { head, names, renames, ahead }]) => {
        return [key, head, [...names], [...renames], ahead.map(({ tips, names: made }) => [tips, [...made]])];
      });
      await writeCacheFile(file, movesVersion, { trees });
    },
  };
}

function isSameMoves(a: KnownMoves, b: KnownMoves): boolean {
  const isSized = a.names.size === b.names.size && a.renames.size === b.renames.size && a.ahead.length === b.ahead.length;
  const isSameAhead = a.ahead.every(({ tips, names }, at) => tips === b.ahead[at]?.tips && names.size === b.ahead[at].names.size);
  return isSized && isSameAhead && a.head === b.head && [...b.names.keys()].every((name) => a.names.has(name));
}

async function readMoves(file: string): Promise<Map<string, KnownMoves>> {
  const kept = new Map<string, KnownMoves>();
  const { trees } = await readCacheFile(file, movesVersion);
  for (const tree of listOf(trees).slice(-mostKeys)) {
    const [key, head, names, renames, ahead] = listOf(tree);
    if (typeof key !== "string" || typeof head !== "string" || !isId(head)) continue;
    kept.set(key, {
      head,
      names: new Map(listOf(names).flatMap(readName)),
      renames: new Map(listOf(renames).flatMap(readRename)),
      ahead: listOf(ahead).flatMap(readAhead),
    });
  }
  return kept;
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

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}

function isId(text: string): boolean {
  return /^[0-9a-f]{40,64}$/.test(text);
}

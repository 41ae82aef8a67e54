/**
 * Pairs the patches of two revisions: first those that make the same change, then those that are most alike by title, changed
 * lines and message. The remaining patches may be parts of a patch that was split, or may have been squashed into one.
 *
 * Candidates are found by the lines they share, so no patch is compared with all others. A line that many patches have tells
 * nothing and is ignored, so the time grows with the number of lines.
 */
import { isDistinctiveLine } from "../lines/textLines";
import { type Author, personKey } from "../mail/author";
import { titleWords } from "../mail/subject";
import type { Steps } from "../steps";
import { type ChangedFile, changedKey, wholeKey } from "./patchChange";

/** The properties that a patch is paired by. */
export interface PairablePatch {
  readonly title: string;
  readonly author: Author;
  /** The mail it is in and its place there, which a partial reroll keeps; null where there is no mail. */
  readonly mail: string | null;
  /** The commit message without trailers; "" where it is not known. */
  readonly message: string;
  /** Null where the diff is not known. */
  readonly files: readonly ChangedFile[] | null;
}

/** Patches that are the same work: one of each revision; several of one if it was split or squashed; none if it is new or gone. */
export interface PatchGroup {
  /** Places in the older revision, ascending. */
  readonly from: readonly number[];
  readonly to: readonly number[];
  /** Which of them became which; [] for a patch that is new or gone. */
  readonly pairs: ReadonlyArray<readonly [from: number, to: number]>;
}

/** A line that more patches of one revision have tells nothing. */
const mostHolders = 16;
/** How much two patches must share, from 0 to 1, to be the same work by their lines alone, and with a similar title or message. */
const aloneShare = 0.4;
const supportedShare = 0.2;
/** How much titles and messages must share to count as similar. */
const likeTitle = 0.5;
const likeMessage = 0.5;
/** The share of a message that is enough if no line of the diff is the same. */
const tellingMessage = 0.7;
const tellingMessageLines = 3;
/** How much the same title, and the same title under another prefix, adds to the share of lines. */
const sameTitleBonus = 0.5;
const sameTailBonus = 0.4;
const titleBonus = 0.2;
const messageBonus = 0.2;
/** How much of a patch must be found in another one to have been squashed into it or split from it. */
const partShare = 0.5;
/** How much of it if it is the only part. */
const loneShare = 0.8;
/** How many lines a part has in common with the whole. A single line may be the same by chance. */
const fewestPartLines = 2;

/** Pairs the patches of two revisions, in steps. Every patch is in one group. */
export function* pairPatches(from: readonly PairablePatch[], to: readonly PairablePatch[]): Steps<PatchGroup[]> {
  const [olds, news] = [yield* mapEachInStep(from, readPatch), yield* mapEachInStep(to, readPatch)];
  const lines = yield* sharedLines(olds, news, (patch) => patch.lines);
  const messages = yield* sharedLines(olds, news, (patch) => patch.messageLines);
  const pairing = new Pairing(olds, news, lines, messages);
  yield* pairing.pairSame();
  yield* pairing.pairAlike();
  return yield* pairing.groups();
}

/** Maps patches, each in a step of its own: one may be long. */
function* mapEachInStep<One, Result>(all: readonly One[], map: (one: One) => Result): Steps<Result[]> {
  const results: Result[] = [];
  for (const one of all) {
    yield;
    results.push(map(one));
  }
  return results;
}

/** A patch with the properties that are compared. */
interface ReadPatch extends PairablePatch {
  readonly words: string;
  /** The words of the title after its last prefix. */
  readonly tail: string;
  /** How often it adds or removes each distinctive line. */
  readonly lines: ReadonlyMap<string, number>;
  readonly messageLines: ReadonlyMap<string, number>;
}

function readPatch(patch: PairablePatch): ReadPatch {
  const { title, message, files } = patch;
  const lines = new Map<string, number>();
  for (const { hunks } of files ?? []) {
    for (const hunk of hunks) {
      for (const { kind, text } of hunk.lines) if (kind !== " " && isDistinctiveLine(text)) addLine(lines, kind + evenlySpaced(text));
    }
  }
  const messageLines = new Map<string, number>();
  for (const line of message.split("\n")) if (isDistinctiveLine(line)) addLine(messageLines, evenlySpaced(line));
  return { ...patch, words: titleWords(title), tail: titleWords(title.slice(title.lastIndexOf(": ") + 1)), lines, messageLines };
}

function addLine(lines: Map<string, number>, line: string): void {
  lines.set(line, (lines.get(line) ?? 0) + 1);
}

/** Patches are alike however their lines are indented. */
function evenlySpaced(line: string): string {
  return line.trim().replace(/\s+/g, " ");
}

type Side = "from" | "to";

type LinesOf = (patch: ReadPatch) => ReadonlyMap<string, number>;

/** The patches that have a line. */
type LineHolders = ReadonlyMap<string, readonly number[]>;

/**
 * Lines of one kind, of the diffs or of the messages, in all patches of both revisions. The more patches have a line, the less it
 * counts.
 */
class SharedLines {
  readonly #linesOf: LinesOf;
  readonly #holders: Readonly<Record<Side, LineHolders>>;

  constructor(linesOf: LinesOf, holders: Readonly<Record<Side, LineHolders>>) {
    this.#linesOf = linesOf;
    this.#holders = holders;
  }

  /** The weight of a line; 0 if too many patches have it. */
  weight(line: string): number {
    const count = Math.max(1, this.holders("from", line).length, this.holders("to", line).length);
    return count > mostHolders ? 0 : 1 / count;
  }

  /** The patches of a side that have a line. */
  holders(side: Side, line: string): readonly number[] {
    return this.#holders[side].get(line) ?? [];
  }

  total(patch: ReadPatch): number {
    let sum = 0;
    for (const [line, count] of this.#linesOf(patch)) sum += count * this.weight(line);
    return sum;
  }

  /** How much each patch of the newer revision shares with one of the older one. */
  sharedWith(patch: ReadPatch, to: readonly ReadPatch[], isFree: (at: number) => boolean): Map<number, number> {
    const shared = new Map<number, number>();
    for (const [line, count] of this.#linesOf(patch)) {
      const weight = this.weight(line);
      if (weight === 0) continue;
      for (const at of this.holders("to", line)) {
        const other = to[at];
        const others = other && isFree(at) ? (this.#linesOf(other).get(line) ?? 0) : 0;
        if (others > 0) shared.set(at, (shared.get(at) ?? 0) + Math.min(count, others) * weight);
      }
    }
    return shared;
  }
}

function* sharedLines(from: readonly ReadPatch[], to: readonly ReadPatch[], linesOf: LinesOf): Steps<SharedLines> {
  return new SharedLines(linesOf, { from: yield* holdersOf(from, linesOf), to: yield* holdersOf(to, linesOf) });
}

function* holdersOf(patches: readonly ReadPatch[], linesOf: LinesOf): Steps<LineHolders> {
  const holders = new Map<string, number[]>();
  for (const [at, patch] of patches.entries()) {
    yield;
    for (const line of linesOf(patch).keys()) addTo(holders, line, at);
  }
  return holders;
}

function addTo<T>(groups: Map<string, T[]>, key: string, one: T): void {
  const known = groups.get(key);
  if (known) known.push(one);
  else groups.set(key, [one]);
}

/** Groups things by their key, in their order. */
function groupedBy<T>(keyed: ReadonlyArray<readonly [key: string, one: T]>): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const [key, one] of keyed) addTo(groups, key, one);
  return groups;
}

interface Candidate {
  readonly from: number;
  readonly to: number;
  readonly score: number;
}

class Pairing {
  readonly #from: readonly ReadPatch[];
  readonly #to: readonly ReadPatch[];
  readonly #lines: SharedLines;
  readonly #messages: SharedLines;
  /** For each patch, its partner in the other revision; -1 without one. */
  readonly #partners: { readonly from: Int32Array; readonly to: Int32Array };

  constructor(from: readonly ReadPatch[], to: readonly ReadPatch[], lines: SharedLines, messages: SharedLines) {
    this.#from = from;
    this.#to = to;
    this.#lines = lines;
    this.#messages = messages;
    this.#partners = { from: new Int32Array(from.length).fill(-1), to: new Int32Array(to.length).fill(-1) };
  }

  /** Pairs patches that are the same mail or make the same change. If several do, the titles tell which is which. */
  *pairSame(): Steps<void> {
    this.#pairByKey(({ mail }) => mail);
    for (const keyOf of [wholeKey, changedKey]) {
      const key = ({ files }: ReadPatch): string | null => (files === null || files.length === 0 ? null : keyOf(files));
      const keys = new Map(yield* mapEachInStep([...this.#from, ...this.#to], (patch) => [patch, key(patch)] as const));
      this.#pairByKey((patch) => join(keys.get(patch) ?? null, patch.words));
      this.#pairByKey((patch) => keys.get(patch) ?? null);
    }
  }

  /** Pairs the most similar patches first. */
  *pairAlike(): Steps<void> {
    const candidates = [...(yield* this.#alike()), ...this.#sameTitled()];
    candidates.sort((a, b) => b.score - a.score || this.#distance(a) - this.#distance(b) || a.from - b.from || a.to - b.to);
    for (const { from, to } of candidates) this.#pair(from, to);
    this.#pairByKey(({ words, author }) => join(words || null, personKey(author)));
    this.#pairByKey(({ words }) => words || null);
  }

  *groups(): Steps<PatchGroup[]> {
    const squashed = yield* this.#parts("from");
    const [parts, wholes] = [new Set(squashed.map(([from]) => from)), new Set(squashed.map(([, to]) => to))];
    // A part does not get parts of its own, so that no chain of parts becomes one group.
    const split = (yield* this.#parts("to")).filter(([from, to]) => !parts.has(from) && !wholes.has(to));
    const paired = [...this.#partners.from.entries()].filter(([, to]) => to >= 0);
    return groupsOf([...squashed, ...split, ...paired], this.#from.length, this.#to.length);
  }

  #isFree(side: Side, at: number): boolean {
    return this.#partners[side][at] === -1;
  }

  #pair(from: number, to: number): void {
    if (!this.#isFree("from", from) || !this.#isFree("to", to)) return;
    this.#partners.from[from] = to;
    this.#partners.to[to] = from;
  }

  /** Pairs free patches with equal keys, in their order. */
  #pairByKey(keyOf: (patch: ReadPatch) => string | null): void {
    const others = this.#freeByKey("to", keyOf);
    for (const [key, ones] of this.#freeByKey("from", keyOf)) {
      const matching = others.get(key) ?? [];
      for (const [at, to] of matching.entries()) if (at < ones.length) this.#pair(ones[at] ?? 0, to);
    }
  }

  #freeByKey(side: Side, keyOf: (patch: ReadPatch) => string | null): Map<string, number[]> {
    const patches = side === "from" ? this.#from : this.#to;
    return groupedBy(
      [...patches.entries()].flatMap(([at, patch]) => {
        const key = this.#isFree(side, at) ? keyOf(patch) : null;
        return key === null ? [] : [[key, at] as const];
      }),
    );
  }

  /** How far apart two patches are in their revisions; this decides between equals. */
  #distance({ from, to }: Candidate): number {
    return Math.abs((from + 1) / (this.#from.length + 1) - (to + 1) / (this.#to.length + 1));
  }

  /** Free patches that share lines, with how alike they are. */
  *#alike(): Steps<Candidate[]> {
    const candidates: Candidate[] = [];
    const isFree = (at: number): boolean => this.#isFree("to", at);
    const totals = yield* mapEachInStep([...this.#to.entries()], ([at, patch]) =>
      isFree(at) ? { lines: this.#lines.total(patch), message: this.#messages.total(patch) } : null,
    );
    for (const [at, patch] of this.#from.entries()) {
      if (!this.#isFree("from", at)) continue;
      yield;
      const own = { lines: this.#lines.total(patch), message: this.#messages.total(patch) };
      const lines = this.#lines.sharedWith(patch, this.#to, isFree);
      const messages = this.#messages.sharedWith(patch, this.#to, isFree);
      for (const to of new Set([...lines.keys(), ...messages.keys()])) {
        const [other, total] = [this.#to[to], totals[to]];
        if (!other || !total) continue;
        const score = scoreOf(patch, other, {
          lines: shareOf(lines.get(to) ?? 0, own.lines, total.lines),
          message: shareOf(messages.get(to) ?? 0, own.message, total.message),
        });
        if (score !== null) candidates.push({ from: at, to, score });
      }
    }
    return candidates;
  }

  /** Free patches with a title that as many free ones have in either revision, in their order. */
  #sameTitled(): Candidate[] {
    const titled = (titleOf: (patch: ReadPatch) => string | null, score: number): Candidate[] => {
      const others = this.#freeByKey("to", titleOf);
      return [...this.#freeByKey("from", titleOf)].flatMap(([title, ones]) => {
        const matching = others.get(title) ?? [];
        return matching.length === ones.length ? ones.map((from, at) => ({ from, to: matching[at] ?? 0, score })) : [];
      });
    };
    return [
      ...titled(({ words }) => words || null, sameTitleBonus),
      ...titled(({ tail }) => (tail.includes(" ") ? tail : null), sameTailBonus),
    ];
  }

  /**
   * Edges from the free patches of a side to the patches of the other one that hold most of them, beside what these have from their
   * partners: the patch was squashed into it, or split from it.
   */
  *#parts(side: Side): Steps<Edge[]> {
    const [own, others, otherSide] = side === "from" ? [this.#from, this.#to, "to" as const] : [this.#to, this.#from, "from" as const];
    const partner = (at: number): ReadPatch | undefined => own[this.#partners[otherSide][at] ?? -1];
    const held: Array<{ readonly part: number; readonly whole: number; readonly share: number }> = [];
    for (const [part, patch] of own.entries()) {
      if (!this.#isFree(side, part)) continue;
      yield;
      const shared = new Map<number, { weight: number; lines: number }>();
      for (const [line, count] of patch.lines) {
        const weight = this.#lines.weight(line);
        if (weight === 0) continue;
        for (const at of this.#lines.holders(otherSide, line)) {
          const left = (others[at]?.lines.get(line) ?? 0) - (partner(at)?.lines.get(line) ?? 0);
          if (left <= 0) continue;
          const known = shared.get(at) ?? { weight: 0, lines: 0 };
          shared.set(at, { weight: known.weight + Math.min(count, left) * weight, lines: known.lines + Math.min(count, left) });
        }
      }
      const [best] = [...shared].sort(([a, first], [b, second]) => second.weight - first.weight || a - b);
      const total = this.#lines.total(patch);
      if (best && best[1].lines >= fewestPartLines && best[1].weight >= total * partShare)
        held.push({ part, whole: best[0], share: best[1].weight / total });
    }
    const parts = new Map<number, number>();
    for (const { whole } of held) parts.set(whole, (parts.get(whole) ?? 0) + 1);
    return held.flatMap(({ part, whole, share }) => {
      const isOneOfSeveral = (parts.get(whole) ?? 0) > 1 || partner(whole) !== undefined;
      if (!isOneOfSeveral && share < loneShare) return [];
      return [side === "from" ? ([part, whole] as const) : ([whole, part] as const)];
    });
  }
}

function join(key: string | null, more: string): string | null {
  return key === null ? null : `${key}\n${more}`;
}

function shareOf(shared: number, first: number, second: number): number {
  return first + second === 0 ? 0 : (2 * shared) / (first + second);
}

/** How alike two patches are; null where they are not the same work. */
function scoreOf(from: ReadPatch, to: ReadPatch, share: { readonly lines: number; readonly message: number }): number | null {
  if (from.words === to.words && from.words !== "") return sameTitleBonus + share.lines + messageBonus * share.message;
  const title = from.tail === to.tail && from.tail.includes(" ") ? 1 : titleShare(from.tail, to.tail);
  const isTellingMessage = share.message >= tellingMessage && from.messageLines.size >= tellingMessageLines;
  const isSupported = share.lines >= supportedShare && (title >= likeTitle || share.message >= likeMessage);
  if (share.lines < aloneShare && !isSupported && !isTellingMessage) return null;
  return share.lines + (title === 1 ? sameTailBonus : titleBonus * title) + messageBonus * share.message;
}

/** Words of a title that are compared; longer titles are none. */
const mostWords = 30;

function titleShare(a: string, b: string): number {
  const [first, second] = [a, b].map((words) => new Set(words.split(" ", mostWords))) as [Set<string>, Set<string>];
  return (2 * [...first].filter((word) => second.has(word)).length) / (first.size + second.size);
}

type Edge = readonly [from: number, to: number];

/** The patches that edges connect, and those without an edge, in the order of the older revision and then of the newer one. */
function groupsOf(edges: readonly Edge[], fromCount: number, toCount: number): PatchGroup[] {
  const next: Readonly<Record<Side, ReadonlyMap<string, readonly Edge[]>>> = {
    from: groupedBy(edges.map((edge) => [String(edge[0]), edge])),
    to: groupedBy(edges.map((edge) => [String(edge[1]), edge])),
  };
  const seen: Readonly<Record<Side, Set<number>>> = { from: new Set(), to: new Set() };
  const groupOf = (start: number, startSide: Side): PatchGroup => {
    const found: Record<Side, number[]> = { from: [], to: [] };
    const pairs = new Set<Edge>();
    const stack: Array<readonly [at: number, side: Side]> = [[start, startSide]];
    for (let one = stack.pop(); one; one = stack.pop()) {
      const [at, side] = one;
      if (seen[side].has(at)) continue;
      seen[side].add(at);
      found[side].push(at);
      for (const edge of next[side].get(String(at)) ?? []) {
        pairs.add(edge);
        stack.push(side === "from" ? [edge[1], "to"] : [edge[0], "from"]);
      }
    }
    const ascending = (places: readonly number[]): number[] => places.toSorted((a, b) => a - b);
    return { from: ascending(found.from), to: ascending(found.to), pairs: [...pairs].sort(([a, b], [c, d]) => a - c || b - d) };
  };
  const groups: PatchGroup[] = [];
  for (let at = 0; at < fromCount; at++) if (!seen.from.has(at)) groups.push(groupOf(at, "from"));
  for (let at = 0; at < toCount; at++) if (!seen.to.has(at)) groups.push(groupOf(at, "to"));
  return groups;
}

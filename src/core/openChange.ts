/** One file's change while patches are added to it: which lines of the file before the series are left, and what stands between. */
import type { FileDiff } from "./diff";
import type { Block, Edit, FileChange } from "./fileChange";
import { countLines, looseBlock, readHunk, type Hunk } from "./patchHunk";

/** Lines of the file as it is after some patches: a run of the lines it had before, or lines that were added. */
type Piece =
  | { readonly kind: "base"; readonly start: number; readonly count: number }
  | { readonly kind: "added"; readonly lines: readonly AddedLine[] };

/** A line of the present text; its text is known where a hunk showed it, its `base` is the line it was before the series. */
interface PresentLine {
  readonly text: string | undefined;
  readonly base: number | null;
}

interface AddedLine {
  readonly text: string;
  readonly patch: number;
}

/** How far a hunk may lie from where it says: patches that are missing in between shift it. */
const farthestShift = 400;

/** A change that patches are added to. */
export class OpenChange {
  readonly names = new Set<string>();
  #newPath: string | null = null;
  #newBlob: string | null = null;
  #binary = false;
  #mangled = false;
  readonly #patches = new Set<number>();
  #pieces: Piece[] = [{ kind: "base", start: 0, count: Infinity }];
  /** The lines of the file before the series, as far as hunks show them. */
  readonly #known = new Map<number, string>();
  /** All lines seen so far, wherever they stand. */
  readonly #texts = new Set<string>();
  /** Which patch took a line of the file before the series away. */
  readonly #removedBy = new Map<number, number>();
  /** What stands behind the `@@`, by the line the hunk begins at. */
  readonly #headings = new Map<number, string>();
  readonly #loose: Block[] = [];

  constructor(
    private readonly path: string | null,
    private readonly oldBlob: string | null,
  ) {}

  add(patch: number, text: string, diff: FileDiff): void {
    for (const name of [diff.path, diff.oldPath]) if (name !== undefined) this.names.add(name);
    this.#newPath = diff.change === "deleted" ? null : diff.path;
    this.#newBlob = diff.newBlob;
    this.#binary ||= diff.binary;
    this.#mangled ||= diff.mangled;
    this.#patches.add(patch);
    let shift = 0;
    for (const read of diff.hunks) {
      const hunk = readHunk(text, read);
      const start = this.#place(hunk, hunk.start + shift);
      if (start === null) this.#loose.push(looseBlock(hunk, patch));
      else {
        this.#replace(hunk, start, patch);
        // What this hunk does to the number of lines moves the ones below it.
        shift = start - hunk.start + countLines(hunk, "+") - countLines(hunk, "-");
      }
    }
  }

  /** Where the lines of a hunk stand, by what is known of the text; null where they contradict it everywhere. */
  #place(hunk: Hunk, expected: number): number | null {
    const old = hunk.lines.filter(({ kind }) => kind !== "+").map(({ text }) => text);
    const there = this.#fits(old, expected);
    // Where nothing is known of the lines there, all of them may be known from elsewhere: then a patch in between is missing.
    if (there > 0 || (there === 0 && !old.every((line) => this.#texts.has(line)))) return expected;
    let [best, found] = [0, expected];
    for (let shift = 1; shift <= farthestShift; shift++) {
      for (const start of [expected - shift, expected + shift]) {
        const proven = start < 0 ? -1 : this.#fits(old, start);
        // Elsewhere than it says, lines that nobody knows prove nothing: most of them must be known and equal.
        if (proven * 2 > old.length && proven > best) [best, found] = [proven, start];
      }
      if (best > 0 && (there < 0 || best === old.length)) return found;
    }
    return there < 0 ? null : expected;
  }

  /** How many lines at a place are known and equal; -1 where one is known to be another. */
  #fits(old: readonly string[], start: number): number {
    let proven = 0;
    let at = 0;
    for (const { text } of this.#linesFrom(start)) {
      if (at >= old.length) break;
      if (text !== undefined && text !== old[at]) return -1;
      if (text !== undefined) proven++;
      at++;
    }
    return at < old.length ? -1 : proven;
  }

  /** The lines of the present text, from one on: those of the file before the series go on for ever. */
  *#linesFrom(start: number, pieces = this.#pieces): Generator<PresentLine, undefined> {
    let line = 0;
    for (const piece of pieces) {
      const length = piece.kind === "base" ? piece.count : piece.lines.length;
      for (let at = Math.max(0, start - line); at < length; at++) {
        if (piece.kind === "added") yield { text: piece.lines[at]?.text, base: null };
        else yield { text: this.#known.get(piece.start + at), base: piece.start + at };
      }
      line += length;
    }
  }

  #replace(hunk: Hunk, start: number, patch: number): void {
    // It walks the pieces as they are now, which the hunk's old lines are counted in.
    const old = this.#linesFrom(start);
    let at = start;
    let added: AddedLine[] = [];
    const flush = (): void => {
      if (added.length > 0) this.#splice(at, 0, added);
      at += added.length;
      added = [];
    };
    for (const { kind, text } of hunk.lines) {
      this.#texts.add(text);
      if (kind === "+") {
        added.push({ text, patch });
        continue;
      }
      flush();
      const { base } = old.next().value ?? { base: null };
      if (base !== null) {
        this.#known.set(base, text);
        if (!this.#headings.has(base)) this.#headings.set(base, hunk.heading);
      }
      if (kind === " ") at++;
      else {
        if (base !== null) this.#removedBy.set(base, patch);
        this.#splice(at, 1, []);
      }
    }
    flush();
  }

  /** Takes lines out of the present text and puts others in. */
  #splice(at: number, removed: number, added: readonly AddedLine[]): void {
    const pieces: Piece[] = [];
    let line = 0;
    let isIn = added.length === 0;
    for (const piece of this.#pieces) {
      const length = piece.kind === "base" ? piece.count : piece.lines.length;
      const [from, to] = [clamp(at - line, length), clamp(at + removed - line, length)];
      pushPiece(pieces, slicePiece(piece, 0, from));
      if (!isIn && at <= line + length) {
        pushPiece(pieces, { kind: "added", lines: added });
        isIn = true;
      }
      pushPiece(pieces, slicePiece(piece, to, length));
      line += length;
    }
    this.#pieces = pieces;
  }

  close(): FileChange {
    return {
      path: this.path,
      newPath: this.#newPath,
      oldBlob: this.oldBlob,
      newBlob: this.#newBlob,
      binary: this.#binary,
      mangled: this.#mangled,
      patches: [...this.#patches].sort((a, b) => a - b),
      blocks: [...this.#blocks(), ...this.#loose].sort((a, b) => a.start - b.start),
    };
  }

  #edits(): Edit[] {
    const edits: Edit[] = [];
    let base = 0;
    let added: AddedLine[] = [];
    for (const piece of this.#pieces) {
      if (piece.kind === "added") {
        added.push(...piece.lines);
        continue;
      }
      if (added.length > 0 || piece.start > base) edits.push(...this.#edit(base, piece.start, added));
      added = [];
      base = piece.start + piece.count;
    }
    return edits;
  }

  /** One change of the lines from `start` to `end`; none where they come out as they were. */
  #edit(start: number, end: number, added: readonly AddedLine[]): Edit[] {
    const removed = Array.from({ length: end - start }, (_, at) => this.#known.get(start + at) ?? "");
    const same = sharedEnds(
      removed,
      added.map(({ text }) => text),
    );
    const left = removed.slice(same.head, removed.length - same.tail);
    const right = added.slice(same.head, added.length - same.tail);
    if (left.length === 0 && right.length === 0) return [];
    const first = start + same.head;
    const patches = new Set(right.map(({ patch }) => patch));
    for (let line = first; line < first + left.length; line++) patches.add(this.#removedBy.get(line) ?? -1);
    patches.delete(-1);
    return [{ start: first, removed: left, added: right.map(({ text }) => text), patches: [...patches].sort((a, b) => a - b) }];
  }

  #blocks(): Block[] {
    const blocks: Block[] = [];
    let edits: Edit[] = [];
    const close = (): void => {
      const [first, last] = [edits[0], edits.at(-1)];
      if (first && last) blocks.push(this.#block(edits, first.start, last.start + last.removed.length));
      edits = [];
    };
    for (const edit of this.#edits()) {
      const last = edits.at(-1);
      if (last && !this.#isKnown(last.start + last.removed.length, edit.start)) close();
      edits.push(edit);
    }
    close();
    return blocks;
  }

  #isKnown(from: number, to: number): boolean {
    for (let line = from; line < to; line++) if (!this.#known.has(line)) return false;
    return true;
  }

  #block(edits: readonly Edit[], first: number, last: number): Block {
    let [start, end] = [first, last];
    while (this.#known.has(start - 1)) start--;
    while (this.#known.has(end)) end++;
    const before = Array.from({ length: end - start }, (_, at) => this.#known.get(start + at) ?? "");
    const after: string[] = [];
    let at = start;
    for (const edit of edits) {
      after.push(...before.slice(at - start, edit.start - start), ...edit.added);
      at = edit.start + edit.removed.length;
    }
    after.push(...before.slice(at - start));
    // Of two hunks that became one block, the upper may be so far up in its function that nothing stands above it.
    let heading = "";
    for (let line = start; line <= first && heading === ""; line++) heading = this.#headings.get(line) ?? "";
    return { start, heading, before, after, edits };
  }
}

function clamp(value: number, most: number): number {
  return Math.max(0, Math.min(value, most));
}

function slicePiece(piece: Piece, from: number, to: number): Piece | null {
  if (to <= from) return null;
  if (piece.kind === "added") return { kind: "added", lines: piece.lines.slice(from, to) };
  return { kind: "base", start: piece.start + from, count: to - from };
}

function pushPiece(pieces: Piece[], piece: Piece | null): void {
  if (!piece) return;
  const last = pieces.at(-1);
  if (last?.kind === "added" && piece.kind === "added")
    pieces[pieces.length - 1] = { kind: "added", lines: [...last.lines, ...piece.lines] };
  else pieces.push(piece);
}

/** How many lines two runs have in common at their beginning, and then at their end. */
export function sharedEnds(a: readonly string[], b: readonly string[]): { readonly head: number; readonly tail: number } {
  const most = Math.min(a.length, b.length);
  let head = 0;
  while (head < most && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < most - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  return { head, tail };
}

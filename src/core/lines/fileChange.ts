/**
 * What all patches of a series together make of each file: where a patch changes lines that an earlier one added, only the result
 * counts. The hunks are enough for that; the file itself is not needed.
 */
import { type FileDiff, readDiff } from "../diff/diff";
import { oldLinesOf, type PatchHunk, type PatchLine, readPatchHunk } from "../diff/patchFiles";
import type { IndexedPatch } from "../series/revisionTexts";
import { type LineEdit, sharedEnds, withEdits } from "./lineDiff";

/** A run of lines that a series replaces. Its line is that in the file before the series, unless it was placed in another text. */
export interface Edit extends LineEdit {
  /** The indexes of the patches that do it, ascending. */
  readonly patches: readonly number[];
}

/** A stretch of a file that hunks show without a gap: changed lines and the lines around them. */
export interface Block {
  /** Its zero-based first line in the file before the series. */
  readonly start: number;
  /** The text behind the `@@` of the first hunk: the function that it is in. */
  readonly heading: string;
  readonly before: readonly string[];
  readonly after: readonly string[];
  /** In order, never empty. */
  readonly edits: readonly Edit[];
  /** It does not fit what the earlier patches made of the file, so it is a hunk as its patch has it, and its line numbers may be wrong. */
  readonly separate?: true;
}

export interface ComposedChange {
  /** The name before the series; null for a file that it adds. For a copy, the name of the source. */
  readonly path: string | null;
  /** The name after the series; null for a file that it deletes. */
  readonly newPath: string | null;
  /** It is a copy of `path`, which stays. */
  readonly copied?: true;
  /** The blob that the first patch was made on, abbreviated; null where the diff has none. */
  readonly oldBlob: string | null;
  /** The blob that the last patch leaves. */
  readonly newBlob: string | null;
  readonly binary: boolean;
  /** Some of its hunks were damaged by mail programs. */
  readonly mangled: boolean;
  /** The indexes of the patches that change it, ascending. */
  readonly patches: readonly number[];
  /** By line. */
  readonly blocks: readonly Block[];
}

/** Known lines that are copied for all files which a series copies. Beyond it, only the hunks of a copy itself are known. */
const mostCopiedLines = 500_000;

/**
 * Composes the patches of one series.
 *
 * @param patches in the order they apply
 * @param only the file that is wanted, by any name it has in the series; all files where it is absent
 */
export function composeChanges(patches: readonly IndexedPatch[], only?: string): ComposedChange[] {
  const files = new Map<string, ComposedChangeBuilder>();
  const gone: ComposedChangeBuilder[] = [];
  let copied = 0;
  const copyOf = (path: string): ComposedChangeBuilder => {
    const source = files.get(path);
    copied += source?.knownLines ?? 0;
    return source && copied <= mostCopiedLines ? source.copy() : new ComposedChangeBuilder(path, null, true);
  };
  for (const { index, text, afterGap = false } of patches) {
    const diffs = readDiff(text).files;
    const moved = movedByPatch(diffs, files, copyOf);
    for (const diff of diffs) {
      // A deleted file stays open: a new one of its name replaces it.
      const known = files.get(diff.path);
      const file = moved.get(diff) ?? known ?? new ComposedChangeBuilder(diff.change === "new" ? null : diff.path, diff.oldBlob);
      file.add(index, text, diff, afterGap);
      if (known && known !== file) gone.push(known);
      files.set(diff.path, file);
      // Without the deleted text, a file that replaces it cannot be counted in its lines.
      if (diff.change === "deleted" && diff.hunks.length === 0) {
        gone.push(file);
        files.delete(diff.path);
      }
    }
  }
  const all = [...new Set([...files.values(), ...gone])];
  return (only === undefined ? all : changesNamed(all, only)).map((file) => file.close());
}

/** The files that a patch copies and moves, as they were before it, since the order of its diffs does not matter. */
function movedByPatch(
  diffs: readonly FileDiff[],
  files: Map<string, ComposedChangeBuilder>,
  copyOf: (path: string) => ComposedChangeBuilder,
): Map<FileDiff, ComposedChangeBuilder> {
  const moved = new Map<FileDiff, ComposedChangeBuilder>();
  for (const diff of diffs) {
    const { change, oldPath = diff.path } = diff;
    if (change === "copied") moved.set(diff, copyOf(oldPath));
    else if (change === "renamed") moved.set(diff, files.get(oldPath) ?? new ComposedChangeBuilder(oldPath, diff.oldBlob));
  }
  for (const { change, oldPath } of diffs) if (change === "renamed" && oldPath !== undefined) files.delete(oldPath);
  return moved;
}

/** The changes of a file with a name; of several, the one that has the name before the series, else after it. */
function changesNamed(all: readonly ComposedChangeBuilder[], name: string): ComposedChangeBuilder[] {
  const named = all.filter((file) => file.names.has(name));
  const first = named.filter((file) => file.path === name);
  if (first.length > 0) return first;
  const last = named.filter((file) => file.newPath === name);
  return last.length > 0 ? last : named;
}

// One file while patches are added to it: which lines of the original file are left, and which were added between them.

/** How many lines a hunk may be away from its own line number, since missing patches shift it. */
const farthestHunkShift = 400;
/** Lines that are compared in the search for moved hunks. No real series needs more; beyond it hunks stay separate. */
const mostComparedLines = 2_000_000;

/** A change that patches are added to. */
class ComposedChangeBuilder {
  readonly names = new Set<string>();
  #newPath: string | null = null;
  #newBlob: string | null = null;
  #binary = false;
  #mangled = false;
  /** All changes to the file since its first patch are known, so the line numbers of hunks can be trusted. */
  #whole = true;
  readonly #patches = new Set<number>();
  #text = PieceTable.unknown();
  /** Lines compared so far in the search for moved hunks. */
  #compared = 0;
  /** The lines of the original file that hunks show. */
  readonly #known = new Map<number, string>();
  /** All lines seen so far, in any place. */
  readonly #texts = new Set<string>();
  /** Which patch removed a line of the original file. */
  readonly #removedBy = new Map<number, number>();
  /** The text behind the `@@`, by the first line of the hunk. */
  readonly #headings = new Map<number, string>();
  readonly #separate: Block[] = [];

  /** @param copied whether it is a copy of `path`, which stays */
  constructor(
    readonly path: string | null,
    private readonly oldBlob: string | null,
    private readonly copied = false,
  ) {}

  get newPath(): string | null {
    return this.#newPath;
  }

  /** How many lines of the original file are known. */
  get knownLines(): number {
    return this.#known.size;
  }

  /** Another file that begins as what this one has become. */
  copy(): ComposedChangeBuilder {
    const copy = new ComposedChangeBuilder(this.path, null, true);
    copy.#mangled = this.#mangled;
    copy.#whole = this.#whole;
    copy.#newPath = this.#newPath;
    copy.#newBlob = this.#newBlob;
    copy.#text = this.#text;
    for (const patch of this.#patches) copy.#patches.add(patch);
    for (const [line, text] of this.#known) copy.#known.set(line, text);
    for (const text of this.#texts) copy.#texts.add(text);
    for (const [line, patch] of this.#removedBy) copy.#removedBy.set(line, patch);
    for (const [line, heading] of this.#headings) copy.#headings.set(line, heading);
    for (const block of this.#separate) copy.#separate.push(block);
    return copy;
  }

  /** @param afterGap whether patches between this one and the one before are missing */
  add(patch: number, text: string, diff: FileDiff, afterGap: boolean): void {
    this.#whole &&= this.#patches.size === 0 || this.#patches.has(patch) || this.#follows(diff, afterGap);
    this.names.add(diff.path);
    // A copy does not change its source.
    if (diff.change === "renamed" && diff.oldPath !== undefined) this.names.add(diff.oldPath);
    this.#newPath = diff.change === "deleted" ? null : diff.path;
    // A patch that only moves the file keeps its text and names no blob.
    if (diff.newBlob !== null || diff.hunks.length > 0 || this.#newPath === null) this.#newBlob = diff.newBlob;
    this.#binary ||= diff.binary;
    this.#mangled ||= diff.mangled;
    this.#patches.add(patch);
    const placed: PlacedHunk[] = [];
    // A hunk that was moved moves those below it, and none may overlap the one above.
    let [shift, least] = [0, 0];
    for (const read of diff.hunks) {
      const hunk = readPatchHunk(text, read);
      const old = oldLinesOf(hunk);
      const start = this.#place(old, hunk.start + shift, least);
      if (start === null) this.#separate.push(blockOfHunk(hunk, patch));
      else {
        this.#learn(hunk, start, patch);
        placed.push({ hunk, start });
        [shift, least] = [start - hunk.start, start + old.length];
      }
    }
    this.#text = this.#text.with(placed, patch);
  }

  /** Whether a patch was made on what the one before it left. Their blobs tell, where they are named. */
  #follows({ oldBlob }: FileDiff, afterGap: boolean): boolean {
    if (this.#mangled || this.#separate.length > 0) return false;
    if (oldBlob === null || this.#newBlob === null) return !afterGap;
    return oldBlob.startsWith(this.#newBlob) || this.#newBlob.startsWith(oldBlob);
  }

  /** Where the old lines of a hunk fit the known text; null where they contradict it everywhere. */
  #place(old: readonly string[], expected: number, least: number): number | null {
    const proven = expected < least ? -1 : this.#fits(old, expected);
    if (proven < 0) return this.#elsewhere(old, expected, least);
    // Where none of the lines there is known, all of them may be known from elsewhere, if a patch in between is missing.
    if (proven > 0 || this.#whole || !old.every((line) => this.#texts.has(line))) return expected;
    return this.#elsewhere(old, expected, least, true) ?? expected;
  }

  /**
   * The nearest place where most of the old lines of a hunk are known to be.
   *
   * @param only all of them have to be, and nowhere else: lines in several places prove nothing against the number in the hunk
   */
  #elsewhere(old: readonly string[], expected: number, least: number, only = false): number | null {
    let found: number | null = null;
    for (let shift = 1; shift <= farthestHunkShift && this.#compared < mostComparedLines; shift++) {
      let most = only ? old.length - 1 : old.length / 2;
      for (const start of [expected - shift, expected + shift]) {
        const proven = start < least ? -1 : this.#fits(old, start);
        if (proven <= most) continue;
        if (only && found !== null) return null;
        [found, most] = [start, only ? most : proven];
      }
      if (found !== null && !only) return found;
    }
    return found;
  }

  /** How many lines at a place are known and equal; -1 where one is known and different. */
  #fits(old: readonly string[], start: number): number {
    let [proven, at] = [0, 0];
    for (const line of this.#text.from(start)) {
      if (at >= old.length) break;
      this.#compared++;
      const text = line.base === null ? line.text : this.#known.get(line.base);
      if (text !== undefined && text !== old[at]) return -1;
      if (text !== undefined) proven++;
      at++;
    }
    return at < old.length ? -1 : proven;
  }

  /** Keeps what a hunk tells of the original file. */
  #learn(hunk: PatchHunk, start: number, patch: number): void {
    const old = this.#text.from(start);
    for (const { kind, text } of hunk.lines) {
      this.#texts.add(text);
      const { base } = (kind === "+" ? undefined : old.next().value) ?? { base: null };
      if (base === null) continue;
      this.#known.set(base, text);
      if (!this.#headings.has(base)) this.#headings.set(base, hunk.heading);
      if (kind === "-") this.#removedBy.set(base, patch);
    }
  }

  close(): ComposedChange {
    return {
      path: this.path,
      newPath: this.#newPath,
      ...(this.copied && this.path !== null ? { copied: true as const } : {}),
      oldBlob: this.oldBlob,
      newBlob: this.#newBlob,
      binary: this.#binary,
      mangled: this.#mangled,
      patches: [...this.#patches].sort((a, b) => a - b),
      blocks: [...this.#blocks(), ...this.#separate].sort((a, b) => a.start - b.start),
    };
  }

  #edits(): Edit[] {
    const edits: Edit[] = [];
    let base = 0;
    let added: readonly AddedLine[] = [];
    for (const piece of this.#text.pieces) {
      if (piece.kind === "added") {
        added = piece.lines;
        continue;
      }
      const edit = added.length > 0 || piece.start > base ? this.#edit(base, piece.start, added) : null;
      if (edit) edits.push(edit);
      added = [];
      base = piece.start + piece.count;
    }
    return edits;
  }

  /** The change of the lines from `start` to `end`; null where the result is the same. */
  #edit(start: number, end: number, added: readonly AddedLine[]): Edit | null {
    const removed = Array.from({ length: end - start }, (_, at) => this.#known.get(start + at) ?? "");
    const same = sharedEnds(
      removed,
      added.map(({ text }) => text),
    );
    const left = removed.slice(same.head, removed.length - same.tail);
    const right = added.slice(same.head, added.length - same.tail);
    if (left.length === 0 && right.length === 0) return null;
    const first = start + same.head;
    const patches = new Set(right.map(({ patch }) => patch));
    for (let line = first; line < first + left.length; line++) patches.add(this.#removedBy.get(line) ?? -1);
    patches.delete(-1);
    return { start: first, removed: left, added: right.map(({ text }) => text), patches: [...patches].sort((a, b) => a - b) };
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
    const after = withEdits(before, edits, start);
    // The first of two hunks in a block may be at the top of a file and have no heading; then that of the second counts.
    let heading = "";
    for (let line = start; line <= first && heading === ""; line++) heading = this.#headings.get(line) ?? "";
    return { start, heading, before, after, edits };
  }
}

// A text while patches change it: runs of original lines, whose text need not be known, and the lines added between them.

/** A run of original lines, or of lines that were added. */
type Piece =
  | { readonly kind: "base"; readonly start: number; readonly count: number }
  | { readonly kind: "added"; readonly lines: readonly AddedLine[] };

interface AddedLine {
  readonly text: string;
  readonly patch: number;
}

/** A line of the text; `text` is null for an original line, which was line `base`. */
interface PieceLine {
  readonly text: string | null;
  readonly base: number | null;
}

/** A hunk and the line of the text that it begins at. */
interface PlacedHunk {
  readonly hunk: PatchHunk;
  readonly start: number;
}

class PieceTable {
  /** The first line of each piece, so that a line is found without walking through all pieces. */
  readonly #starts: readonly number[];

  private constructor(readonly pieces: readonly Piece[]) {
    let line = 0;
    this.#starts = pieces.map((piece) => {
      const start = line;
      line += lengthOf(piece);
      return start;
    });
  }

  /** A text of which nothing is known, not even where it ends. */
  static unknown(): PieceTable {
    return new PieceTable([{ kind: "base", start: 0, count: Infinity }]);
  }

  /** The lines from one on. */
  *from(line: number): Generator<PieceLine, undefined> {
    const first = this.#pieceOf(line);
    let offset = line - (this.#starts[first] ?? 0);
    for (let at = first; at < this.pieces.length; at++, offset = 0) {
      const piece = this.pieces[at];
      for (let length = piece ? lengthOf(piece) : 0; offset < length; offset++) {
        if (piece?.kind === "added") yield { text: piece.lines[offset]?.text ?? "", base: null };
        else if (piece) yield { text: null, base: piece.start + offset };
      }
    }
  }

  #pieceOf(line: number): number {
    let [low, high] = [0, this.#starts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.#starts[middle] ?? 0) <= line) low = middle;
      else high = middle;
    }
    return low;
  }

  /**
   * The text with hunks applied.
   *
   * @param hunks sorted by line, without overlaps
   */
  with(hunks: readonly PlacedHunk[], patch: number): PieceTable {
    const writer = new PieceWriter(this.pieces);
    for (const { hunk, start } of hunks) {
      writer.pass(start - writer.line, true);
      for (const { kind, text } of hunk.lines) {
        if (kind === "+") writer.add({ text, patch });
        else writer.pass(1, kind === " ");
      }
    }
    writer.pass(Infinity, true);
    return new PieceTable(writer.written);
  }
}

/** Writes new pieces of a text while it walks through the old ones. */
class PieceWriter {
  readonly written: Piece[] = [];
  /** The line of the old text that is next. */
  line = 0;
  #piece = 0;
  #offset = 0;
  /** The lines of the last written piece, if that has added lines. */
  #added: AddedLine[] | null = null;

  constructor(private readonly pieces: readonly Piece[]) {}

  add(line: AddedLine): void {
    if (!this.#added) this.written.push({ kind: "added", lines: (this.#added = []) });
    this.#added.push(line);
  }

  /** Passes over some old lines and writes those that are kept. */
  pass(count: number, isKept: boolean): void {
    let left = count;
    while (left > 0) {
      const piece = this.pieces[this.#piece];
      if (!piece) return;
      const taken = Math.min(left, lengthOf(piece) - this.#offset);
      if (isKept) this.#keep(piece, this.#offset, taken);
      this.line += taken;
      left -= taken;
      this.#offset += taken;
      if (this.#offset < lengthOf(piece)) return;
      this.#piece++;
      this.#offset = 0;
    }
  }

  #keep(piece: Piece, offset: number, count: number): void {
    if (piece.kind === "added") {
      for (let at = offset; at < offset + count; at++) this.add(piece.lines[at] ?? { text: "", patch: -1 });
      return;
    }
    const last = this.written.at(-1);
    const start = piece.start + offset;
    this.#added = null;
    // Adjacent runs become one piece.
    if (last?.kind === "base" && last.start + last.count === start)
      this.written[this.written.length - 1] = { kind: "base", start: last.start, count: last.count + count };
    else this.written.push({ kind: "base", start, count });
  }
}

function lengthOf(piece: Piece): number {
  return piece.kind === "base" ? piece.count : piece.lines.length;
}

// A hunk that does not fit what the earlier patches made of the file.

/** A hunk as a block of its own. */
export function blockOfHunk({ start, heading, lines }: PatchHunk, patch: number): Block {
  const edits: Edit[] = [];
  let at = start;
  let [removed, added]: [string[], string[]] = [[], []];
  const close = (): void => {
    if (removed.length + added.length > 0) edits.push({ start: at - removed.length, removed, added, patches: [patch] });
    [removed, added] = [[], []];
  };
  for (const { kind, text } of lines) {
    if (kind === "+") added.push(text);
    else {
      if (kind === " ") close();
      else removed.push(text);
      at++;
    }
  }
  close();
  const side = (left: PatchLine["kind"]): string[] => lines.filter(({ kind }) => kind !== left).map(({ text }) => text);
  return { start, heading, before: side("+"), after: side("-"), edits, separate: true };
}

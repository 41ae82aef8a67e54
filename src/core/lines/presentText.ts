/** A text while patches change it: runs of the lines it had at first, whose words need not be known, and what was added between. */
import type { Hunk } from "../diff/patchHunk";

/** A run of the lines that were there at first, or of lines that were added. */
export type Piece =
  | { readonly kind: "base"; readonly start: number; readonly count: number }
  | { readonly kind: "added"; readonly lines: readonly AddedLine[] };

export interface AddedLine {
  readonly text: string;
  readonly patch: number;
}

/** A line of the text; `text` is null for one that was there at first, where it was line `base`. */
export interface PresentLine {
  readonly text: string | null;
  readonly base: number | null;
}

/** A hunk and the line of the text it begins at. */
export interface PlacedHunk {
  readonly hunk: Hunk;
  readonly start: number;
}

export class PresentText {
  /** The line each piece begins at, so that a line is found without walking all of them. */
  readonly #starts: readonly number[];

  private constructor(readonly pieces: readonly Piece[]) {
    let line = 0;
    this.#starts = pieces.map((piece) => {
      const start = line;
      line += lengthOf(piece);
      return start;
    });
  }

  /** A text of which nothing is known, so it goes on for ever. */
  static unknown(): PresentText {
    return new PresentText([{ kind: "base", start: 0, count: Infinity }]);
  }

  /** The lines from one on. */
  *from(line: number): Generator<PresentLine, undefined> {
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
   * The text with hunks in it, made in one walk.
   *
   * @param hunks by line, none reaching into the next one
   */
  with(hunks: readonly PlacedHunk[], patch: number): PresentText {
    const writer = new PieceWriter(this.pieces);
    for (const { hunk, start } of hunks) {
      writer.pass(start - writer.line, true);
      for (const { kind, text } of hunk.lines) {
        if (kind === "+") writer.add({ text, patch });
        else writer.pass(1, kind === " ");
      }
    }
    writer.pass(Infinity, true);
    return new PresentText(writer.written);
  }
}

/** Writes the pieces of a text anew, going through the old ones. */
class PieceWriter {
  readonly written: Piece[] = [];
  /** The line of the old text that is next. */
  line = 0;
  #piece = 0;
  #offset = 0;
  /** Of the last written piece, where it is one of added lines. */
  #added: AddedLine[] | null = null;

  constructor(private readonly pieces: readonly Piece[]) {}

  add(line: AddedLine): void {
    if (!this.#added) this.written.push({ kind: "added", lines: (this.#added = []) });
    this.#added.push(line);
  }

  /** Goes over some of the old lines, and writes them where they are kept. */
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
    // Runs that are whole again are one piece.
    if (last?.kind === "base" && last.start + last.count === start)
      this.written[this.written.length - 1] = { kind: "base", start: last.start, count: last.count + count };
    else this.written.push({ kind: "base", start, count });
  }
}

function lengthOf(piece: Piece): number {
  return piece.kind === "base" ? piece.count : piece.lines.length;
}

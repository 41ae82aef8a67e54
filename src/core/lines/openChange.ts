/** One file's change while patches are added to it: which lines of the file before the series are left, and what stands between. */
import type { FileDiff } from "../diff/diff";
import type { Block, Edit, FileChange } from "./fileChange";
import { oldLinesOf, readHunk, type Hunk } from "../diff/patchHunk";
import { PresentText, type AddedLine, type PlacedHunk } from "./presentText";
import { looseBlock } from "./looseBlock";

/** How far a hunk may lie from where it says: patches that are missing in between shift it. */
const farthestShift = 400;
/** Lines of hunks that are looked for elsewhere, over all places: beyond it they stay loose, as no series needs so many. */
const mostLooked = 2_000_000;

/** A change that patches are added to. */
export class OpenChange {
  readonly names = new Set<string>();
  #newPath: string | null = null;
  #newBlob: string | null = null;
  #binary = false;
  #mangled = false;
  /** All that was done to the file since the first patch of it is known, so that the lines which hunks name are what they say. */
  #whole = true;
  readonly #patches = new Set<number>();
  #text = PresentText.unknown();
  #looked = 0;
  /** The lines of the file before the series, as far as hunks show them. */
  readonly #known = new Map<number, string>();
  /** All lines seen so far, wherever they stand. */
  readonly #texts = new Set<string>();
  /** Which patch took a line of the file before the series away. */
  readonly #removedBy = new Map<number, number>();
  /** What stands behind the `@@`, by the line the hunk begins at. */
  readonly #headings = new Map<number, string>();
  readonly #loose: Block[] = [];

  /** @param copied it is made of the file at `path`, which stays */
  constructor(
    readonly path: string | null,
    private readonly oldBlob: string | null,
    private readonly copied = false,
  ) {}

  get newPath(): string | null {
    return this.#newPath;
  }

  /** How many lines of the file before the series are known. */
  get knownLines(): number {
    return this.#known.size;
  }

  /** Another file that begins with what has become of this one. */
  copy(): OpenChange {
    const copy = new OpenChange(this.path, null, true);
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
    for (const block of this.#loose) copy.#loose.push(block);
    return copy;
  }

  /** @param afterGap whether patches between the one before and this one are not there */
  add(patch: number, text: string, diff: FileDiff, afterGap: boolean): void {
    this.#whole &&= this.#patches.size === 0 || this.#patches.has(patch) || this.#follows(diff, afterGap);
    this.names.add(diff.path);
    // A copy is none of its source's changes.
    if (diff.change === "renamed" && diff.oldPath !== undefined) this.names.add(diff.oldPath);
    this.#newPath = diff.change === "deleted" ? null : diff.path;
    // A patch that only moves the file leaves its text, and names no blob.
    if (diff.newBlob !== null || diff.hunks.length > 0 || this.#newPath === null) this.#newBlob = diff.newBlob;
    this.#binary ||= diff.binary;
    this.#mangled ||= diff.mangled;
    this.#patches.add(patch);
    const placed: PlacedHunk[] = [];
    // What was placed differently moves the ones below it; none reaches into the one above.
    let [shift, least] = [0, 0];
    for (const read of diff.hunks) {
      const hunk = readHunk(text, read);
      const old = oldLinesOf(hunk);
      const start = this.#place(old, hunk.start + shift, least);
      if (start === null) this.#loose.push(looseBlock(hunk, patch));
      else {
        this.#learn(hunk, start, patch);
        placed.push({ hunk, start });
        [shift, least] = [start - hunk.start, start + old.length];
      }
    }
    this.#text = this.#text.with(placed, patch);
  }

  /** Whether a patch was made on what the one before it left: their blobs tell, where they are named. */
  #follows({ oldBlob }: FileDiff, afterGap: boolean): boolean {
    if (this.#mangled || this.#loose.length > 0) return false;
    if (oldBlob === null || this.#newBlob === null) return !afterGap;
    return oldBlob.startsWith(this.#newBlob) || this.#newBlob.startsWith(oldBlob);
  }

  /** Where the old lines of a hunk stand, by what is known of the text; null where they contradict it everywhere. */
  #place(old: readonly string[], expected: number, least: number): number | null {
    const there = expected < least ? -1 : this.#fits(old, expected);
    if (there < 0) return this.#elsewhere(old, expected, least);
    // Where nothing is known of the lines there, all of them may be known from elsewhere: where a patch in between is missing.
    if (there > 0 || this.#whole || !old.every((line) => this.#texts.has(line))) return expected;
    return this.#elsewhere(old, expected, least, true) ?? expected;
  }

  /**
   * The nearest place where most of the old lines of a hunk are known to stand.
   *
   * @param only all of them must, and nowhere else: lines that look alike prove nothing against where the hunk says it is
   */
  #elsewhere(old: readonly string[], expected: number, least: number, only = false): number | null {
    let found: number | null = null;
    for (let shift = 1; shift <= farthestShift && this.#looked < mostLooked; shift++) {
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

  /** How many lines at a place are known and equal; -1 where one is known to be another. */
  #fits(old: readonly string[], start: number): number {
    let [proven, at] = [0, 0];
    for (const line of this.#text.from(start)) {
      if (at >= old.length) break;
      this.#looked++;
      const text = line.base === null ? line.text : this.#known.get(line.base);
      if (text !== undefined && text !== old[at]) return -1;
      if (text !== undefined) proven++;
      at++;
    }
    return at < old.length ? -1 : proven;
  }

  /** Keeps what a hunk tells of the file before the series. */
  #learn(hunk: Hunk, start: number, patch: number): void {
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

  close(): FileChange {
    return {
      path: this.path,
      newPath: this.#newPath,
      ...(this.copied && this.path !== null ? { copied: true as const } : {}),
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

  /** One change of the lines from `start` to `end`; null where they come out as they were. */
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
    const parts: Array<readonly string[]> = [];
    let at = start;
    for (const edit of edits) {
      parts.push(before.slice(at - start, edit.start - start), edit.added);
      at = edit.start + edit.removed.length;
    }
    const after = [...parts, before.slice(at - start)].flat();
    // Of two hunks that became one block, the upper may be so far up in its function that nothing stands above it.
    let heading = "";
    for (let line = start; line <= first && heading === ""; line++) heading = this.#headings.get(line) ?? "";
    return { start, heading, before, after, edits };
  }
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

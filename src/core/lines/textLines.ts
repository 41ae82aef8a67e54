/** The lines of a text that is being edited: where a run of lines stands in it, and in which function of the C file. */
import { LineNumbers } from "./lineDiff";

/** Whether a line says something about where it stands; braces and blank lines stand everywhere. */
export function isDistinctiveLine(line: string): boolean {
  return /\w{3}/.test(line);
}

/** How a line begins that git prints behind the `@@` of what follows it, unless it is a label. */
export const headingStart = /^[A-Za-z_$]/;

export class TextLines {
  #lines: string[];
  /** Where each line stands; null after an edit, since looking for a few runs does not pay for making it anew. */
  #places: Map<string, number[]> | null = null;
  #numbers: Int32Array | null = null;
  /** The lines that begin as those do that git prints behind an `@@`. */
  #headings: number[] | null = null;
  /** Of this text and of those that are followed into it. */
  readonly lineNumbers = new LineNumbers();

  /** @param lines without their ends, as the editor gives them */
  constructor(lines: readonly string[]) {
    this.#lines = [...lines];
  }

  get length(): number {
    return this.#lines.length;
  }
  get lines(): readonly string[] {
    return this.#lines;
  }

  get numbers(): Int32Array {
    return (this.#numbers ??= this.lineNumbers.of(this.#lines));
  }

  /** Prepares for looking for many runs. */
  index(): void {
    if (this.#places) return;
    this.#places = new Map();
    for (const [at, line] of this.#lines.entries()) {
      const known = this.#places.get(line);
      if (known) known.push(at);
      else this.#places.set(line, [at]);
    }
  }

  /** Replaces lines. */
  replace(start: number, removed: number, added: readonly string[]): void {
    this.#places = null;
    this.#numbers = null;
    this.#headings = null;
    // An editor that pastes a file has more lines than a call takes arguments.
    if (added.length < 1000) this.#lines.splice(start, removed, ...added);
    else this.#lines = [...this.#lines.slice(0, start), ...added, ...this.#lines.slice(start + removed)];
  }

  /** Whether a run of lines stands at a place. */
  has(run: readonly string[], at: number): boolean {
    if (at < 0 || at + run.length > this.#lines.length) return false;
    for (let line = 0; line < run.length; line++) if (this.#lines[at + line] !== run[line]) return false;
    return true;
  }

  /** How many lines the file has: behind its last line end an editor shows one more, which is empty. */
  get end(): number {
    return this.#lines.at(-1) === "" ? this.#lines.length - 1 : this.#lines.length;
  }

  /** Whether the text ends before a line. */
  endsAt(line: number): boolean {
    return line >= this.end;
  }

  /** All places of a run of lines, ascending; none for one that is made of lines that stand everywhere. */
  places(run: readonly string[]): number[] {
    return run.some(isDistinctiveLine) ? [...this.#candidates(run)].filter((at) => this.has(run, at)) : [];
  }

  /** The lines that a heading as git prints it may be of, ascending; git cuts a long one. */
  linesOfHeading(heading: string): number[] {
    const lines = headingStart.test(heading) ? this.#headingLines() : [...this.#lines.keys()];
    return lines.filter((at) => this.#lines[at]?.startsWith(heading));
  }

  /** The nearest line above one that begins as a heading does; -1 where there is none. */
  headingAbove(line: number): number {
    const lines = this.#headingLines();
    let [low, high] = [0, lines.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((lines[middle] ?? line) < line) low = middle + 1;
      else high = middle;
    }
    return lines[low - 1] ?? -1;
  }

  #headingLines(): readonly number[] {
    return (this.#headings ??= [...this.#lines.keys()].filter((at) => headingStart.test(this.#lines[at] ?? "")));
  }

  /** Where a run may begin, by the line of it that is rarest. */
  *#candidates(run: readonly string[]): Generator<number> {
    if (this.#places) {
      let [rarest, offset]: [readonly number[] | null, number] = [null, 0];
      for (const [at, line] of run.entries()) {
        const places = this.#places.get(line);
        if (!places) return;
        if (!rarest || places.length < rarest.length) [rarest, offset] = [places, at];
      }
      for (const place of rarest ?? []) yield place - offset;
      return;
    }
    const offset = run.findIndex(isDistinctiveLine);
    const line = run[offset] ?? "";
    for (let at = this.#lines.indexOf(line); at >= 0; at = this.#lines.indexOf(line, at + 1)) yield at - offset;
  }
}

/** The functions of a C file, as far as their braces in the first column tell: what a kernel's style makes sure of. */

export interface FunctionLines {
  readonly name: string;
  /** Zero-based line its name stands on. */
  readonly start: number;
  /** The line of its closing brace. */
  readonly end: number;
}

/** A name before an open parenthesis, on a line that begins a definition. */
const functionDefinition = /^(?=[A-Za-z_])(?!(?:struct|union|enum)\s+\w+\s*\{)[^;={}]*?\b(\w+)\s*\(/;
/** How far above its brace a function may begin: a long list of parameters. */
const mostHeadLines = 20;

export function functionsOf(lines: readonly string[]): FunctionLines[] {
  const found: FunctionLines[] = [];
  for (let open = 0; open < lines.length; open++) {
    if (!/^\{\s*$/.test(lines[open] ?? "")) continue;
    const head = functionHead(lines, open);
    if (!head) continue;
    let end = open + 1;
    while (end < lines.length && !(lines[end] ?? "").startsWith("}")) end++;
    found.push({ ...head, end: Math.min(end, lines.length - 1) });
    open = end;
  }
  return found;
}

function functionHead(lines: readonly string[], open: number): Omit<FunctionLines, "end"> | null {
  for (let at = open - 1; at >= Math.max(0, open - mostHeadLines); at--) {
    const line = lines[at] ?? "";
    if (line === "" || line.startsWith("}") || line.startsWith("#")) return null;
    const name = /^\s/.test(line) ? undefined : functionDefinition.exec(line)?.[1];
    if (name !== undefined) return { name, start: at };
  }
  return null;
}

export const labelLine = /^\w+:\s*($|\/[/*])/;

/** Whether what git printed behind the `@@` tells one function from the others. */
export function namesFunction(heading: string): boolean {
  return isDistinctiveLine(heading) && headingStart.test(heading);
}

export function isHeading(line: string): boolean {
  return namesFunction(line) && !labelLine.test(line);
}

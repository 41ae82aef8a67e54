/** The lines of a text that is being edited: where a run of lines is in it, and in which function of a C file. */
import { LineNumbers } from "./lineDiff";

/** Whether a line can be recognised. Braces and blank lines cannot, since they are everywhere. */
export function isDistinctiveLine(line: string): boolean {
  return /\w{3}/.test(line);
}

/** How a line begins that git writes behind the `@@` of hunks below it, unless it is a label. */
const headingStart = /^[A-Za-z_$]/;

/** A label, which git does not take for a heading. */
export const labelLine = /^\w+:\s*($|\/[/*])/;

/** Whether the text behind an `@@` names a function. */
export function namesFunction(heading: string): boolean {
  return isDistinctiveLine(heading) && headingStart.test(heading);
}

/** Whether git would write a line behind the `@@` of hunks below it. */
export function isHeading(line: string): boolean {
  return namesFunction(line) && !labelLine.test(line);
}

export class TextLines {
  #lines: string[];
  /** The places of each line; null after an edit, since a search for a few runs does not pay for making it again. */
  #places: Map<string, number[]> | null = null;
  #numbers: Int32Array | null = null;
  /** The lines that may be headings, by how they begin. */
  #headings: number[] | null = null;
  /** For this text and those that are followed into it. */
  readonly lineNumbers = new LineNumbers();

  /** @param lines without their ends */
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

  /** Prepares for a search for many runs. */
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
    // A pasted file may have more lines than a call takes arguments.
    if (added.length < 1000) this.#lines.splice(start, removed, ...added);
    else this.#lines = [...this.#lines.slice(0, start), ...added, ...this.#lines.slice(start + removed)];
  }

  /** Whether a run of lines is at a place. */
  has(run: readonly string[], at: number): boolean {
    if (at < 0 || at + run.length > this.#lines.length) return false;
    for (let line = 0; line < run.length; line++) if (this.#lines[at + line] !== run[line]) return false;
    return true;
  }

  /** How many lines the file has. An editor shows one more, an empty one, behind the last line end. */
  get end(): number {
    return this.#lines.at(-1) === "" ? this.#lines.length - 1 : this.#lines.length;
  }

  /** Whether the text has no such line. */
  endsAt(line: number): boolean {
    return line >= this.end;
  }

  /** All places of a run of lines, ascending; none for a run without a distinctive line. */
  places(run: readonly string[]): number[] {
    return run.some(isDistinctiveLine) ? [...this.#candidates(run)].filter((at) => this.has(run, at)) : [];
  }

  /** The lines that a heading may be, ascending. Git cuts long headings. */
  linesOfHeading(heading: string): number[] {
    const lines = headingStart.test(heading) ? this.#headingLines() : [...this.#lines.keys()];
    return lines.filter((at) => this.#lines[at]?.startsWith(heading));
  }

  /** The nearest line above another one that begins like a heading; -1 where there is none. */
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

  /** Where a run may begin, by its rarest line. */
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

// The functions of a C file, by their braces in the first column, where the coding style of the kernel puts them.

interface FunctionLines {
  readonly name: string;
  /** The zero-based line that has its name. */
  readonly start: number;
  /** The line of its closing brace. */
  readonly end: number;
}

/** A line that begins the definition of a function, with its name in front of a parenthesis. */
const functionDefinition = /^(?=[A-Za-z_])(?!(?:struct|union|enum)\s+\w+\s*\{)[^;={}]*?\b(\w+)\s*\(/;
/** Lines above its brace within which a function begins, even with a long list of parameters. */
const mostHeadLines = 20;

/** The functions of a C file, in their order. */
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

/** The functions of a C file, as far as their braces in the first column tell: what a kernel's style makes sure of. */

export interface FunctionLines {
  readonly name: string;
  /** Zero-based line its name stands on. */
  readonly start: number;
  /** The line of its closing brace. */
  readonly end: number;
}

/** A name before an open parenthesis, on a line that begins a definition. */
const definition = /^(?=[A-Za-z_])(?!(?:struct|union|enum)\s+\w+\s*\{)[^;={}]*?\b(\w+)\s*\(/;
/** How far above its brace a function may begin: a long list of parameters. */
const mostHeadLines = 20;

export function functionsOf(lines: readonly string[]): FunctionLines[] {
  const found: FunctionLines[] = [];
  for (let open = 0; open < lines.length; open++) {
    if (!/^\{\s*$/.test(lines[open] ?? "")) continue;
    const head = headOf(lines, open);
    if (!head) continue;
    let end = open + 1;
    while (end < lines.length && !(lines[end] ?? "").startsWith("}")) end++;
    found.push({ ...head, end: Math.min(end, lines.length - 1) });
    open = end;
  }
  return found;
}

function headOf(lines: readonly string[], open: number): Omit<FunctionLines, "end"> | null {
  for (let at = open - 1; at >= Math.max(0, open - mostHeadLines); at--) {
    const line = lines[at] ?? "";
    if (line === "" || line.startsWith("}") || line.startsWith("#")) return null;
    const name = /^\s/.test(line) ? undefined : definition.exec(line)?.[1];
    if (name !== undefined) return { name, start: at };
  }
  return null;
}

/** What of an answer its sender wrote, and what is quoted. */

/** A run of lines of an answer: its own words, or what it quotes. */
export interface ReplyBlock {
  readonly kind: "own" | "quote";
  readonly lines: readonly string[];
}

/** Parts an answer into its own words and what it quotes; a blank line between two quotes belongs to them. */
export function replyBlocks(text: string): ReplyBlock[] {
  const blocks: Array<{ kind: ReplyBlock["kind"]; lines: string[] }> = [];
  const lines = text.split("\n");
  for (const [at, line] of lines.entries()) {
    const last = blocks.at(-1);
    const isBetween = line.trim() === "" && last?.kind === "quote" && isQuoted(lines[at + 1] ?? "");
    const kind = isQuoted(line) || isBetween ? "quote" : "own";
    if (last?.kind === kind) last.lines.push(line);
    else blocks.push({ kind, lines: [line] });
  }
  // Blank lines around a block are its margin, which the page draws.
  return blocks.map(({ kind, lines: all }) => ({ kind, lines: withoutBlankEnds(all) })).filter(({ lines: left }) => left.length > 0);
}

function isQuoted(line: string): boolean {
  return /^\s{0,3}(?:[A-Za-z]{1,3})?>/.test(line);
}

function withoutBlankEnds(lines: readonly string[]): string[] {
  const isText = (line: string): boolean => line.trim() !== "";
  const first = lines.findIndex(isText);
  return first < 0 ? [] : lines.slice(first, lines.findLastIndex(isText) + 1);
}

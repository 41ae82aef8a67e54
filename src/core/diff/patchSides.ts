/** The two sides of one file's diff as texts, for an editor that compares texts: what the patch tells of them. */
import { readFileDiff } from "./diff";

export interface PatchSides {
  readonly before: string;
  readonly after: string;
}

/**
 * Makes both sides out of the hunks. Each begins with its own `@@` line on both sides, which parts it from the one above and
 * tells where it stands, since the lines between are not known.
 */
export function patchSides(text: string): PatchSides {
  const { hunks } = readFileDiff(text, "");
  const before: string[] = [];
  const after: string[] = [];
  for (const { start, end } of hunks) {
    const [header = "", ...lines] = text.slice(start, end).replace(/\n$/, "").split("\n");
    before.push(header);
    after.push(header);
    for (const line of lines) {
      if (line.startsWith("-")) before.push(line.slice(1));
      else if (line.startsWith("+")) after.push(line.slice(1));
      else if (!line.startsWith("\\")) {
        before.push(line.slice(1));
        after.push(line.slice(1));
      }
    }
  }
  return { before: joinLines(before), after: joinLines(after) };
}

function joinLines(lines: readonly string[]): string {
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
}

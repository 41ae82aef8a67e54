/** A hunk that is placed by itself, since it does not fit what the patches before it made. */
import type { Hunk, HunkLine } from "../diff/patchHunk";
import type { Block, Edit } from "./fileChange";

/** A hunk as a block of its own. */
export function looseBlock({ start, heading, lines }: Hunk, patch: number): Block {
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
  const side = (left: HunkLine["kind"]): string[] => lines.filter(({ kind }) => kind !== left).map(({ text }) => text);
  return { start, heading, before: side("+"), after: side("-"), edits, loose: true };
}

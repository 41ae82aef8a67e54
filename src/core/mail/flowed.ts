/** Text whose lines flow (RFC 3676, `format=flowed`): as git undoes it for a patch. */
import { readDiff } from "../diff/diff";
import { findDiff } from "../diff/diffStart";

/** Whether the lines of a part flow, and whether the space at the end of a line that goes on belongs to none (`delsp`). */
export type Flow = "fixed" | "flowed" | "delsp";

/**
 * Takes off the space that was put in front of lines, and joins those that go on, as git does. Only where there is a patch: an
 * answer stays as it was written, whose quotes would run into each other. An empty line of a file, ` `, looks as if it went
 * on, and some mailers say that their lines flow and do nothing for it: so the first reading counts by which the patch is whole.
 */
export function unflowed(text: string, flow: Flow): string {
  if (flow === "fixed" || findDiff(text, 0) < 0 || /^>/m.test(text)) return text;
  const joined = joinLines(text, flow === "delsp");
  if (!isDamaged(joined)) return joined;
  const unstuffed = text.replace(/^ /gm, "");
  return [unstuffed, text].find((one) => !isDamaged(one)) ?? joined;
}

function isDamaged(text: string): boolean {
  return readDiff(text).files.some(({ mangled }) => mangled);
}

function joinLines(text: string, dropsSpace: boolean): string {
  const lines: string[] = [];
  let held: string[] = [];
  const close = (line: string): void => {
    lines.push(held.length === 0 ? line : held.join("") + line);
    held = [];
  };
  for (const line of text.split("\n")) {
    if (line === "-- ") {
      if (held.length > 0) close("");
      lines.push(line);
      continue;
    }
    const bare = line.startsWith(" ") ? line.slice(1) : line;
    if (bare.endsWith(" ")) held.push(dropsSpace ? bare.slice(0, -1) : bare);
    else close(bare);
  }
  if (held.length > 0) close("");
  return lines.join("\n");
}

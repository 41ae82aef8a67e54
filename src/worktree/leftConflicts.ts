/** Whether a person has resolved a conflicting file, also where no markers tell. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { linesOf } from "../core/textLines";
import { runGit, type GitOptions } from "./git";

const markers = /^(?:<{7} |>{7} |\|{7} )/m;
/** So long that no file has lines like the marks. */
const markLength = 40;
/** Lines around a conflict by which it is found again. */
const contextLines = 3;

/**
 * Why a file that git left unmerged is not resolved yet, as the end of a sentence; null where it is. The merge editor begins with the
 * common version and without markers, and an editor that saves by itself puts that into the file: then neither side is in it.
 */
export async function leftConflict(top: string, path: string, options: GitOptions): Promise<string | null> {
  const text = await readFile(join(top, path), "utf8").catch(() => null);
  if (text === null) return null;
  if (markers.test(text)) return "still has conflict markers";
  const merged = await mergedWithBase(top, path, options);
  const isLeft = merged !== null && conflictsOf(merged).some((run) => holds(linesOf(text), run));
  return isLeft ? "has a conflict of which neither side was taken" : null;
}

/** The merge of the three versions with the common one in the marks; null where there are not three. */
async function mergedWithBase(top: string, path: string, options: GitOptions): Promise<string | null> {
  const listed = await runGit(top, ["ls-files", "--unmerged", "-z", "--", `:(top,literal)${path}`], options);
  const rows = listed.stdout.toString("utf8").split("\0");
  const stages = new Map(rows.map((row) => /^\d+ ([0-9a-f]+) ([123])\t/.exec(row)).map((row) => [row?.[2], row?.[1]]));
  const ids = ["2", "1", "3"].map((stage) => stages.get(stage));
  if (ids[0] === undefined || ids[2] === undefined) return null;
  const folder = await mkdtemp(join(tmpdir(), "kvm-series-merge-"));
  try {
    const files = await Promise.all(
      ids.map(async (id, at) => {
        const file = join(folder, String(at));
        // Where both sides added the file there is no common version.
        await writeFile(file, id === undefined ? "" : (await runGit(top, ["cat-file", "blob", id], options)).stdout);
        return file;
      }),
    );
    const { stdout } = await runGit(top, ["merge-file", "-p", "--diff3", `--marker-size=${markLength}`, "--", ...files], options);
    return stdout.toString("utf8");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** For each conflict, the lines that stand in the file while neither side was taken. */
function conflictsOf(merged: string): string[][] {
  const mark = (sign: string): RegExp => new RegExp(`^\\${sign}{${markLength}}(?: |$)`);
  const [ours, base, middle, theirs] = ["<", "|", "=", ">"].map(mark) as [RegExp, RegExp, RegExp, RegExp];
  const runs: string[][] = [];
  let place: "common" | "ours" | "base" | "theirs" = "common";
  /** As the merge editor begins: what is common, and in a conflict the common version. */
  const lines: string[] = [];
  const spans: Array<[start: number, end: number]> = [];
  let start = 0;
  for (const line of linesOf(merged)) {
    if (ours.test(line)) place = "ours";
    else if (base.test(line)) [place, start] = ["base", lines.length];
    else if (middle.test(line)) place = "theirs";
    else if (theirs.test(line)) {
      place = "common";
      spans.push([start, lines.length]);
    } else if (place === "common" || place === "base") lines.push(line);
  }
  for (const [from, to] of spans) runs.push(lines.slice(Math.max(0, from - contextLines), to + contextLines));
  return runs;
}

function holds(lines: readonly string[], run: readonly string[]): boolean {
  if (run.length === 0) return lines.length === 0;
  return lines.some((_, at) => run.every((line, offset) => lines[at + offset] === line));
}

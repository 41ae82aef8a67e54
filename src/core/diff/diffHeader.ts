/** The lines of a diff between the beginning of a file and its first hunk: names, modes, what happened to it. */
import { gitLineNames, sideName, withoutPrefixes, type SideNames } from "./diffPath";
import { afterLine, lineFrom } from "./diffStart";

const minus = 45;
const atSign = 64;

/** What is known of a file while its diff is read. */
export interface OpenFile {
  start: number;
  gitLine: string | null;
  sides: SideNames | null;
  renamedFrom: string | null;
  renamedTo: string | null;
  copied: boolean;
  isNew: boolean;
  isDeleted: boolean;
  oldMode: string | null;
  newMode: string | null;
  oldBlob: string | null;
  newBlob: string | null;
  binary: boolean;
  added: number;
  deleted: number;
  mangled: boolean;
}

export interface Reading {
  readonly text: string;
  at: number;
  readonly problems: string[];
}

export function openFile(start: number): OpenFile {
  return {
    start,
    gitLine: null,
    sides: null,
    renamedFrom: null,
    renamedTo: null,
    copied: false,
    isNew: false,
    isDeleted: false,
    oldMode: null,
    newMode: null,
    oldBlob: null,
    newBlob: null,
    binary: false,
    added: 0,
    deleted: 0,
    mangled: false,
  };
}

/** Reads the line of `diff --git`, which some mailers wrap between the names. */
export function readGitLine(reading: Reading, file: OpenFile): void {
  const { text } = reading;
  file.gitLine = lineFrom(text, reading.at).slice("diff --git ".length);
  reading.at = afterLine(text, reading.at);
  if (!text.startsWith("b/", reading.at)) return;
  file.gitLine += " " + lineFrom(text, reading.at);
  file.mangled = true;
  reading.at = afterLine(text, reading.at);
}

/** Reads up to the first hunk, the next file or whatever is no header. */
export function readHeaderLines(reading: Reading, file: OpenFile): void {
  const { text } = reading;
  while (reading.at < text.length) {
    const first = text.charCodeAt(reading.at);
    if (first === atSign) return;
    if (first === minus) {
      const plusLine = afterLine(text, reading.at);
      if (!text.startsWith("--- ", reading.at) || !text.startsWith("+++ ", plusLine)) return;
      file.sides = { old: sideName(lineFrom(text, reading.at + 4)), new: sideName(lineFrom(text, plusLine + 4)) };
      reading.at = afterLine(text, plusLine);
      return;
    }
    const line = lineFrom(text, reading.at);
    if (line === "GIT binary patch") {
      file.binary = true;
      reading.at = afterBinaryPatch(text, afterLine(text, reading.at));
      return;
    }
    if (!readExtendedLine(line, file)) return;
    reading.at = afterLine(text, reading.at);
  }
}

const indexLine = /^index ([0-9a-f]+)\.\.([0-9a-f]+)(?: ([0-7]{6}))?\s*$/;
const noBlob = /^0+$/;

/** One of the lines git adds between `diff --git` and the hunks; false for any other. */
function readExtendedLine(line: string, file: OpenFile): boolean {
  if (line.startsWith("index ")) {
    const match = indexLine.exec(line);
    if (!match) return false;
    const [, oldBlob = "", newBlob = "", mode] = match;
    file.oldBlob = noBlob.test(oldBlob) ? null : oldBlob;
    file.newBlob = noBlob.test(newBlob) ? null : newBlob;
    if (mode !== undefined) file.oldMode = file.newMode = mode;
  } else if (line.startsWith("new file mode ")) {
    file.isNew = true;
    file.newMode = line.slice("new file mode ".length).trim();
  } else if (line.startsWith("deleted file mode ")) {
    file.isDeleted = true;
    file.oldMode = line.slice("deleted file mode ".length).trim();
  } else if (line.startsWith("old mode ")) file.oldMode = line.slice("old mode ".length).trim();
  else if (line.startsWith("new mode ")) file.newMode = line.slice("new mode ".length).trim();
  else if (line.startsWith("rename from ")) file.renamedFrom = sideName(line.slice("rename from ".length));
  else if (line.startsWith("rename to ")) file.renamedTo = sideName(line.slice("rename to ".length));
  else if (line.startsWith("copy from ")) {
    file.copied = true;
    file.renamedFrom = sideName(line.slice("copy from ".length));
  } else if (line.startsWith("copy to ")) file.renamedTo = sideName(line.slice("copy to ".length));
  else if (line.startsWith("Binary files ")) file.binary = true;
  else return line.startsWith("similarity index ") || line.startsWith("dissimilarity index ");
  return true;
}

/** Skips the blocks of a binary patch, each `literal` or `delta`, lines of letters, an empty line. */
function afterBinaryPatch(text: string, from: number): number {
  let at = from;
  while (text.startsWith("literal ", at) || text.startsWith("delta ", at)) {
    const end = text.indexOf("\n\n", at);
    if (end < 0) return text.length;
    at = end + 2;
  }
  return at;
}

/** What happened to a file that was not moved. */
export function changeOf({ isNew, isDeleted, sides }: OpenFile, names: SideNames): "modified" | "new" | "deleted" {
  if (isNew || (sides && names.old === null)) return "new";
  return isDeleted || (sides && names.new === null) ? "deleted" : "modified";
}

/** Renames are named without prefixes; else what stands on `---` and `+++` counts, else the line of `diff --git`. */
export function namesOf({ renamedFrom, renamedTo, sides, gitLine }: OpenFile): SideNames {
  if (renamedTo !== null) return { old: renamedFrom, new: renamedTo };
  if (sides?.old?.startsWith("a/") && sides.new?.startsWith("b/")) return { old: sides.old.slice(2), new: sides.new.slice(2) };
  const both = gitLine === null ? null : gitLineNames(gitLine);
  if (!sides) return both ? withoutPrefixes(both) : { old: null, new: null };
  const stripped = withoutPrefixes(both && (sides.old === null || sides.new === null) ? both : sides);
  return { old: sides.old === null ? null : stripped.old, new: sides.new === null ? null : stripped.new };
}

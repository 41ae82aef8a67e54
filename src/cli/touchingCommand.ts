/** `kvm-series touching`: the pending series that change a file, lines of it, or a folder, however the path is written. */
import { realpathSync, statSync } from "node:fs";
import { basename, dirname, isAbsolute, join, posix, relative, resolve, sep } from "node:path";
import { HumanError } from "../core/humanError";
import { visibleText } from "../core/mail/hiddenCharacters";
import type { Touch } from "../core/series/touches";
import { touchingReport } from "../render/seriesJson";
import { problemLine, touchingText } from "../render/seriesText";
import { type Call, nearestWords, UsageError } from "./call";
import { lookInTree } from "./landedInTree";
import { movedFiles } from "./movedFiles";
import { output, warn } from "./output";
import { type OpenedSources, openSources } from "./sources";

export interface TouchingOptions {
  readonly tree: string | undefined;
  readonly suffix: boolean;
  readonly all: boolean;
  readonly json: boolean;
}

export async function listTouching({ words, options, environment }: Call<TouchingOptions>): Promise<string> {
  const [asked, ...sources] = words;
  if (asked === undefined) throw new UsageError("touching needs a PATH.");
  const question = readAskedPath(asked);
  const { tree, suffix, json } = options;
  const meant = suffix ? [question.name.replace(/^(?:\.\/)+/, "")] : pathsMeant(question.name, tree);
  if (meant.includes("")) throw new UsageError(`“${asked}” is the whole tree; “kvm-series series” lists all series.`);
  const opened = await openSources(sources, environment, tree);
  const { library, problems } = opened;
  const moved = await movedFiles(opened, environment, { all: options.all });
  const find = (path: string, { lines }: Pick<AskedPath, "lines">, all: boolean): readonly Touch[] =>
    library.touching({ path, lines, suffix, all, moved, project: opened.tree?.project ?? null });
  const isKnown = (path: string): boolean =>
    opened.tree?.has(path) === true || moved.ofName(path) !== null || find(path, { lines: null }, true).length > 0;
  const known = suffix ? meant[0] : meant.map((path) => knownPath(path, isKnown, tree)).find((path) => path !== null);
  const path = known ?? meant[0] ?? "";
  if (question.lines && path.endsWith("/")) throw new UsageError(`${visibleText(path)} is a folder, which has no lines.`);
  await lookInTree(
    opened,
    find(path, question, false).map(({ series }) => series),
    environment,
    moved,
  );
  const touches = find(path, question, options.all);
  const now = moved.ofName(path);
  if (known !== undefined && (!suffix || touches.length > 0 || find(path, { lines: null }, true).length > 0))
    return output(json, touchingReport(path, touches, problems, now), touchingText(path, touches, now), problems);
  const unknown = { source: path, message: unknownPath(path, opened, tree) };
  if (!json) warn(problemLine(unknown));
  return output(json, touchingReport(path, touches, json ? [...problems, unknown] : problems), "", problems);
}

/** A path as the tree or a series has it, a folder with its `/`; null when neither has it. */
function knownPath(path: string, isKnown: (path: string) => boolean, folder: string | undefined): string | null {
  const isFolder = folder !== undefined && isFolderOf(folder, path);
  if (path.endsWith("/")) return isFolder || isKnown(path) ? path : null;
  if (isKnown(path)) return path;
  const below = `${path}/`;
  return isFolder || isKnown(below) ? below : null;
}

/** The most similar names that are offered for an unknown path. */
const mostOffered = 3;

function unknownPath(path: string, { tree, library }: OpenedSources, folder: string | undefined): string {
  const near = nearestPaths(path, library.touchedPaths(), tree?.resolve(`.../${lastPart(path)}`) ?? null).map(
    (one) => `“${visibleText(one)}”`,
  );
  const offered = near.length === 0 ? "" : `; perhaps ${near.join(" or ")} is meant`;
  if (folder !== undefined) return `This is not in the tree ${visibleText(folder)}, and no series changes it${offered}.`;
  return `No series of these sources, pending or not, changes it${offered}.`;
}

/** Paths of the same file name, those with the longest common tail first; without any, paths of the nearest names. */
function nearestPaths(path: string, touched: readonly string[], inTree: string | null): string[] {
  const names = new Map<string, string[]>();
  for (const one of [...(inTree === null ? [] : [inTree]), ...touched]) {
    const known = names.get(lastPart(one));
    if (known) known.push(one);
    else names.set(lastPart(one), [one]);
  }
  const same = names.get(lastPart(path)) ?? nearestWords(lastPart(path), [...names.keys()]).flatMap((name) => names.get(name) ?? []);
  const common = (one: string): number => {
    const [a, b] = [path.split("/").reverse(), one.split("/").reverse()];
    return a.filter((part, at) => part === b[at]).length;
  };
  return [...new Set(same)].sort((a, b) => common(b) - common(a) || (a < b ? -1 : 1)).slice(0, mostOffered);
}

function lastPart(path: string): string {
  return path.replace(/\/$/, "").split("/").at(-1) ?? "";
}

// Paths in the forms that a person may have: from a diff, a compiler, git, or a shell in the tree.

export interface AskedPath {
  readonly name: string;
  /** First and last line; null without lines. */
  readonly lines: readonly [number, number] | null;
}

/** `FILE:17`, `FILE:17-20`, `FILE:17,20`, `FILE:17,+5`, `FILE:17:4` of a compiler, and `17,+5:FILE` as git log has it. */
function readAskedPath(text: string): AskedPath {
  const behind = /^(.*?):(\d{1,9})(?:([-,])([+-]?)(\d{1,9}))?(?::\d{0,9})?$/s.exec(text);
  const before = behind ? null : /^(\d{1,9})(?:(,)([+-]?)(\d{1,9}))?:(.+)$/s.exec(text);
  if (behind) {
    const [, name = "", first = "", mark = "", sign = "", last] = behind;
    return { name, lines: lineRange(text, Number(first), mark === "-" && sign !== "" ? null : sign, last) };
  }
  if (before) {
    const [, first = "", , sign = "", last, name = ""] = before;
    return { name, lines: lineRange(text, Number(first), sign, last) };
  }
  if (/:[\d,+-]+$/.test(text)) refuseLines(text);
  return { name: text, lines: null };
}

function lineRange(text: string, first: number, sign: string | null, last: string | undefined): readonly [number, number] {
  const number = Number(last ?? first);
  const range: readonly [number, number] =
    sign === "+" ? [first, first + number - 1] : sign === "-" ? [Math.max(1, first - number + 1), first] : [first, number];
  return sign !== null && range[0] >= 1 && range[1] >= range[0] ? range : refuseLines(text);
}

function refuseLines(text: string): never {
  throw new UsageError(`“${visibleText(text)}” is not a line range; write PATH:LINE, PATH:FIRST-LAST or PATH:FIRST,+COUNT.`);
}

/** The paths that a name may mean, relative to the top of the tree, likeliest first. */
function pathsMeant(name: string, tree: string | undefined): string[] {
  const here = tree === undefined ? null : pathInTree(tree, process.cwd());
  if (isAbsolute(name) || /^\.\.(?:\/|$)/.test(name)) return [outerPath(name, tree)];
  const plain = normalPath(name);
  if (/^\.(?:\/|$)/.test(name)) return here === null ? [plain] : [normalPath(posix.join(here, name))];
  // A diff has a letter before each name: a/ and b/, or one of diff.mnemonicPrefix.
  const stripped = /^[abciow]\/(.+)$/s.exec(plain)?.[1];
  const beside = here === null || here === "" ? [] : [normalPath(posix.join(here, name))];
  return [plain, ...beside, ...(stripped === undefined ? [] : [stripped])];
}

/** A path that leaves the current folder, and must lead into the tree. */
function outerPath(name: string, tree: string | undefined): string {
  if (tree === undefined)
    throw new UsageError(`“${visibleText(name)}” could be in any tree; name the one it is in with --tree DIR, or a path below its top.`);
  const place = pathInTree(tree, resolve(name));
  if (place === null) throw new HumanError(`${visibleText(name)} is not inside the tree ${visibleText(tree)}; check both.`);
  return normalPath(name.endsWith("/") ? `${place}/` : place);
}

/** The path of something in a tree, with `/`; "" for its top, null outside. */
function pathInTree(tree: string, path: string): string | null {
  const place = relative(realPath(resolve(tree)), realPath(path));
  return place === ".." || place.startsWith(`..${sep}`) || isAbsolute(place) ? null : place.split(sep).join("/");
}

/** Follows links as far as the path exists: a file of a series may not exist yet. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return dirname(path) === path ? path : join(realPath(dirname(path)), basename(path));
  }
}

function normalPath(path: string): string {
  const normal = posix.normalize(path).replace(/^(?:\.\/)+/, "");
  return normal === "." || normal === "./" ? "" : normal;
}

/** Whether a tree has a folder of this name. */
function isFolderOf(tree: string, path: string): boolean {
  return statSync(join(tree, path), { throwIfNoEntry: false })?.isDirectory() === true;
}

/** A path as a person has it at hand: from a diff, a compiler, git, or a shell in the tree. */
import { realpathSync, statSync } from "node:fs";
import { basename, dirname, isAbsolute, join, posix, relative, resolve, sep } from "node:path";
import { HumanError } from "../core/humanError";
import { visibleText } from "../render/escape";
import { UsageError } from "./call";

export interface AskedPath {
  readonly name: string;
  /** First and last, null where none were named. */
  readonly lines: readonly [number, number] | null;
}

/** `FILE:17`, `FILE:17-20`, `FILE:17,20`, `FILE:17,+5`, `FILE:17:4` of a compiler, and `17,+5:FILE` as git log has it. */
export function readAskedPath(text: string): AskedPath {
  const behind = /^(.*?):(\d{1,9})(?:([-,])([+-]?)(\d{1,9}))?(?::\d{0,9})?$/s.exec(text);
  const before = behind ? null : /^(\d{1,9})(?:(,)([+-]?)(\d{1,9}))?:(.+)$/s.exec(text);
  if (behind) {
    const [, name = "", first = "", mark = "", sign = "", last] = behind;
    return { name, lines: linesOf(text, Number(first), mark === "-" && sign !== "" ? null : sign, last) };
  }
  if (before) {
    const [, first = "", , sign = "", last, name = ""] = before;
    return { name, lines: linesOf(text, Number(first), sign, last) };
  }
  if (/:[\d,+-]+$/.test(text)) refuse(text);
  return { name: text, lines: null };
}

function linesOf(text: string, first: number, sign: string | null, last: string | undefined): readonly [number, number] {
  const number = Number(last ?? first);
  const range: readonly [number, number] =
    sign === "+" ? [first, first + number - 1] : sign === "-" ? [Math.max(1, first - number + 1), first] : [first, number];
  return sign !== null && range[0] >= 1 && range[1] >= range[0] ? range : refuse(text);
}

function refuse(text: string): never {
  throw new UsageError(`“${visibleText(text)}” names no lines; write PATH:LINE, PATH:FIRST-LAST or PATH:FIRST,+COUNT.`);
}

/** The paths, relative to the top of the tree, that a name may mean, the likeliest first. */
export function pathsMeant(name: string, tree: string | undefined): string[] {
  const here = tree === undefined ? null : placeIn(tree, process.cwd());
  if (isAbsolute(name) || /^\.\.(?:\/|$)/.test(name)) return [outerPath(name, tree)];
  const plain = clean(name);
  if (/^\.(?:\/|$)/.test(name)) return here === null ? [plain] : [clean(posix.join(here, name))];
  // A diff has a letter before each name: a/ and b/, or those of diff.mnemonicPrefix.
  const stripped = /^[abciow]\/(.+)$/s.exec(plain)?.[1];
  const beside = here === null || here === "" ? [] : [clean(posix.join(here, name))];
  return [plain, ...beside, ...(stripped === undefined ? [] : [stripped])];
}

/** A path that leads out of where one is, which must lead into the tree. */
function outerPath(name: string, tree: string | undefined): string {
  if (tree === undefined)
    throw new UsageError(`“${visibleText(name)}” could be in any tree; name the one it is in with --tree DIR, or a path below its top.`);
  const place = placeIn(tree, resolve(name));
  if (place === null) throw new HumanError(`${visibleText(name)} is not inside the tree ${visibleText(tree)}; check both.`);
  return clean(name.endsWith("/") ? `${place}/` : place);
}

/** Where something lies in a tree, with `/`; "" for its top, null where it is outside. */
function placeIn(tree: string, path: string): string | null {
  const place = relative(realPath(resolve(tree)), realPath(path));
  return place === ".." || place.startsWith(`..${sep}`) || isAbsolute(place) ? null : place.split(sep).join("/");
}

/** Links followed as far as the path exists: a file of a series may not be there yet. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return dirname(path) === path ? path : join(realPath(dirname(path)), basename(path));
  }
}

function clean(path: string): string {
  const normal = posix.normalize(path).replace(/^(?:\.\/)+/, "");
  return normal === "." || normal === "./" ? "" : normal;
}

/** Whether a tree has a folder of this name. */
export function isFolderOf(tree: string, path: string): boolean {
  return statSync(join(tree, path), { throwIfNoEntry: false })?.isDirectory() === true;
}

/** `kvm-series touching`: the pending series that change a file, lines of it, or a folder. */
import type { Touch } from "../core/paths/touches";
import { visibleText } from "../render/escape";
import { touchingReport } from "../render/seriesJson";
import { problemLine, touchingText } from "../render/seriesText";
import { isFolderOf, pathsMeant, readAskedPath, type AskedPath } from "./askedPath";
import { UsageError, type Call } from "./call";
import { movedInTree } from "./movedInTree";
import { nearestWords } from "./nearestWord";
import { output, warn } from "./printed";
import { openSources, type OpenedSources } from "./sources";

export async function listTouching(call: Call): Promise<string> {
  const [asked, ...sources] = call.words;
  if (asked === undefined) throw new UsageError("touching needs a PATH.");
  const question = readAskedPath(asked);
  const tree = call.option("tree");
  const suffix = call.flag("suffix");
  const meant = suffix ? [question.name.replace(/^(?:\.\/)+/, "")] : pathsMeant(question.name, tree);
  if (meant.includes("")) throw new UsageError(`“${asked}” is the whole tree; “kvm-series series” lists all there is.`);
  const opened = await openSources(sources, tree);
  const moved = await movedInTree(opened.series(), opened.tree, { all: call.flag("all") });
  const find = (path: string, { lines }: Pick<AskedPath, "lines">, all: boolean): readonly Touch[] =>
    opened.touching({ path, lines, suffix, all, moved });
  const isKnown = (path: string): boolean =>
    opened.tree?.has(path) === true || moved.ofName(path) !== null || find(path, { lines: null }, true).length > 0;
  const known = suffix ? meant[0] : meant.map((path) => knownPath(path, isKnown, tree)).find((path) => path !== null);
  const path = known ?? meant[0] ?? "";
  if (question.lines && path.endsWith("/")) throw new UsageError(`${visibleText(path)} is a folder, which has no lines.`);
  const touches = find(path, question, call.flag("all"));
  const json = call.flag("json");
  const now = moved.ofName(path);
  if (known !== undefined && (!suffix || touches.length > 0 || find(path, { lines: null }, true).length > 0))
    return output(json, touchingReport(path, touches, opened.problems, now), touchingText(path, touches, now), opened.problems);
  const unknown = { source: path, message: unknownPath(path, opened, tree) };
  if (!json) warn(problemLine(unknown));
  return output(json, touchingReport(path, touches, json ? [...opened.problems, unknown] : opened.problems), "", opened.problems);
}

/** A path as the tree or any series has it, a folder with its `/`; null for one that neither has. */
function knownPath(path: string, isKnown: (path: string) => boolean, folder: string | undefined): string | null {
  const isFolder = folder !== undefined && isFolderOf(folder, path);
  if (path.endsWith("/")) return isFolder || isKnown(path) ? path : null;
  if (isKnown(path)) return path;
  const below = `${path}/`;
  return isFolder || isKnown(below) ? below : null;
}

/** Names of one file, or nearly so, that are offered for a path that nobody knows. */
const mostOffered = 3;

function unknownPath(path: string, { tree, touchedPaths }: OpenedSources, folder: string | undefined): string {
  const near = nearestPaths(path, touchedPaths(), tree?.resolve(`.../${nameOf(path)}`) ?? null).map((one) => `“${visibleText(one)}”`);
  const offered = near.length === 0 ? "" : `; perhaps ${near.join(" or ")} is meant`;
  if (folder !== undefined) return `This is not in the tree ${visibleText(folder)}, and no series changes it${offered}.`;
  return `No series of these sources, pending or not, changes it${offered}.`;
}

/** Those with the longest tail in common first; where none has the same name, those of the nearest name. */
function nearestPaths(path: string, touched: readonly string[], inTree: string | null): string[] {
  const names = new Map<string, string[]>();
  for (const one of [...(inTree === null ? [] : [inTree]), ...touched]) {
    const known = names.get(nameOf(one));
    if (known) known.push(one);
    else names.set(nameOf(one), [one]);
  }
  const same = names.get(nameOf(path)) ?? nearestWords(nameOf(path), [...names.keys()]).flatMap((name) => names.get(name) ?? []);
  const common = (one: string): number => {
    const [a, b] = [path.split("/").reverse(), one.split("/").reverse()];
    return a.filter((part, at) => part === b[at]).length;
  };
  return [...new Set(same)].sort((a, b) => common(b) - common(a) || (a < b ? -1 : 1)).slice(0, mostOffered);
}

function nameOf(path: string): string {
  return path.replace(/\/$/, "").split("/").at(-1) ?? "";
}

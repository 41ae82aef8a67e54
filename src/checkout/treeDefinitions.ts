/** The definitions in a tree where pending series claim numbers and names, so that a number which is already taken is found. */
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { ClaimReader, configKind, configSpace, type Definition, fileKind, originalPath } from "../core/clashes/claimKinds";
import { type Claim, editedDefinitions, fileDefinition, type SeriesClaims } from "../core/clashes/claims";
import type { TreeDefinitions } from "../core/clashes/clashes";
import { newestRevision } from "../core/series/series";
import { isSafePath } from "../core/series/treePaths";
import type { GitOptions } from "../git/git";
import { outputText } from "../git/objects";
import { commitOf, gitIn } from "./commits";
import { readFilesAt } from "./committedFiles";
import type { MyChanges } from "./myChanges";

export interface TreeDefinitionsOptions {
  /** Null if git may not run: then the files count as they lie there. */
  readonly git: GitOptions | null;
  /** A person's name for the commit that is read; in a folder without a commit, the files count as they lie there. */
  readonly base: string;
  readonly has: (path: string) => boolean;
  /** The lines of a file that a series adds. */
  readonly addedLines: (claim: Claim) => Promise<readonly string[]>;
  /** Lets other work run; true if the answer is no longer wanted. */
  readonly pause: () => Promise<boolean>;
}

/** No header is as large. */
const largestFile = 16 * 1024 * 1024;
/** How many Kconfig symbols are searched for. */
const mostSymbols = 2000;

/**
 * The definitions in the person's own changes.
 *
 * @param top of the working tree
 */
export async function readOwnDefinitions(
  top: string,
  { base, files }: MyChanges,
  options: GitOptions = {},
): Promise<readonly Definition[]> {
  const names = files.map(({ path, newPath }) => newPath ?? path);
  const before = await readFilesAt(top, base, names, options);
  return files.flatMap(({ edits }, at) => {
    const path = names[at] ?? "";
    return [...(before.has(path) ? [] : [fileDefinition(path)]), ...editedDefinitions(path, edits)];
  });
}

/**
 * Reads the definitions of a tree in the files in which series claim something.
 *
 * @param top of the working tree
 */
export async function readTreeDefinitions(
  top: string,
  all: readonly SeriesClaims[],
  { git, base, has, addedLines, pause }: TreeDefinitionsOptions,
): Promise<TreeDefinitions> {
  const claims = all.flatMap((one) => one.claims);
  const files = claims.filter(({ kind, name }) => kind === fileKind && has(name));
  const headers = claims.flatMap(({ kind, path }) => (kind === fileKind ? [] : [originalPath(path)]));
  const commit = git && (await commitOf(top, base, git).catch(() => null));
  const paths = [...new Set([...headers, ...files.map(({ name }) => name)])].filter(isSafePath);
  const texts = await (commit === null || git === null ? readFolder(top, paths) : readFilesAt(top, commit, paths, git));
  const found: Definition[] = [];
  for (const path of new Set(headers)) {
    const bytes = texts.get(path);
    if (bytes) found.push(...(await definitionsOf(path, bytes, pause)));
  }
  const symbols = claims.filter(({ kind }) => kind === configKind).map(({ name }) => name);
  if (commit !== null && git !== null && symbols.length > 0) found.push(...(await symbolsIn(top, commit, symbols, git)));
  const places = new Set(found.flatMap(({ kind, name, path }) => (kind === configKind ? [`${path}\n${name}`] : [])));
  const landed = new Set(claims.filter(({ kind, name, path }) => kind === configKind && places.has(`${path}\n${name}`)));
  const byPatch = new Map<string, Claim[]>();
  for (const claim of files) {
    const bytes = texts.get(claim.name);
    if (!bytes) continue;
    found.push({ ...claim, line: 1 });
    if (isMoved(claim, has) || isSameWork(await addedLines(claim), bytes)) landed.add(claim);
    const patch = `${claim.series.id} ${claim.at}`;
    const others = byPatch.get(patch);
    if (others) others.push(claim);
    else byPatch.set(patch, [claim]);
    await pause();
  }
  // If most files of a patch are there, a small file that has changed much since belongs to them.
  for (const some of byPatch.values())
    if (some.filter((claim) => landed.has(claim)).length * 2 > some.length) for (const claim of some) landed.add(claim);
  return { all: found, landed };
}

async function readFolder(top: string, paths: readonly string[]): Promise<Map<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>();
  for (const path of paths) {
    const file = join(top, path);
    const stats = await stat(file).catch(() => null);
    const bytes = stats?.isFile() && stats.size <= largestFile ? await readFile(file).catch(() => null) : null;
    if (bytes) found.set(path, bytes);
  }
  return found;
}

/** How many lines are read between two pauses. */
const linesAtOnce = 1000;

async function definitionsOf(path: string, bytes: Uint8Array, pause: () => Promise<boolean>): Promise<Definition[]> {
  const reader = new ClaimReader(path);
  const found: Definition[] = [];
  for (const [at, text] of new TextDecoder().decode(bytes).split("\n").entries()) {
    const one = reader.read(text, at + 1, false);
    if (one) found.push(one);
    if (at % linesAtOnce === 0) await pause();
  }
  return found;
}

/** The places where Kconfig files define symbols. The names come from strangers, so git gets them on its input, and they are only letters. */
async function symbolsIn(top: string, commit: string, names: readonly string[], options: GitOptions): Promise<Definition[]> {
  const wanted = [...new Set(names)].filter((name) => /^\w{1,100}$/.test(name)).slice(0, mostSymbols);
  const patterns = wanted.map((name) => `^(menu)?config[[:space:]]+${name}[[:space:]]*$`).join("\n");
  const args = ["grep", "-n", "-z", "-E", "-f", "-", commit, "--", "*Kconfig*"];
  const answer = await gitIn(top, options)(args, { input: `${patterns}\n` });
  // git grep also fails if it finds nothing.
  if (answer.code !== 0) return [];
  return outputText(answer)
    .split("\n")
    .flatMap((row): Definition[] => {
      const [file = "", line = "", text = ""] = row.split("\0");
      const path = file.slice(file.indexOf(":") + 1);
      const name = /^(?:menu)?config\s+(\w+)\s*$/.exec(text)?.[1];
      return name === undefined
        ? []
        : [{ kind: configKind, space: configSpace(path), name, value: "", number: null, variant: "", path, line: Number(line) }];
    });
}

/** Whether the tree has moved the file as the series does. */
function isMoved({ series, at, name }: Claim, has: (path: string) => boolean): boolean {
  const from = newestRevision(series).patches[at]?.files.find(({ path }) => path === name)?.oldPath;
  return from !== undefined && !has(from);
}

/** Shorter lines are in every file. */
const shortestLine = 12;

/** Whether a file of the tree is the one a series adds, as it was applied or has become since: most of its lines are there. */
function isSameWork(lines: readonly string[], bytes: Uint8Array): boolean {
  const telling = lines.map((line) => line.trim()).filter((line) => line.length >= shortestLine && !line.includes("SPDX-"));
  const there = new Set(
    new TextDecoder()
      .decode(bytes)
      .split("\n")
      .map((line) => line.trim()),
  );
  const same = telling.filter((line) => there.has(line)).length;
  return telling.length > 0 && same * 2 >= telling.length;
}

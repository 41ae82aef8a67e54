/** The tree with a series applied as files that can be read: which they are, and what is in them. */
import * as vscode from "vscode";
import { HumanError } from "../../core/humanError";
import { mailIdsOf, textsOfPatches } from "../../core/series/loadedRevision";
import { readMail } from "../../core/mail/mail";
import { exactPatchTexts } from "../../core/mail/mailPatches";
import type { Revision, Series } from "../../core/series/series";
import { isSafePath } from "../../core/paths/tree";
import { renamedPatches } from "../../core/lines/seriesChange";
import { movedIn, movedNames, type MovedName, type MovedNames } from "../../core/paths/moves";
import type { MovedFiles } from "../movedFiles";
import type { Library } from "../../index/library";
import type * as previewTreeModule from "../../worktree/previewTree";
import { gitOptions, type ApplyEngine } from "../apply/applyEngine";

/** Documents of it name all that makes them what they are, so that they are found again after the window was closed. */
export const previewScheme = "kvm-series";

export type PreviewEngine = Pick<typeof previewTreeModule, "previewTree" | "fileOfCommit" | "folderOfCommit"> &
  Pick<ApplyEngine, "commitOf">;

/** What a document is of. */
export interface Place {
  readonly id: string;
  /** Zero-based place in the revisions of the series. */
  readonly revision: number;
  /** How many of its patches are applied; 0 is the commit itself. */
  readonly patches: number;
  readonly top: string;
  readonly commit: string;
}

export type Preview = Awaited<ReturnType<PreviewEngine["previewTree"]>> & {
  /** Files that the series calls otherwise: they are shown under the names of the commit. */
  readonly moved: readonly MovedName[];
};

/** So many previews are kept; one has the files its series touches. */
const mostKept = 8;

/** How long a window that was opened again waits for the series it shows. */
const waitMilliseconds = 30_000;

/** Makes previews, each once. */
export function makePreviews(
  library: Library,
  moved: MovedFiles,
  engine: () => Promise<PreviewEngine>,
): (place: Place) => Promise<Preview> {
  const kept = new Map<string, Promise<Preview>>();
  /** What was known of the names of files when a preview was made: another knowledge makes another one. */
  const numbers = new WeakMap<MovedNames, number>();
  let last = 0;
  const numberOf = (names: MovedNames): number => {
    const number = numbers.get(names) ?? ++last;
    numbers.set(names, number);
    return number;
  };
  const make = async (place: Place): Promise<Preview> => {
    if (place.patches === 0) return { files: [], stoppedAt: null, left: 0, missing: [], moved: [] };
    const revision = (await seriesWhenKnown(library, place.id))?.revisions[place.revision];
    if (!revision) throw new HumanError("This series is in no source any more; sync, or add the archive it came from.");
    const texts = await textsOf(revision, library);
    const { previewTree, fileOfCommit } = await engine();
    const isThere = async (path: string): Promise<boolean> => (await fileOfCommit(place.top, place.commit, path, gitOptions())) !== null;
    const names: MovedName[] = [];
    // On another commit than the one that is checked out a file may still have the name that the series knows.
    for (const one of movedIn(revision, moved.namesIn(place.top)))
      if (!(await isThere(one.name)) && (await isThere(one.path))) names.push(one);
    const renamed = renamedPatches(
      texts.slice(0, place.patches).map((text) => ({ text })),
      revision,
      movedNames(names),
    );
    const preview = await previewTree(
      place.top,
      place.commit,
      renamed.map(({ text }) => text),
      gitOptions(),
    );
    return { ...preview, moved: names };
  };
  return (place) => {
    // What is known of the names of files comes after the window.
    const key = JSON.stringify([place, numberOf(moved.namesIn(place.top))]);
    const known = kept.get(key) ?? make(place);
    kept.delete(key);
    kept.set(key, known);
    known.catch(() => kept.delete(key));
    for (const oldest of kept.keys()) {
      if (kept.size <= mostKept) break;
      kept.delete(oldest);
    }
    return known;
  };
}

async function textsOf(revision: Revision, library: Library): Promise<string[]> {
  const mails = new Map([...(await library.mailBytes(mailIdsOf(revision)))].map(([id, bytes]) => [id, readMail(bytes)] as const));
  const texts = textsOfPatches(revision, mails, exactPatchTexts);
  // Behind a gap nothing is known to fit.
  const gap = texts.indexOf(null);
  return texts.slice(0, gap < 0 ? undefined : gap).filter((text) => text !== null);
}

/** A window that is opened again shows its editors before the archives are read. */
async function seriesWhenKnown(library: Library, id: string): Promise<Series | undefined> {
  const known = library.find(id);
  if (known) return known;
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      subscription.dispose();
      resolve(library.find(id));
    };
    const timer = setTimeout(done, waitMilliseconds);
    const subscription = library.onDidChange(() => library.find(id) && done());
  });
}

/** The address of a file. The first folder is the name of the series, for people; what a document is of stands in the query. */
export function uriOf(series: Series, place: Place, path: string): vscode.Uri {
  const slug = series.title.replace(/[^A-Za-z0-9]+/g, "-").replace(/^-|-$/g, "");
  return vscode.Uri.from({
    scheme: previewScheme,
    path: `/${slug || "series"}/${isSafePath(path) ? path : "file"}`,
    query: JSON.stringify(place),
  });
}

interface Read {
  readonly place: Place;
  /** Relative to the top of the tree. */
  readonly path: string;
}

/** @throws where it is none of ours */
export function parseUri(uri: vscode.Uri): Read {
  const [, , ...parts] = uri.path.split("/");
  const path = parts.join("/");
  let value: Partial<Place> | null;
  try {
    value = JSON.parse(uri.query) as Partial<Place> | null;
  } catch {
    value = null;
  }
  const { id, revision, patches, top, commit } = value ?? {};
  const isPlace =
    typeof id === "string" &&
    Number.isInteger(revision) &&
    Number.isInteger(patches) &&
    typeof top === "string" &&
    typeof commit === "string" &&
    /^[0-9a-f]{40,64}$/.test(commit);
  if (!isPlace || (path !== "" && !isSafePath(path))) throw vscode.FileSystemError.FileNotFound(uri);
  return { place: { id, revision: Number(revision), patches: Number(patches), top, commit }, path };
}

/** A file system that answers from previews and, for files no patch touches, from the commit. */
export function makeFileSystem(
  previews: (place: Place) => Promise<Preview>,
  engine: () => Promise<PreviewEngine>,
): vscode.FileSystemProvider {
  const changed = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  const refuse = (): never => {
    throw vscode.FileSystemError.NoPermissions("A preview of a series cannot be changed; edit the file itself.");
  };
  /** The contents of a file; null where there is none of that name. */
  const contents = async (uri: vscode.Uri): Promise<Uint8Array | null> => {
    const { place, path } = parseUri(uri);
    const { files } = await previews(place);
    const file = files.find((one) => one.path === path);
    if (file) return file.after;
    // Under its former name a file that was moved is gone.
    if (files.some(({ oldPath }) => oldPath === path)) return null;
    return (await engine()).fileOfCommit(place.top, place.commit, path, gitOptions());
  };
  const folder = async (uri: vscode.Uri): Promise<Array<[string, vscode.FileType]> | null> => {
    const { place, path } = parseUri(uri);
    const { files } = await previews(place);
    const listed = await (await engine()).folderOfCommit(place.top, place.commit, path, gitOptions());
    const names = new Map((listed ?? []).map(({ name, isFolder }) => [name, isFolder ? vscode.FileType.Directory : vscode.FileType.File]));
    const inside = path === "" ? "" : `${path}/`;
    for (const { path: own, oldPath, after } of files) {
      if (oldPath !== own && oldPath.startsWith(inside)) names.delete(oldPath.slice(inside.length));
      if (!own.startsWith(inside)) continue;
      const [name = "", ...below] = own.slice(inside.length).split("/");
      if (after) names.set(name, below.length > 0 ? vscode.FileType.Directory : vscode.FileType.File);
      else names.delete(own.slice(inside.length));
    }
    return listed === null && names.size === 0 ? null : [...names];
  };
  return {
    onDidChangeFile: changed.event,
    // What a document is of is in its name, so nothing ever changes.
    watch: () => new vscode.Disposable(() => undefined),
    async stat(uri) {
      const bytes = await contents(uri);
      const shape = { ctime: 0, mtime: 0, permissions: vscode.FilePermission.Readonly };
      if (bytes) return { ...shape, type: vscode.FileType.File, size: bytes.length };
      if (await folder(uri)) return { ...shape, type: vscode.FileType.Directory, size: 0 };
      throw vscode.FileSystemError.FileNotFound(uri);
    },
    async readFile(uri) {
      const bytes = await contents(uri);
      if (!bytes) throw vscode.FileSystemError.FileNotFound(uri);
      return bytes;
    },
    async readDirectory(uri) {
      const entries = await folder(uri);
      if (!entries) throw vscode.FileSystemError.FileNotFound(uri);
      return entries;
    },
    createDirectory: refuse,
    writeFile: refuse,
    delete: refuse,
    rename: refuse,
  };
}

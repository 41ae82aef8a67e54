/** The tree with a series applied: its files and their contents. */
import type { fileOfCommit, folderOfCommit } from "../checkout/committedFiles";
import type { previewTree } from "../checkout/previewTree";
import { HumanError } from "../core/humanError";
import { readMail } from "../core/mail/mail";
import { exactPatchTexts } from "../core/mail/patchMail";
import { RecentMap } from "../core/recentMap";
import { movedIn, type MovedNames, movedNames } from "../core/series/movedFiles";
import { mailIdsOf, renamedPatches, textsOfPatches } from "../core/series/revisionTexts";
import type { Revision, Series } from "../core/series/series";
import type { MovedName } from "../core/series/touches";
import type { GitOptions } from "../git/git";
import type { Library } from "../library/library";
import type { MovedFiles } from "./movedFiles";
import type { Clock } from "./ports";

/** The code that asks git; a bundle of its own. */
export interface PreviewEngine {
  readonly previewTree: typeof previewTree;
  readonly fileOfCommit: typeof fileOfCommit;
  readonly folderOfCommit: typeof folderOfCommit;
}

export interface PreviewsPorts {
  readonly library: Pick<Library, "find" | "mailBytes" | "onDidChange">;
  readonly moved: Pick<MovedFiles, "namesIn">;
  readonly engine: () => Promise<PreviewEngine>;
  /** Throws a HumanError if git may not be run. */
  readonly git: () => GitOptions;
  readonly clock: Clock;
}

/** Identifies a preview. */
export interface PreviewKey {
  readonly id: string;
  /** Zero-based place in the revisions of the series. */
  readonly revision: number;
  /** The number of applied patches; 0 is the commit itself. */
  readonly patches: number;
  readonly top: string;
  readonly commit: string;
}

export type Preview = Awaited<ReturnType<typeof previewTree>> & {
  /** Files for which the series uses other names: they are shown under the names of the commit. */
  readonly moved: readonly MovedName[];
};

/** The most previews that are kept; each has the files that its series touches. */
const mostKept = 8;

/** How long a restored window waits for its series. */
const waitMilliseconds = 30_000;

/** Makes previews, each once, and answers for the files in them. */
export class Previews {
  readonly #kept = new RecentMap<Promise<Preview>>(mostKept);
  /** Previews with a missing mail, for example while the index is opened anew: they are made again once the library has changed. */
  readonly #partial = new Set<string>();
  /** Numbers the known names of files: a preview made with other names is another preview. */
  readonly #numbers = new WeakMap<MovedNames, number>();
  #last = 0;
  readonly #ports: PreviewsPorts;

  constructor(ports: PreviewsPorts) {
    this.#ports = ports;
    ports.library.onDidChange(() => {
      for (const key of this.#partial) this.#kept.delete(key);
      this.#partial.clear();
    });
  }

  /** @throws HumanError when the series is no longer in any source, or git may not run */
  preview(place: PreviewKey): Promise<Preview> {
    // The names of files are known only some time after the window opens.
    const key = JSON.stringify([place, this.#numberOf(this.#ports.moved.namesIn(place.top))]);
    const known = this.#kept.get(key) ?? this.#make(place, () => this.#partial.add(key));
    this.#kept.set(key, known);
    // A failed preview is made again; by then another one may have its key.
    known.catch(() => {
      if (this.#kept.get(key) === known) this.#kept.delete(key);
    });
    return known;
  }

  /**
   * The contents of a file; null if there is none of that name.
   *
   * @param path relative to the top of the tree
   */
  async contents(place: PreviewKey, path: string): Promise<Uint8Array | null> {
    const { files } = await this.preview(place);
    const file = files.find((one) => one.path === path);
    if (file) return file.after;
    // A moved file no longer exists under its former name.
    if (files.some(({ oldPath }) => oldPath === path)) return null;
    const { engine, git } = this.#ports;
    return (await engine()).fileOfCommit(place.top, place.commit, path, git());
  }

  /**
   * The entries of a folder, and whether each is a folder; null when there is no such folder.
   *
   * @param path relative to the top of the tree; "" is the top itself
   */
  async folder(place: PreviewKey, path: string): Promise<Map<string, "file" | "folder"> | null> {
    const { files } = await this.preview(place);
    const { engine, git } = this.#ports;
    const listed = await (await engine()).folderOfCommit(place.top, place.commit, path, git());
    const names = new Map((listed ?? []).map(({ name, isFolder }) => [name, isFolder ? ("folder" as const) : ("file" as const)]));
    const inside = path === "" ? "" : `${path}/`;
    for (const { path: own, oldPath, after } of files) {
      if (oldPath !== own && oldPath.startsWith(inside)) names.delete(oldPath.slice(inside.length));
      if (!own.startsWith(inside)) continue;
      const [name = "", ...below] = own.slice(inside.length).split("/");
      if (after) names.set(name, below.length > 0 ? "folder" : "file");
      else names.delete(own.slice(inside.length));
    }
    return listed === null && names.size === 0 ? null : names;
  }

  /**
   * The path under which the checkout has a file of a preview: its own, else the one before the series; null if it has neither.
   *
   * @param isThere whether the checkout has a file; asked for the own path first
   */
  async pathInCheckout(place: PreviewKey, path: string, isThere: (path: string) => Promise<boolean>): Promise<string | null> {
    if (await isThere(path)) return path;
    const before = (await this.preview(place)).files.find((one) => one.path === path)?.oldPath;
    return before !== undefined && (await isThere(before)) ? before : null;
  }

  #numberOf(names: MovedNames): number {
    const number = this.#numbers.get(names) ?? ++this.#last;
    this.#numbers.set(names, number);
    return number;
  }

  /** @param isPartial called if a mail is missing */
  async #make(place: PreviewKey, isPartial: () => void): Promise<Preview> {
    if (place.patches === 0) return { files: [], stoppedAt: null, left: 0, missing: [], moved: [] };
    const { library, moved, engine, git } = this.#ports;
    const revision = (await this.#seriesWhenKnown(place.id))?.revisions[place.revision];
    if (!revision) throw new HumanError("This series is no longer in any source. Sync, or add the archive it came from.");
    const texts = await patchTextsUpToGap(revision, library);
    if (texts.length < revision.patches.length) isPartial();
    const { previewTree: tree, fileOfCommit: file } = await engine();
    const isThere = async (path: string): Promise<boolean> => (await file(place.top, place.commit, path, git())) !== null;
    const names: MovedName[] = [];
    // A file may still have the name that the series knows if the preview is on another commit than the checkout.
    for (const one of movedIn(revision, moved.namesIn(place.top)))
      if (!(await isThere(one.name)) && (await isThere(one.path))) names.push(one);
    const wanted = texts.slice(0, place.patches).map((text) => ({ text }));
    const renamed = renamedPatches(wanted, revision, movedNames(names)).map(({ text }) => text);
    return { ...(await tree(place.top, place.commit, renamed, git())), moved: names };
  }

  /** A restored window shows its editors before the archives are read. */
  async #seriesWhenKnown(id: string): Promise<Series | undefined> {
    const { library, clock } = this.#ports;
    const known = library.find(id);
    if (known) return known;
    return new Promise((resolve) => {
      const done = (): void => {
        timer.dispose();
        subscription.dispose();
        resolve(library.find(id));
      };
      const timer = clock.after(waitMilliseconds, done);
      const subscription = library.onDidChange(() => {
        if (library.find(id)) done();
      });
    });
  }
}

async function patchTextsUpToGap(revision: Revision, library: Pick<Library, "mailBytes">): Promise<string[]> {
  const mails = new Map([...(await library.mailBytes(mailIdsOf(revision)))].map(([id, bytes]) => [id, readMail(bytes)] as const));
  const texts = textsOfPatches(revision, mails, exactPatchTexts);
  // After a missing patch the others may not apply.
  const gap = texts.indexOf(null);
  return texts.slice(0, gap < 0 ? undefined : gap).filter((text) => text !== null);
}

/** Collisions between the person's changes in the active file and pending series, found while they type. */
import type { CommittedFile, readBlobTexts, readCommitted } from "../checkout/committedFiles";
import {
  baseText,
  blobFollower,
  blobsOf,
  isConflict,
  type Overlap,
  overlapsOf,
  placedFile,
  type TheirFile,
} from "../core/lines/collisions";
import { composeChanges, type ComposedChange } from "../core/lines/fileChange";
import { bufferEdits, type LineEdit } from "../core/lines/lineDiff";
import { loadPatchTexts } from "../core/series/revisionTexts";
import { newestRevision, newestRevisionKey, type Series } from "../core/series/series";
import type { Touch } from "../core/series/touches";
import type { LoadedMails } from "../library/loadedMails";
import { makeSlicer } from "../library/slices";
import type { ActiveFile } from "./activeFile";
import {
  type Clock,
  type Disposable,
  disposeAll,
  type Documents,
  Emitter,
  errorText,
  type Event,
  type FileUri,
  type GitOf,
  inBackground,
  type Log,
  type OpenText,
  Quiet,
} from "./ports";

/** The texts that are read with git: a file in the last commit, and the blobs that series are based on. */
export interface CommittedTexts {
  readonly readCommitted: typeof readCommitted;
  readonly readBlobTexts: typeof readBlobTexts;
}

export interface CollisionsPorts {
  readonly active: Pick<ActiveFile, "document" | "place" | "touches" | "onDidChange">;
  readonly documents: Pick<Documents, "onDidChange" | "onDidSave">;
  /** The top folder of the tree a file lies in. */
  readonly topOf: (uri: FileUri) => string | null;
  readonly mails: Pick<LoadedMails, "mails">;
  readonly git: GitOf;
  readonly engine: () => Promise<CommittedTexts>;
  readonly clock: Clock;
  readonly log: Log;
  /** Events after which the last commit may be different: HEAD moved, or the person came back to the window. */
  readonly again: ReadonlyArray<Event<unknown>>;
  /** Lets other work run between two series; `makeSlicer` by default. */
  readonly slicer?: typeof makeSlicer;
}

/** A series that changes lines which were changed in the active file. */
export interface LiveCollision {
  readonly series: Series;
  readonly overlaps: readonly Overlap[];
  /** Whether any place has to be merged; false when both make the same change everywhere. */
  readonly conflicts: boolean;
}

/** Collisions are computed after this long without a key. */
const typingMilliseconds = 150;
/** Longer files are not source code, and comparing them would block the editor. */
const mostLines = 200_000;

/** The current file in the last commit, and the series' versions of it. */
interface Base {
  readonly document: OpenText;
  readonly path: string;
  readonly committed: CommittedFile;
  /** The value of `#asked` before this base was read. With a higher value the last commit may be a different one. */
  asked: number;
  /** The series' versions, by series and revision. */
  readonly theirs: Map<string, TheirFile>;
  /** Those of `theirs` with a missing mail, for example while the index is opened anew: they are read again. */
  readonly partial: Set<string>;
  /** Changes placed by their context, by series and revision; they can be placed better with their base text. */
  readonly unfollowed: Map<string, readonly ComposedChange[]>;
  /** The blobs that are being read: keys pressed meanwhile do not read them again. */
  blobs: { readonly ids: string; readonly texts: Promise<ReadonlyMap<string, string>> } | null;
}

export class Collisions {
  #found: readonly LiveCollision[] = [];
  /** The text that `found` is about. */
  #document: OpenText | undefined;
  #base: Base | null = null;
  /** Counts the events after which the last commit may be different. */
  #asked = 0;
  #run: object | null = null;
  readonly #ports: CollisionsPorts;
  readonly #quiet: Quiet;
  readonly #changed = new Emitter<void>();
  readonly #subscriptions: readonly Disposable[];
  readonly onDidChange = this.#changed.event;

  constructor(ports: CollisionsPorts) {
    this.#ports = ports;
    this.#document = ports.active.document;
    this.#quiet = new Quiet(ports.clock, typingMilliseconds, () => this.#start());
    const later = (): void => this.#quiet.later();
    const again = (): void => {
      this.#asked++;
      later();
    };
    this.#subscriptions = [
      this.#changed,
      this.#quiet,
      ports.active.onDidChange(() => {
        if (ports.active.document !== this.#document) this.#leave();
        later();
      }),
      ports.documents.onDidSave(again),
      ports.documents.onDidChange(({ document, contentChanges }) => {
        if (document !== ports.active.document || contentChanges.length === 0) return;
        // A text that changes without an edit was changed on disk, often by a checkout.
        if (document.isDirty) later();
        else again();
      }),
      ...ports.again.map((event) => event(again)),
    ];
    later();
  }

  /** Of the active file, in the order of the view This File; [] while none are known. */
  get found(): readonly LiveCollision[] {
    return this.#found;
  }

  of(series: Series): LiveCollision | undefined {
    return this.#found.find((one) => one.series.id === series.id);
  }

  /** Forgets what was found in another file; what is still being computed for it is dropped. */
  #leave(): void {
    this.#document = this.#ports.active.document;
    this.#run = null;
    this.#show([]);
  }

  #start(): void {
    const run = {};
    this.#run = run;
    const isOver = (): boolean => this.#run !== run;
    inBackground(this.#ports.log, async () => {
      try {
        await this.#update(isOver);
      } catch (error) {
        this.#ports.log.warn(errorText(error));
        if (!isOver()) this.#show([]);
      }
    });
  }

  async #update(isOver: () => boolean): Promise<void> {
    const { active, git, topOf } = this.#ports;
    const { document, place } = active;
    const touching = active.touches.filter(({ series }) => newestRevision(series).posted !== undefined);
    const options = git();
    const top = document ? topOf(document.uri) : null;
    if (!options || !document || !place || top === null || touching.length === 0 || document.lineCount > mostLines) {
      this.#base = null;
      this.#show([]);
      return;
    }
    const engine = await this.#ports.engine();
    const base = await this.#baseOf(document, place.path, () => engine.readCommitted(top, place.path, options));
    if (isOver()) return;
    const mine = base ? bufferEdits(base.committed.bytes, document.getText()) : [];
    if (!base || mine.length === 0) {
      this.#show([]);
      return;
    }
    await this.#place(base, touching, isOver);
    if (isOver()) return;
    this.#show(liveCollisions(base, mine, touching));
    if (base.unfollowed.size === 0) return;
    const texts = await readBases(base, (ids) => engine.readBlobTexts(top, ids, options));
    if (isOver()) return;
    await this.#followBases(base, texts, isOver);
    if (!isOver() && texts.size > 0) this.#show(liveCollisions(base, mine, touching));
  }

  /** The file as the last commit has it; its data is kept while the commit stays the same. */
  async #baseOf(document: OpenText, path: string, read: () => Promise<CommittedFile | null>): Promise<Base | null> {
    const known = this.#base?.document === document && this.#base.path === path ? this.#base : null;
    const asked = this.#asked;
    if (known?.asked === asked) return known;
    // An event during the reading, or a failed reading, leaves the base with a lower number, so it is read again.
    const committed = await read();
    if (committed === null) return (this.#base = null);
    if (known?.committed.commit === committed.commit) {
      known.asked = asked;
      return known;
    }
    return (this.#base = { document, path, committed, asked, theirs: new Map(), partial: new Set(), unfollowed: new Map(), blobs: null });
  }

  async #place({ committed, path, theirs, partial, unfollowed }: Base, touching: readonly Touch[], isOver: () => boolean): Promise<void> {
    const isMissing = (key: string): boolean => !theirs.has(key) || partial.has(key);
    const missing = touching.filter(({ series }) => isMissing(newestRevisionKey(series)));
    if (missing.length === 0) return;
    const text = baseText(new TextDecoder().decode(committed.bytes));
    const pause = (this.#ports.slicer ?? makeSlicer)(isOver);
    for (const { series, moved } of missing) {
      const [key, name] = [newestRevisionKey(series), moved?.name ?? path];
      const gone: string[] = [];
      const patches = await loadPatchTexts(newestRevision(series), name, async (ids) => {
        const read = await this.#ports.mails.mails(ids);
        gone.push(...ids.filter((id) => !read.has(id)));
        return read;
      });
      const changes = composeChanges(patches, name);
      theirs.set(key, placedFile(text, changes));
      if (gone.length === 0) partial.delete(key);
      else partial.add(key);
      if (blobsOf(changes).length > 0) unfollowed.set(key, changes);
      if (await pause()) return;
    }
  }

  /** Places again those series whose base text is in the repository: with it, no guessing is needed. */
  async #followBases(base: Base, texts: ReadonlyMap<string, string>, isOver: () => boolean): Promise<void> {
    const { committed, theirs, unfollowed } = base;
    const text = baseText(new TextDecoder().decode(committed.bytes));
    const follow = text && blobFollower(text, texts);
    const pause = (this.#ports.slicer ?? makeSlicer)(isOver);
    for (const [key, changes] of unfollowed) {
      if (follow && blobsOf(changes).some((id) => texts.has(id))) theirs.set(key, placedFile(text, changes, follow));
      unfollowed.delete(key);
      if (await pause()) return;
    }
    base.blobs = null;
  }

  #show(found: readonly LiveCollision[]): void {
    const isSame = found.length === 0 && this.#found.length === 0;
    this.#found = found;
    if (!isSame) this.#changed.fire();
  }

  dispose(): void {
    this.#run = null;
    disposeAll(this.#subscriptions);
  }
}

/** The base texts of series that the repository has; none when git fails. */
function readBases(
  base: Base,
  read: (ids: readonly string[]) => Promise<ReadonlyMap<string, string>>,
): Promise<ReadonlyMap<string, string>> {
  const ids = [...new Set([...base.unfollowed.values()].flatMap(blobsOf))];
  if (base.blobs?.ids !== ids.join()) base.blobs = { ids: ids.join(), texts: read(ids).catch(() => new Map<string, string>()) };
  return base.blobs.texts;
}

function liveCollisions({ theirs }: Base, mine: readonly LineEdit[], touching: readonly Touch[]): LiveCollision[] {
  return touching.flatMap(({ series }) => {
    const overlaps = overlapsOf(mine, theirs.get(newestRevisionKey(series))?.edits ?? []);
    return overlaps.length === 0 ? [] : [{ series, overlaps, conflicts: isConflict({ overlaps }) }];
  });
}

/** Where pending series change the visible files, line by line, kept up to date while a person types. */
import { composeChanges, type ComposedChange } from "../core/lines/fileChange";
import { linesOf } from "../core/lines/lineDiff";
import { liesOn, type PlacedEdit, shownLine } from "../core/lines/placeChange";
import { editorPatchTexts } from "../core/mail/patchMail";
import { mailIdsOfPath, patchTextsOfPath } from "../core/series/revisionTexts";
import { newestRevision, type Series } from "../core/series/series";
import { type MovedName, touchesOfLines } from "../core/series/touches";
import type { GitOptions } from "../git/git";
import type { LoadedMails } from "../library/loadedMails";
import { makeSlicer } from "../library/slices";
import type { TouchedPlace } from "./activeFile";
import { editorLines, LivePlacements } from "./livePlacements";
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
  type TextChange,
  type TextEdit,
} from "./ports";

/** The lines that replace those of an edit's range. */
export function replacedLines(lines: readonly string[], { range: { start, end }, text }: TextEdit): string[] {
  const before = (lines[start.line] ?? "").slice(0, start.character);
  const behind = (lines[end.line] ?? "").slice(end.character);
  return editorLines(`${before}${text}${behind}`);
}

/** A change that a series makes, where it lies in a document. */
export interface PendingEdit {
  readonly series: Series;
  readonly placed: PlacedEdit;
  /** Set when the series uses another name for the file. */
  readonly moved: MovedName | null;
}

/** All changes of one series on some lines. */
export interface PendingOnLines {
  readonly series: Series;
  readonly placed: readonly PlacedEdit[];
  readonly moved: MovedName | null;
}

export interface PendingChangesPorts {
  readonly documents: Documents;
  /** What is pending for a file, and the file's place. */
  readonly touching: (uri: FileUri) => TouchedPlace | null;
  /** The top folder of the tree a file lies in. */
  readonly topOf: (uri: FileUri) => string | null;
  readonly mails: Pick<LoadedMails, "mails">;
  /** Blobs of the repository of a tree, by abbreviated ids. */
  readonly readBlobs: (top: string, ids: readonly string[], options: GitOptions) => Promise<ReadonlyMap<string, string>>;
  readonly git: GitOf;
  readonly clock: Clock;
  readonly log: Log;
  /** Events after which other series may touch a file: changes of the library, the open trees or the names of files. */
  readonly again: ReadonlyArray<Event<unknown>>;
  /** Lets other work run between two series; `makeSlicer` by default. */
  readonly slicer?: typeof makeSlicer;
}

/** After this long without typing a person has paused. */
const pauseMilliseconds = 400;
/** A file whose mails could not be read (an archive that is being written) is tried again after the first of these times, then after the next. */
const retryMilliseconds = [5_000, 30_000] as const;
/** Longer files are not source code, and following them would block the editor. */
const mostLines = 200_000;
/** The most documents that are followed while they are hidden: a person often returns to the last ones, or opens a diff of one. */
const mostHidden = 8;

/** Where the series that touch a document change it. */
interface Placements {
  readonly lines: LivePlacements;
  readonly series: ReadonlyMap<string, Series>;
  /** By series, when it uses another name for the file. */
  readonly moved: ReadonlyMap<string, MovedName>;
  readonly changes: Map<string, ComposedChange>;
}

/** A document that is followed. */
interface Followed {
  readonly document: OpenText;
  /** What is known; null until all series were placed once. It stays during a reload, and when that fails. */
  shown: Placements | null;
  /** The placements being loaded: they follow edits too, so they are right when they are shown. */
  coming: Placements | null;
  /** The running load; a newer one takes over. */
  load: object | null;
  /** Failures since the last successful load. */
  failures: number;
  /** Waits to try again. */
  retry: Disposable | null;
}

/** Follows the documents of the visible editors, and those that were visible before. */
export class PendingChanges {
  /** By document, the most recently visible last. */
  readonly #followed = new Map<string, Followed>();
  readonly #ports: PendingChangesPorts;
  readonly #changed = new Emitter<OpenText>();
  readonly #pause: Quiet;
  readonly #subscriptions: readonly Disposable[];
  /** Fires when the places of a document's pending changes may have changed. */
  readonly onDidChange = this.#changed.event;

  constructor(ports: PendingChangesPorts) {
    this.#ports = ports;
    const { documents, clock, log } = ports;
    this.#pause = new Quiet(clock, pauseMilliseconds, () => inBackground(log, () => this.#settle()));
    this.#subscriptions = [
      this.#changed,
      this.#pause,
      documents.onDidChangeVisible(() => this.#followVisible(false)),
      documents.onDidChange((change) => this.#follow(change)),
      documents.onDidClose(({ uri }) => {
        this.#forget(uri.toString());
        // VS Code also reports a text as closed when another language is chosen for it, although it stays on screen.
        this.#followVisible(false);
      }),
      ...ports.again.map((event) => event(() => this.#followVisible(true))),
    ];
    this.#followVisible(false);
  }

  /** The changes of a document, by line; null until they are known. Changes without a place are left out. */
  edits({ uri }: Pick<OpenText, "uri">): readonly PendingEdit[] | null {
    const shown = this.#followed.get(uri.toString())?.shown;
    if (!shown) return null;
    const edits: PendingEdit[] = [];
    for (const [id, series] of shown.series) {
      for (const placed of shown.lines.placed(id))
        if (placed.certainty !== "gone") edits.push({ series, placed, moved: shown.moved.get(id) ?? null });
    }
    return edits.sort((a, b) => a.placed.start - b.placed.start || a.placed.count - b.placed.count);
  }

  /** All changes of one series to a document, including those without a place; null when they are not known. */
  editsOf({ uri }: Pick<OpenText, "uri">, seriesId: string): readonly PlacedEdit[] | null {
    const shown = this.#followed.get(uri.toString())?.shown;
    return shown?.series.has(seriesId) ? shown.lines.placed(seriesId) : null;
  }

  /**
   * The series that change lines of a document, the nearest to their original place first, without changes that the document already has.
   *
   * @param first zero-based, as `last`, which is included
   */
  onLines(document: Pick<OpenText, "uri">, [first, last]: readonly [number, number]): PendingOnLines[] {
    const bySeries = new Map<string, PendingOnLines>();
    for (const { series, placed, moved } of this.edits(document) ?? []) {
      if (placed.certainty === "already" || !liesOn(placed, first, last)) continue;
      bySeries.set(series.id, { series, placed: [...(bySeries.get(series.id)?.placed ?? []), placed], moved });
    }
    return [...bySeries.values()];
  }

  /**
   * The series that change lines; before they are placed, those whose patches name the lines.
   *
   * @param lines zero-based, both included
   */
  seriesOnLines(document: OpenText, lines: readonly [number, number]): readonly Series[] {
    if (this.edits(document)) return this.onLines(document, lines).map(({ series }) => series);
    const touches = this.#ports.touching(document.uri)?.touches ?? [];
    return touchesOfLines(touches, [lines[0] + 1, lines[1] + 1]).map(({ series }) => series);
  }

  /**
   * The line of the next or previous change, wrapping around at the ends. Null when no change is known that is not in the
   * document already.
   *
   * @param here zero-based, as the answer
   */
  nextLine(document: OpenText, here: number, step: 1 | -1): number | null {
    const edits = (this.edits(document) ?? []).filter(({ placed }) => placed.certainty !== "already");
    const lines = [...new Set(edits.map(({ placed }) => shownLine(placed, document.lineCount)))].sort((a, b) => (a - b) * step);
    return lines.find((line) => (line - here) * step > 0) ?? lines[0] ?? null;
  }

  /** @param again whether the known placements may be out of date */
  #followVisible(again: boolean): void {
    const visible = new Map(this.#ports.documents.visible.map((document) => [document.uri.toString(), document]));
    for (const key of visible.keys()) {
      const followed = this.#followed.get(key);
      if (followed && this.#followed.delete(key)) this.#followed.set(key, followed);
    }
    const hidden = [...this.#followed.keys()].filter((key) => !visible.has(key));
    // A hidden document is placed again when it becomes visible.
    for (const key of again ? hidden : hidden.slice(0, -mostHidden)) this.#forget(key);
    for (const [key, document] of visible) {
      const followed = this.#followed.get(key);
      const isMissing = !followed || (followed.failures > 0 && followed.load === null);
      if (again || isMissing) this.#start(document);
    }
  }

  #forget(key: string): void {
    this.#followed.get(key)?.retry?.dispose();
    this.#followed.delete(key);
  }

  #start(document: OpenText): void {
    const key = document.uri.toString();
    const known = this.#followed.get(key);
    const followed = known?.document === document ? known : { document, shown: null, coming: null, load: null, failures: 0, retry: null };
    this.#followed.set(key, followed);
    known?.retry?.dispose();
    const load = {};
    followed.load = load;
    const isOver = (): boolean => this.#followed.get(key) !== followed || followed.load !== load;
    inBackground(
      this.#ports.log,
      async () => {
        await this.#load(followed, isOver);
        if (isOver()) return;
        followed.load = null;
        followed.failures = 0;
      },
      () => {
        if (isOver()) return;
        followed.load = null;
        followed.coming = null;
        const wait = retryMilliseconds[Math.min(followed.failures++, retryMilliseconds.length - 1)] ?? 0;
        followed.retry = this.#ports.clock.after(wait, () => this.#start(document));
      },
    );
  }

  async #load(followed: Followed, isOver: () => boolean): Promise<void> {
    const { touching, mails, log } = this.#ports;
    const { document } = followed;
    const found = touching(document.uri);
    const touches = (found?.touches ?? []).filter(({ series }) => newestRevision(series).posted !== undefined);
    if (!found || touches.length === 0 || document.lineCount > mostLines) {
      this.#forget(document.uri.toString());
      if (followed.shown) this.#changed.fire(document);
      return;
    }
    const { path } = found.place;
    const series = new Map(touches.map((touch) => [touch.series.id, touch.series]));
    const moved = new Map(touches.flatMap((touch) => (touch.moved ? [[touch.series.id, touch.moved] as const] : [])));
    const nameIn = (one: Series): string => moved.get(one.id)?.name ?? path;
    const read = await mails.mails([...series.values()].flatMap((one) => mailIdsOfPath(newestRevision(one), nameIn(one))));
    if (isOver()) return;
    // There must be no await between reading the text and setting `coming`, which follows edits: an edit in between would be lost.
    const lines = editorLines(document.getText());
    const coming: Placements = { lines: new LivePlacements(lines), series, moved, changes: new Map() };
    followed.coming = coming;
    // Editors show this character for bytes that are not UTF-8.
    const isTold = !lines.some((line) => line.includes("\uFFFD"));
    const pause = (this.#ports.slicer ?? makeSlicer)(isOver);
    for (const one of series.values()) {
      try {
        const texts = patchTextsOfPath(newestRevision(one), nameIn(one), read, (mail) => editorPatchTexts(mail, isTold));
        const [change] = composeChanges(texts, nameIn(one));
        if (change) {
          coming.changes.set(one.id, change);
          coming.lines.place(one.id, change, null);
        }
      } catch (error) {
        // A series that cannot be read must not hide the others.
        log.error(`The changes of ${one.id} to ${path} cannot be placed: ${errorText(error)}`);
      }
      if (await pause()) return;
    }
    followed.shown = coming;
    followed.coming = null;
    this.#changed.fire(document);
    await this.#followBases(document, coming, isOver, pause);
  }

  /** Places again those series whose base text is in the repository: with it, no guessing is needed. */
  async #followBases(document: OpenText, shown: Placements, isOver: () => boolean, pause: () => Promise<boolean>): Promise<void> {
    const { topOf, git, readBlobs, log } = this.#ports;
    const [top, options] = [topOf(document.uri), git()];
    const ids = [...shown.changes.values()].flatMap(({ oldBlob }) => oldBlob ?? []);
    if (top === null || options === null || ids.length === 0) return;
    // Without a repository the placements by context stay.
    const bases = await readBlobs(top, ids, options).catch(() => new Map<string, string>());
    if (isOver() || bases.size === 0) return;
    for (const [id, change] of shown.changes) {
      const base = bases.get(change.oldBlob ?? "");
      if (base === undefined) continue;
      try {
        shown.lines.place(id, change, linesOf(base));
      } catch (error) {
        log.error(`The changes of ${id} to ${change.path ?? ""} cannot be followed: ${errorText(error)}`);
      }
      if (await pause()) return;
    }
    this.#changed.fire(document);
  }

  #follow({ document, contentChanges }: TextChange): void {
    const followed = this.#followed.get(document.uri.toString());
    if (!followed || contentChanges.length === 0) return;
    let isSame = true;
    for (const placements of [followed.shown, followed.coming]) {
      if (!placements) continue;
      const { text } = placements.lines;
      for (const change of contentChanges) {
        const { start, end } = change.range;
        placements.lines.edit(start.line, end.line - start.line + 1, replacedLines(text.lines, change));
      }
      isSame &&= text.length === document.lineCount;
    }
    if (!isSame) {
      this.#ports.log.warn(`The edits of ${document.uri.path} do not produce its text; it is read again.`);
      this.#start(document);
      return;
    }
    if (followed.shown) this.#changed.fire(document);
    this.#pause.later();
  }

  /** Places completely what edits have touched. A document that disappears meanwhile does not stop the others. */
  async #settle(): Promise<void> {
    for (const [key, followed] of [...this.#followed]) {
      const { shown } = followed;
      if (!shown) continue;
      const isOver = (): boolean => this.#followed.get(key)?.shown !== shown;
      const pause = (this.#ports.slicer ?? makeSlicer)(isOver);
      const settled: string[] = [];
      for (const series of shown.lines.settle()) {
        settled.push(series);
        if (await pause()) break;
      }
      if (settled.length > 0 && !isOver()) this.#changed.fire(followed.document);
    }
  }

  dispose(): void {
    for (const key of [...this.#followed.keys()]) this.#forget(key);
    disposeAll(this.#subscriptions);
  }
}

/** The comments on pending patches where their lines are in the files that are being edited; worked out when the person pauses. */
import { lineOfComment } from "../core/lines/commentLine";
import { newestRevision, type Series } from "../core/series/series";
import type { FileThread } from "../library/revisionComments";
import { editorLines } from "./livePlacements";
import type { PendingChanges } from "./pendingChanges";
import {
  type Clock,
  type Disposable,
  disposeAll,
  type Documents,
  Emitter,
  type FileUri,
  inBackground,
  type Log,
  type OpenText,
  Quiet,
} from "./ports";

/** A thread and the line of the document that it is about. */
export interface PlacedThread {
  readonly series: Series;
  readonly thread: FileThread;
  /** Zero-based. */
  readonly line: number;
}

export interface FileCommentsPorts {
  readonly documents: Documents;
  readonly pending: Pick<PendingChanges, "edits" | "onDidChange">;
  /** The path of a file in its tree. */
  readonly pathOf: (uri: FileUri) => string | null;
  readonly threadsOf: (series: Series, path: string) => Promise<readonly FileThread[]>;
  readonly isWanted: () => boolean;
  readonly clock: Clock;
  readonly log: Log;
}

/** So long nothing is typed before comments are placed again; the editor moves those that are shown. */
const pauseMilliseconds = 700;

/** Follows the visible documents that pending series change. */
export class FileComments {
  readonly #ports: FileCommentsPorts;
  readonly #changed = new Emitter<OpenText>();
  readonly #waiting = new Set<OpenText>();
  readonly #placed = new Map<string, readonly PlacedThread[]>();
  /** By the revision, whose replies change only with it. */
  readonly #threads = new WeakMap<object, Map<string, Promise<readonly FileThread[]>>>();
  readonly #pause: Quiet;
  readonly #subscriptions: readonly Disposable[];
  /** Fires when other comments are in a document, or on other lines. */
  readonly onDidChange = this.#changed.event;

  constructor(ports: FileCommentsPorts) {
    this.#ports = ports;
    this.#pause = new Quiet(ports.clock, pauseMilliseconds, () => inBackground(ports.log, () => this.#placeWaiting()));
    this.#subscriptions = [
      this.#changed,
      this.#pause,
      ports.pending.onDidChange((document) => this.#wait(document)),
      ports.documents.onDidClose(({ uri }) => this.#placed.delete(uri.toString())),
    ];
    this.again();
  }

  /** The comments in a document, as far as they are known. */
  threads({ uri }: Pick<OpenText, "uri">): readonly PlacedThread[] {
    return this.#placed.get(uri.toString()) ?? [];
  }

  /** Places the comments of all visible documents again. */
  again(): void {
    for (const document of this.#ports.documents.visible) this.#wait(document);
  }

  #wait(document: OpenText): void {
    this.#waiting.add(document);
    this.#pause.later();
  }

  async #placeWaiting(): Promise<void> {
    const documents = [...this.#waiting];
    this.#waiting.clear();
    for (const document of documents) {
      const placed = this.#ports.isWanted() ? await this.#place(document) : [];
      // What is typed meanwhile is waited for again.
      if (placed === null || this.#waiting.has(document)) continue;
      const key = document.uri.toString();
      if (isSame(this.#placed.get(key) ?? [], placed)) continue;
      this.#placed.set(key, placed);
      this.#changed.fire(document);
    }
  }

  /** Null where the changes of the series are not placed yet. */
  async #place(document: OpenText): Promise<PlacedThread[] | null> {
    const { pending, pathOf } = this.#ports;
    const path = pathOf(document.uri);
    const edits = pending.edits(document);
    if (path === null || !edits) return edits ? [] : null;
    const series = new Map(edits.map((edit) => [edit.series, edit.moved?.name ?? path]));
    const threads: Array<readonly [Series, readonly FileThread[]]> = [];
    for (const [one, name] of series) threads.push([one, await this.#threadsOf(one, name)]);
    const now = pending.edits(document) ?? [];
    const lines = editorLines(document.getText());
    return threads.flatMap(([one, all]) => {
      const placed = now.filter((edit) => edit.series.id === one.id).map((edit) => edit.placed);
      return all.flatMap((thread) => {
        const line = lineOfComment(placed, thread.patch, thread.line, lines);
        return line === null ? [] : [{ series: one, thread, line: Math.max(0, Math.min(line, lines.length - 1)) }];
      });
    });
  }

  #threadsOf(series: Series, path: string): Promise<readonly FileThread[]> {
    const revision = newestRevision(series);
    const byPath = this.#threads.get(revision) ?? new Map<string, Promise<readonly FileThread[]>>();
    this.#threads.set(revision, byPath);
    const known = byPath.get(path);
    if (known) return known;
    const coming = this.#ports.threadsOf(series, path);
    byPath.set(path, coming);
    // An archive that could not be read is asked again.
    coming.catch(() => byPath.delete(path));
    return coming;
  }

  dispose(): void {
    disposeAll(this.#subscriptions);
  }
}

function isSame(before: readonly PlacedThread[], after: readonly PlacedThread[]): boolean {
  return before.length === after.length && before.every(({ thread, line }, at) => after[at]?.thread === thread && after[at].line === line);
}

/** The file in the active editor and what is pending for it, computed once for all parts that show it. */
import type { Touch } from "../core/series/touches";
import type { Library } from "../library/library";
import type { MovedFiles } from "./movedFiles";
import type { FileInTree, OpenTrees } from "./openTrees";
import { type Clock, type Disposable, disposeAll, type Documents, Emitter, type Event, type FileUri, type OpenText, Quiet } from "./ports";

/** Which file a person edits. */
export interface Editors {
  /** The text in the active editor; null when the focus is outside the editor area: in a page, a view or the log. */
  readonly active: OpenText | null;
  /** Whether a tab shows a file. */
  isOpen(uri: FileUri): boolean;
  /** Fires when another editor becomes active or a tab is closed. */
  readonly onDidChangeActive: Event<unknown>;
  readonly onDidScroll: Event<unknown>;
}

export interface ActiveFilePorts {
  readonly library: Pick<Library, "onDidChange">;
  readonly trees: OpenTrees;
  readonly moved: MovedFiles;
  readonly documents: Documents;
  readonly editors: Editors;
  readonly clock: Clock;
}

/** What is pending for a file, and the file's place. */
export interface TouchedPlace {
  readonly place: FileInTree;
  readonly touches: readonly Touch[];
}

/** While a person scrolls, the list waits. */
const scrollMilliseconds = 150;

export class ActiveFile {
  #uri: FileUri | null = null;
  #found: TouchedPlace | null = null;
  #onlyInView = false;
  readonly #ports: ActiveFilePorts;
  readonly #changed = new Emitter<void>();
  readonly #subscriptions: readonly Disposable[];
  readonly onDidChange = this.#changed.event;

  constructor(ports: ActiveFilePorts) {
    this.#ports = ports;
    const scrolled = new Quiet(ports.clock, scrollMilliseconds, () => this.#changed.fire());
    const update = (): void => this.#update();
    this.#subscriptions = [
      this.#changed,
      scrolled,
      ports.editors.onDidChangeActive(update),
      ports.editors.onDidScroll(() => {
        if (this.#onlyInView) scrolled.later();
      }),
      ports.library.onDidChange(update),
      ports.trees.onDidChange(update),
      ports.moved.onDidChange(update),
    ];
    this.#update();
  }

  /** The file itself; null until one was edited, and when its tab is closed. */
  get uri(): FileUri | null {
    return this.#uri;
  }

  /** Where it lies; null outside of all open trees. */
  get place(): FileInTree | null {
    return this.#found?.place ?? null;
  }

  /** The pending series that touch it. */
  get touches(): readonly Touch[] {
    return this.#found?.touches ?? [];
  }

  /** The file as it is open, even behind a page. */
  get document(): OpenText | undefined {
    const key = this.#uri?.toString();
    return key === undefined ? undefined : this.#ports.documents.open.find(({ uri }) => uri.toString() === key);
  }

  get onlyInView(): boolean {
    return this.#onlyInView;
  }

  /** Sets whether lists show only what touches the visible lines. */
  showOnlyInView(only: boolean): void {
    this.#onlyInView = only;
    this.#changed.fire();
  }

  /** What is pending for any file; null for one outside of all open trees. */
  touching(uri: FileUri): TouchedPlace | null {
    const { trees, moved } = this.#ports;
    const place = trees.locate(uri);
    return place && { place, touches: moved.touching(place.path, place.project, trees.topOf(uri)) };
  }

  /** The series that are pending for any file, in steps between which other work may run: the Explorer asks for thousands of files. */
  *touchingSteps(uri: FileUri): Generator<unknown, readonly Touch[]> {
    const { trees, moved } = this.#ports;
    const place = trees.locate(uri);
    return place ? yield* moved.touchingSteps(place.path, place.project, trees.topOf(uri)) : [];
  }

  #update(): void {
    const { editors, trees } = this.#ports;
    // When a series page takes the focus there is no active text editor; the file edited before stays the current one.
    // The same holds while a document of this extension is read.
    if (editors.active && !editors.active.uri.scheme.startsWith("kvm-series-")) this.#uri = editors.active.uri;
    else if (this.#uri && !editors.isOpen(this.#uri)) this.#uri = null;
    if (this.#uri) trees.prefer(trees.topOf(this.#uri));
    this.#found = this.#uri && this.touching(this.#uri);
    this.#changed.fire();
  }

  dispose(): void {
    disposeAll(this.#subscriptions);
  }
}

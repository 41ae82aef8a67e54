/**
 * What engines need from their environment. VS Code's own objects fit these shapes, so ui/ hands them on unwrapped; in tests
 * test/support/fakePorts.ts and test/support/fakeClock.ts replace them.
 */
import type { GitOptions } from "../git/git";

export interface Disposable {
  dispose(): void;
}

/** Calls a listener each time something happens, until the returned object is disposed. */
export type Event<T> = (listener: (value: T) => void) => Disposable;

/** Tells listeners in the order in which they came. */
export class Emitter<T> {
  readonly #listeners = new Set<{ readonly call: (value: T) => void }>();

  /** A property, so that it can be handed on by itself. */
  readonly event: Event<T> = (call) => {
    const listener = { call };
    this.#listeners.add(listener);
    return { dispose: () => this.#listeners.delete(listener) };
  };

  /**
   * Calls all listeners. A listener that throws does not keep the others from being called, and is not the fault of the caller. As
   * with VS Code's own emitter, its error goes to the host of the extension, which logs uncaught errors.
   */
  fire(value: T): void {
    for (const { call } of [...this.#listeners]) {
      try {
        call(value);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  dispose(): void {
    this.#listeners.clear();
  }
}

/** Disposes all of them, in the given order. */
export function disposeAll(parts: ReadonlyArray<Disposable | null | undefined>): void {
  for (const part of parts) part?.dispose();
}

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Runs something once, unless the returned object is disposed before. */
  after(milliseconds: number, run: () => void): Disposable;
  /** Runs something again and again. */
  every(milliseconds: number, run: () => void): Disposable;
}

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(milliseconds, run) {
    const timer = setTimeout(run, milliseconds);
    return { dispose: () => clearTimeout(timer) };
  },
  every(milliseconds, run) {
    const timer = setInterval(run, milliseconds);
    return { dispose: () => clearInterval(timer) };
  },
};

/** Runs something once there has been a quiet moment: each call of `later` starts the wait again. */
export class Quiet {
  #waiting: Disposable | null = null;
  readonly #clock: Clock;
  readonly #milliseconds: number;
  readonly #run: () => void;

  constructor(clock: Clock, milliseconds: number, run: () => void) {
    this.#clock = clock;
    this.#milliseconds = milliseconds;
    this.#run = run;
  }

  later(): void {
    this.dispose();
    this.#waiting = this.#clock.after(this.#milliseconds, () => {
      this.#waiting = null;
      this.#run();
    });
  }

  dispose(): void {
    this.#waiting?.dispose();
    this.#waiting = null;
  }
}

/** The log of the extension; `vscode.LogOutputChannel` is one. */
export interface Log {
  info(message: string): void;
  warn(message: string): void;
  error(error: string | Error): void;
}

/** The text of a thrown value for the log. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * Starts work that nobody awaits. All such work starts here, because an unhandled rejection would end up in the host's error log.
 *
 * @param failed what to do with an error beside logging it
 */
export function inBackground(log: Log, run: () => Promise<unknown>, failed: (error: unknown) => void = () => undefined): void {
  const done = async (): Promise<void> => {
    try {
      await run();
    } catch (error) {
      log.error(error instanceof Error ? error : String(error));
      failed(error);
    }
  };
  // `done` takes all errors of `run`; what remains is an error of the log itself, which cannot be reported anywhere.
  done().catch(() => undefined);
}

/** Keeps values from one window to the next; `vscode.Memento` is one. Stored values have an unknown shape: another version may have written them. */
export interface Storage {
  get(key: string): unknown;
  update(key: string, value: unknown): PromiseLike<void>;
}

/** The address of a file or folder; `vscode.Uri` is one. Its `toString` is complete, so texts can identify files. */
export interface FileUri {
  readonly scheme: string;
  readonly authority: string;
  /** With `/` between folders, beginning with one. */
  readonly path: string;
  toString(): string;
}

/** A text that is open; `vscode.TextDocument` is one. The same object for as long as it is open. */
export interface OpenText {
  readonly uri: FileUri;
  readonly lineCount: number;
  readonly isDirty: boolean;
  getText(): string;
}

export interface TextPosition {
  /** Zero-based. */
  readonly line: number;
  /** Zero-based, in UTF-16 units. */
  readonly character: number;
}

/** A piece of a text and its replacement; `vscode.TextDocumentContentChangeEvent` is one. */
export interface TextEdit {
  readonly range: { readonly start: TextPosition; readonly end: TextPosition };
  readonly text: string;
}

/** The edits of one step, each relative to the result of the one before; none when only the state of the document changes. */
export interface TextChange {
  readonly document: OpenText;
  readonly contentChanges: readonly TextEdit[];
}

/** The open texts of the window. */
export interface Documents {
  readonly open: readonly OpenText[];
  /** The texts of the visible editors. */
  readonly visible: readonly OpenText[];
  readonly onDidChange: Event<TextChange>;
  readonly onDidClose: Event<OpenText>;
  readonly onDidSave: Event<OpenText>;
  readonly onDidChangeVisible: Event<unknown>;
}

/** The person's git, or null if it may not be run: before the workspace is trusted. The type makes every engine check. */
export type GitOf = () => GitOptions | null;

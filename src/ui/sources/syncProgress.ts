/** How far a sync is, for whoever shows it. */
import * as vscode from "vscode";

export class SyncProgress {
  #text = "";
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.#changed.event;

  /** A few words for a person; "" when nothing is under way. */
  get text(): string {
    return this.#text;
  }

  set(text: string): void {
    if (text === this.#text) return;
    this.#text = text;
    this.#changed.fire();
  }

  dispose(): void {
    this.#changed.dispose();
  }
}

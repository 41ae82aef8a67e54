/** Talks to the extension, and keeps the page's state over a reload. */
import { type PageMessage, type PageState, parsePageState } from "../shared/protocol";

declare function acquireVsCodeApi(): {
  postMessage(message: PageMessage & { readonly state: number | null }): void;
  getState(): unknown;
  setState(state: PageState): void;
};

const vscode = acquireVsCodeApi();
/** The state of the series shown; places are valid only in it. */
let state: number | null = null;

/** Names the state of the series that is shown from now on. */
export function enterState(entered: number | null): void {
  state = entered;
}

/** Whether an answer is about the series that is shown. */
export function isCurrent(message: { readonly state: number }): boolean {
  return message.state === state;
}

/** Asks something of the extension. */
export function ask(message: PageMessage): void {
  vscode.postMessage({ ...message, state });
}

export function keepState(kept: PageState): void {
  vscode.setState(kept);
}

/** The kept state of a series; null if nothing, or another series, was kept. */
export function keptState(): PageState | null {
  return parsePageState(vscode.getState());
}

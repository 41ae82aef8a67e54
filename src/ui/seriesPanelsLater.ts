/** Loads what fills the pages of series with the first page, so that a window without any starts faster. */
import * as vscode from "vscode";
import type { commitText } from "../checkout/commits";
import { pageActions } from "../shared/protocol";
import { registerChangeDocuments } from "./changeDocuments";
import { registerCommand } from "./commands";
import { registerCommitDocuments } from "./commitDocuments";
import { registerPatchDocuments } from "./patchDocuments";
import type { SeriesPanelParts, SeriesPanels } from "./seriesPanel";

const viewType = "kvmSeries.page";

export interface SeriesPanelsLaterParts extends SeriesPanelParts {
  /** Reads a commit of a checkout. */
  readonly commitText: typeof commitText;
}

/** @param load loads it */
export function registerSeriesPanelsLater(
  parts: SeriesPanelsLaterParts,
  load: () => Promise<typeof import("./seriesPanel.js")>,
): vscode.Disposable {
  const { log, mails } = parts;
  let panels: Promise<SeriesPanels> | null = null;
  let isOver = false;
  const end = (made: SeriesPanels): SeriesPanels => {
    if (isOver) made.dispose();
    return made;
  };
  const loaded = (): Promise<SeriesPanels> => (panels ??= load().then(({ seriesPanels }) => end(seriesPanels(parts, viewType))));
  return vscode.Disposable.from(
    registerPatchDocuments(mails),
    registerCommitDocuments(parts.commitText),
    registerChangeDocuments(mails),
    registerCommand(log, "kvmSeries.openPage", async (...args) => (await loaded()).open(args[0], args[1], args[2])),
    registerCommand(log, "kvmSeries.openSeries", async () => (await loaded()).open(undefined, null, null)),
    ...pageActions.map((action) => registerCommand(log, `kvmSeries.page.${action}`, async () => (await loaded()).run(action))),
    vscode.window.registerWebviewPanelSerializer(viewType, {
      async deserializeWebviewPanel(panel, state: unknown) {
        (await loaded()).restore(panel, state);
      },
    }),
    new vscode.Disposable(() => {
      isOver = true;
      panels?.then(end, () => undefined);
    }),
  );
}

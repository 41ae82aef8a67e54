/** Hovering a line tells which pending series change it, and to what. */
import * as vscode from "vscode";
import { newestRevision, type Series } from "../../core/series/series";
import { applyLabel } from "../../render/applyText";
import { lineHover } from "../../render/lineHover";
import type { ApplyStates } from "../apply/applyStates";
import { toMarkdown } from "../markdown";
import type { PendingChanges } from "./pendingChanges";
import { changesOfLines } from "./pendingHere";
import { readSettings } from "../settings";

export function registerLineHover(pending: PendingChanges, applies: Pick<ApplyStates, "of">): vscode.Disposable {
  const appliesOf = (series: Series): string | null => {
    const known = applies.of(series);
    return known && applyLabel(known.answer, newestRevision(series).expected);
  };
  return vscode.languages.registerHoverProvider(
    { scheme: "file" },
    {
      provideHover(document, { line }) {
        if (!readSettings().lineHovers) return undefined;
        const changes = changesOfLines(pending, document, [line, line], appliesOf);
        if (changes.length === 0) return undefined;
        const range = document.lineAt(line).range;
        return new vscode.Hover(toMarkdown(lineHover(changes, document.uri.toString(), line, Date.now())), range);
      },
    },
  );
}

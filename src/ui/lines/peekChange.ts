/** VS Code's diff editor of the buffer against the buffer with a pending series applied, as both are now. */
import * as vscode from "vscode";
import { HumanError } from "../../core/humanError";
import { appliedText, lineOf } from "../../core/lines/pendingAt";
import { newestRevision, type Series } from "../../core/series/series";
import { visibleText } from "../../render/escape";
import { plural, revisionName, titleText } from "../../render/labels";
import { linesOfDocument } from "./documentLines";
import type { PendingChanges } from "./pendingChanges";

/** Documents whose query names a series and whose path is that of the file it is applied to. */
const appliedScheme = "kvm-series-applied";

export function registerPeekDocuments(pending: PendingChanges): vscode.Disposable {
  const changed = new vscode.EventEmitter<vscode.Uri>();
  return vscode.Disposable.from(
    changed,
    vscode.workspace.registerTextDocumentContentProvider(appliedScheme, {
      onDidChange: changed.event,
      provideTextDocumentContent(uri) {
        const { series, file } = parseQuery(uri.query);
        const document = vscode.workspace.textDocuments.find((one) => one.uri.toString() === file);
        const placed = document && pending.editsOf(document, series);
        if (!document || !placed) return "The file is no longer open, or the series no longer changes it.\n";
        const end = document.eol === vscode.EndOfLine.CRLF ? "\r\n" : "\n";
        return appliedText(linesOfDocument(document), placed).lines.join(end);
      },
    }),
    pending.onDidChange((document) => {
      for (const { uri } of vscode.workspace.textDocuments) {
        if (uri.scheme === appliedScheme && parseQuery(uri.query).file === document.uri.toString()) changed.fire(uri);
      }
    }),
  );
}

/** Opens the diff of a document and one series, at a line (zero-based). */
export async function peekChange(
  pending: PendingChanges,
  document: vscode.TextDocument,
  series: Series,
  line: number | null,
): Promise<void> {
  const placed = pending.editsOf(document, series.id);
  if (!placed) throw new HumanError("The lines this series changes are not known here; open its page for the patches.");
  const { applied, left } = appliedText(linesOfDocument(document), placed);
  const there = placed.filter(({ certainty }) => certainty === "already").length;
  if (applied === 0) {
    throw new HumanError(
      left === 0 && there > 0
        ? "This file has all that the series changes in it."
        : "None of the lines this series changes stand here; open its page for the patches.",
    );
  }
  const name = document.uri.path.slice(document.uri.path.lastIndexOf("/") + 1);
  const rest = left > 0 ? `, ${plural(left, "change")} without a place` : "";
  const title = `${visibleText(name)} ↔ with ${revisionName(newestRevision(series))} ${titleText(series.title)}${rest}`;
  const uri = vscode.Uri.from({
    scheme: appliedScheme,
    path: document.uri.path,
    query: JSON.stringify({ series: series.id, file: document.uri.toString() }),
  });
  // The diff editor that is given a text it must wait for shows an empty one first, and loses the line it was asked for.
  await vscode.workspace.openTextDocument(uri);
  const first = placed.find(({ certainty }) => certainty !== "already" && certainty !== "gone");
  const mine = line ?? (first ? lineOf(first, document.lineCount) : 0);
  const above = placed.filter(({ certainty, start }) => certainty !== "already" && certainty !== "gone" && start < mine);
  // The diff editor takes a line of its right side.
  const shown = mine + above.reduce((shift, { edit, count }) => shift + edit.added.length - count, 0);
  await vscode.commands.executeCommand("vscode.diff", document.uri, uri, title, {
    selection: new vscode.Range(shown, 0, shown, 0),
    preview: true,
  } satisfies vscode.TextDocumentShowOptions);
}

/** The document that a text with a series applied was made of; null for any other text. */
export async function peekedDocument({ uri }: vscode.TextDocument): Promise<vscode.TextDocument | null> {
  return uri.scheme === appliedScheme ? vscode.workspace.openTextDocument(vscode.Uri.parse(parseQuery(uri.query).file, true)) : null;
}

function parseQuery(query: string): { readonly series: string; readonly file: string } {
  let value: unknown;
  try {
    value = JSON.parse(query);
  } catch {
    value = null;
  }
  const text = (name: "series" | "file"): string => {
    const found = typeof value === "object" && value !== null && name in value ? (value as Record<string, unknown>)[name] : null;
    return typeof found === "string" ? found : "";
  };
  return { series: text("series"), file: text("file") };
}

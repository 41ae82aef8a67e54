/** Commands on the lines that pending series change: list the series, go from one change to the next, peek one in the diff editor. */
import * as vscode from "vscode";
import { HumanError } from "../core/humanError";
import { followLine } from "../core/lines/lineDiff";
import { applyPlacedEdits, shownLine } from "../core/lines/placeChange";
import { visibleText } from "../core/mail/hiddenCharacters";
import { newestRevision, type Series } from "../core/series/series";
import { editorLines } from "../engines/livePlacements";
import type { PendingChanges } from "../engines/pendingChanges";
import type { Library } from "../library/library";
import { touchCount } from "../render/hover";
import { plural, revisionName, titleText } from "../render/labels";
import { registerCommand, say } from "./commands";
import { pickSeries } from "./seriesPick";

export interface LineCommandsParts {
  readonly library: Library;
  readonly pending: PendingChanges;
  readonly log: vscode.LogOutputChannel;
}

export function registerLineCommands({ library, pending, log }: LineCommandsParts): vscode.Disposable {
  const openPage = async (series: Series | undefined): Promise<void> => {
    if (series) await vscode.commands.executeCommand("kvmSeries.openPage", series.id);
  };
  return vscode.Disposable.from(
    registerPeekDocuments(pending),
    registerCommand(log, "kvmSeries.showSeriesTouchingLines", async (uri, first, last) => {
      const { document, lines } = await linesMeant(uri, first, last);
      const series = pending.seriesOnLines(document, lines);
      const name = lines[0] === lines[1] ? `line ${lines[0] + 1}` : `lines ${lines[0] + 1} to ${lines[1] + 1}`;
      if (series.length === 0) say(log, `No pending series changes ${name}.`);
      else await openPage(await pickSeries(series, `${touchCount(series.length)} ${series.length === 1 ? "changes" : "change"} ${name}`));
    }),
    registerCommand(log, "kvmSeries.nextPendingChange", () => go(pending, 1)),
    registerCommand(log, "kvmSeries.previousPendingChange", () => go(pending, -1)),
    registerCommand(log, "kvmSeries.peekPendingChange", async (id, uri, line) => {
      const { document, lines } = await linesMeant(uri, line, line);
      const here = pending.onLines(document, lines).map(({ series }) => series);
      const found = typeof id === "string" ? library.find(id) : undefined;
      const all = [...new Set((pending.edits(document) ?? []).map(({ series }) => series))];
      const offered = here.length > 0 ? here : all;
      if (!found && offered.length === 0) throw new HumanError("No pending series changes known lines of this file.");
      const series = found ?? (offered.length === 1 ? offered[0] : await pickSeries(offered, "Peek at the change of which series?"));
      if (series) await peekChange(pending, document, series, here.includes(series) ? lines[0] : null);
    }),
  );
}

interface LinesMeant {
  readonly document: vscode.TextDocument;
  /** Zero-based, both included. */
  readonly lines: readonly [number, number];
}

/** The lines that a link or lens gives, else the selected lines of the active editor; in a peek, the lines of the file. */
async function linesMeant(uri: unknown, first: unknown, last: unknown): Promise<LinesMeant> {
  if (typeof uri === "string" && typeof first === "number" && typeof last === "number") {
    const document = await vscode.workspace.openTextDocument(vscode.Uri.parse(uri, true));
    return { document, lines: [first, last] };
  }
  const editor = vscode.window.activeTextEditor;
  if (!editor) throw new HumanError("Open a file of a kernel tree and put the cursor on a line first.");
  const { start, end } = editor.selection;
  // A selection that ends before the first character of a line does not mean that line.
  const behind = end.line > start.line && end.character === 0 ? end.line - 1 : end.line;
  const { document } = editor;
  const peeked = await peekedDocument(document);
  if (!peeked) return { document, lines: [start.line, behind] };
  const [mine, shown] = [editorLines(peeked.getText()), editorLines(document.getText())];
  const lineOfMine = (line: number): number => followLine(mine, line, shown).line;
  return { document: peeked, lines: [lineOfMine(start.line), lineOfMine(behind)] };
}

/** Moves the cursor to the next or previous change, past the end to the first one. */
async function go(pending: PendingChanges, step: 1 | -1): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  if (editor && (await peekedDocument(editor.document))) {
    // In that diff every difference is a change of the series.
    await vscode.commands.executeCommand(`workbench.action.compareEditor.${step > 0 ? "next" : "previous"}Change`);
    return;
  }
  const target = editor ? pending.nextLine(editor.document, editor.selection.active.line, step) : null;
  if (!editor || target === null) throw new HumanError("No pending series changes known lines of this file.");
  editor.selection = new vscode.Selection(target, 0, target, 0);
  editor.revealRange(editor.selection, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
}

// VS Code's diff editor of the buffer against the buffer with a pending series applied, as both are now.

/** Documents whose query names a series and whose path is that of the file it is applied to. */
const appliedScheme = "kvm-series-applied";

function registerPeekDocuments(pending: PendingChanges): vscode.Disposable {
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
        return applyPlacedEdits(editorLines(document.getText()), placed).lines.join(end);
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
async function peekChange(pending: PendingChanges, document: vscode.TextDocument, series: Series, line: number | null): Promise<void> {
  const placed = pending.editsOf(document, series.id);
  if (!placed) throw new HumanError("The changes of this series cannot be located in this file. Open its page to see the patches.");
  const { applied, left } = applyPlacedEdits(editorLines(document.getText()), placed);
  const there = placed.filter(({ certainty }) => certainty === "already").length;
  if (applied === 0) {
    throw new HumanError(
      left === 0 && there > 0
        ? "This file already has all the changes of this series."
        : "None of the lines this series changes are in this file. Open its page to see the patches.",
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
  // A diff editor that has to wait for its text shows an empty text first, and loses the line to reveal.
  await vscode.workspace.openTextDocument(uri);
  const first = placed.find(({ certainty }) => certainty !== "already" && certainty !== "gone");
  const mine = line ?? (first ? shownLine(first, document.lineCount) : 0);
  const above = placed.filter(({ certainty, start }) => certainty !== "already" && certainty !== "gone" && start < mine);
  // The diff editor counts lines in its right side.
  const shown = mine + above.reduce((shift, { edit, count }) => shift + edit.added.length - count, 0);
  await vscode.commands.executeCommand("vscode.diff", document.uri, uri, title, {
    selection: new vscode.Range(shown, 0, shown, 0),
    preview: true,
  } satisfies vscode.TextDocumentShowOptions);
}

/** The document from which a text with a series applied was made; null for any other text. */
async function peekedDocument({ uri }: vscode.TextDocument): Promise<vscode.TextDocument | null> {
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

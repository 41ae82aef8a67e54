/** Commands on the lines that pending series change: list the series, go from one change to the next, peek. */
import * as vscode from "vscode";
import { HumanError } from "../../core/humanError";
import { lineIn } from "../../core/lines/lineMap";
import { lineOf } from "../../core/lines/pendingAt";
import type { Series } from "../../core/series/series";
import { touchesOfLines } from "../../core/paths/touches";
import type { Library } from "../../index/library";
import { touchCount } from "../../render/hover";
import { plainMessage, registerCommand } from "../commands";
import type { ActiveFile } from "../activeFile";
import { linesOfDocument } from "./documentLines";
import { peekChange, peekedDocument, registerPeekDocuments } from "./peekChange";
import type { PendingChanges } from "./pendingChanges";
import { changesOfLines } from "./pendingHere";
import { pickSeries } from "../seriesPick";

export interface LineCommandsParts {
  readonly library: Library;
  readonly active: ActiveFile;
  readonly pending: PendingChanges;
  readonly log: vscode.LogOutputChannel;
}

export function registerLineCommands({ library, active, pending, log }: LineCommandsParts): vscode.Disposable {
  const openPage = async (series: Series | undefined): Promise<void> => {
    if (series) await vscode.commands.executeCommand("kvmSeries.openPage", series.id);
  };
  return vscode.Disposable.from(
    registerPeekDocuments(pending),
    registerCommand(log, "kvmSeries.showSeriesTouchingLines", async (uri, first, last) => {
      const { document, lines } = await linesMeant(uri, first, last);
      const series = seriesOfLines(document, lines, active, pending);
      const name = lines[0] === lines[1] ? `line ${lines[0] + 1}` : `lines ${lines[0] + 1} to ${lines[1] + 1}`;
      if (series.length === 0) void vscode.window.showInformationMessage(plainMessage(`No pending series changes ${name}.`));
      else await openPage(await pickSeries(series, `${touchCount(series.length)} ${series.length === 1 ? "changes" : "change"} ${name}`));
    }),
    registerCommand(log, "kvmSeries.nextPendingChange", () => go(pending, 1)),
    registerCommand(log, "kvmSeries.previousPendingChange", () => go(pending, -1)),
    registerCommand(log, "kvmSeries.peekPendingChange", async (id, uri, line) => {
      const { document, lines } = await linesMeant(uri, line, line);
      const here = changesOfLines(pending, document, lines).map(({ series }) => series);
      const found = typeof id === "string" ? library.find(id) : undefined;
      const all = [...new Set((pending.edits(document) ?? []).map(({ series }) => series))];
      const offered = here.length > 0 ? here : all;
      if (!found && offered.length === 0) throw new HumanError("No pending series changes lines of this file that are known.");
      const series = found ?? (offered.length === 1 ? offered[0] : await pickSeries(offered, "Peek the change of which series?"));
      if (series) await peekChange(pending, document, series, here.includes(series) ? lines[0] : null);
    }),
  );
}

interface LinesMeant {
  readonly document: vscode.TextDocument;
  /** Zero-based, both included. */
  readonly lines: readonly [number, number];
}

/** The lines a link or a lens names, else those selected in the active editor; beside a file that is peeked, the lines of the file. */
async function linesMeant(uri: unknown, first: unknown, last: unknown): Promise<LinesMeant> {
  if (typeof uri === "string" && typeof first === "number" && typeof last === "number") {
    const document = await vscode.workspace.openTextDocument(vscode.Uri.parse(uri, true));
    return { document, lines: [first, last] };
  }
  const editor = vscode.window.activeTextEditor;
  if (!editor) throw new HumanError("Open a file of a kernel tree and put the cursor on a line of it first.");
  const { start, end } = editor.selection;
  // A selection that ends before the first character of a line does not mean that line.
  const behind = end.line > start.line && end.character === 0 ? end.line - 1 : end.line;
  const { document } = editor;
  const peeked = await peekedDocument(document);
  if (!peeked) return { document, lines: [start.line, behind] };
  const [mine, shown] = [linesOfDocument(peeked), linesOfDocument(document)];
  const lineOfMine = (line: number): number => lineIn(mine, line, shown).line;
  return { document: peeked, lines: [lineOfMine(start.line), lineOfMine(behind)] };
}

/** The series that change lines; where nobody has placed them yet, those whose patches name the lines. */
function seriesOfLines(
  document: vscode.TextDocument,
  lines: readonly [number, number],
  active: ActiveFile,
  pending: PendingChanges,
): readonly Series[] {
  if (pending.edits(document)) return changesOfLines(pending, document, lines).map(({ series }) => series);
  const touches = active.touching(document.uri)?.touches ?? [];
  return touchesOfLines(touches, [lines[0] + 1, lines[1] + 1]).map(({ series }) => series);
}

/** Moves the cursor to the next or previous change, past the end to the first one. */
async function go(pending: PendingChanges, step: 1 | -1): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  if (editor && (await peekedDocument(editor.document))) {
    // All that differs there is what the series changes.
    await vscode.commands.executeCommand(`workbench.action.compareEditor.${step > 0 ? "next" : "previous"}Change`);
    return;
  }
  const edits = editor && pending.edits(editor.document)?.filter(({ placed }) => placed.certainty !== "already");
  if (!editor || !edits || edits.length === 0) throw new HumanError("No pending series changes lines of this file that are known.");
  const { lineCount } = editor.document;
  const lines = [...new Set(edits.map(({ placed }) => lineOf(placed, lineCount)))].sort((a, b) => (a - b) * step);
  const here = editor.selection.active.line;
  const target = lines.find((line) => (line - here) * step > 0) ?? lines[0] ?? 0;
  editor.selection = new vscode.Selection(target, 0, target, 0);
  editor.revealRange(editor.selection, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
}

/** Marks beside the lines that pending series change: in the gutter and in the overview ruler. */
import * as vscode from "vscode";
import type { PlacedEdit } from "../../core/lines/anchor";
import { lineOf } from "../../core/lines/pendingAt";
import { registerCommand, setContext } from "../commands";
import type { PendingChanges } from "./pendingChanges";
import { changeSetting, onDidChangeSettings, readSettings } from "../settings";

/** A line that is changed, one that lines are added before, and one of which the place is not sure. */
const kinds = ["change", "add", "unsure"] as const;
type MarkKind = (typeof kinds)[number];

/** While a person types, marks are drawn at most this often; the editor moves those that are drawn by itself. */
const drawMilliseconds = 60;

export interface LineMarksParts {
  readonly pending: PendingChanges;
  readonly extensionUri: vscode.Uri;
  readonly log: vscode.LogOutputChannel;
}

export function registerLineMarks({ pending, extensionUri, log }: LineMarksParts): vscode.Disposable {
  const icon = (name: MarkKind, theme: "dark" | "light"): vscode.Uri =>
    vscode.Uri.joinPath(extensionUri, "media", "marks", `${name}-${theme}.svg`);
  const types = new Map(
    kinds.map((name) => [
      name,
      vscode.window.createTextEditorDecorationType({
        isWholeLine: true,
        rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
        dark: { gutterIconPath: icon(name, "dark") },
        light: { gutterIconPath: icon(name, "light") },
        gutterIconSize: "cover",
        overviewRulerColor: new vscode.ThemeColor("kvmSeries.pendingLine"),
        overviewRulerLane: vscode.OverviewRulerLane.Center,
      }),
    ]),
  );
  let shown = readSettings().lineMarks;
  const draw = (editor: vscode.TextEditor): void => {
    const marks = shown ? marksOf(pending, editor.document) : null;
    for (const [name, type] of types) editor.setDecorations(type, marks?.get(name) ?? []);
  };
  const drawAll = (): void => vscode.window.visibleTextEditors.forEach(draw);
  const waiting = new Map<vscode.TextDocument, NodeJS.Timeout>();
  const drawSoon = (document: vscode.TextDocument): void => {
    if (waiting.has(document)) return;
    const timer = setTimeout(() => {
      waiting.delete(document);
      for (const editor of vscode.window.visibleTextEditors) if (editor.document === document) draw(editor);
    }, drawMilliseconds);
    waiting.set(document, timer);
  };
  const tell = (): void => setContext("lineMarks", shown);
  tell();
  drawAll();
  return vscode.Disposable.from(
    ...types.values(),
    pending.onDidChange(drawSoon),
    vscode.window.onDidChangeVisibleTextEditors(drawAll),
    registerCommand(log, "kvmSeries.hideLineMarks", () => changeSetting("lineMarks", false)),
    registerCommand(log, "kvmSeries.showLineMarks", () => changeSetting("lineMarks", true)),
    onDidChangeSettings((did) => {
      if (!did("lineMarks")) return;
      shown = readSettings().lineMarks;
      tell();
      drawAll();
    }),
    { dispose: () => waiting.forEach((timer) => clearTimeout(timer)) },
  );
}

function marksOf(pending: PendingChanges, document: vscode.TextDocument): ReadonlyMap<MarkKind, vscode.Range[]> {
  const marks = new Map<MarkKind, vscode.Range[]>();
  for (const { placed } of pending.edits(document) ?? []) {
    const kind = markOf(placed);
    if (!kind) continue;
    const first = lineOf(placed, document.lineCount);
    const last = Math.min(document.lineCount - 1, Math.max(first, placed.start + placed.count - 1));
    const ranges = marks.get(kind);
    const range = new vscode.Range(first, 0, last, 0);
    if (ranges) ranges.push(range);
    else marks.set(kind, [range]);
  }
  return marks;
}

function markOf({ certainty, count }: PlacedEdit): MarkKind | null {
  if (certainty === "already" || certainty === "gone") return null;
  if (certainty === "function" || certainty === "fuzzy") return "unsure";
  return count > 0 ? "change" : "add";
}

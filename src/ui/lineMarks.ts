/** Shows the lines that pending series change: marks beside them, hovers, and a line above each function. */
import * as vscode from "vscode";
import { type PlacedEdit, shownLine } from "../core/lines/placeChange";
import { functionsOf } from "../core/lines/textLines";
import { newestRevision, type Series } from "../core/series/series";
import type { ApplyStates } from "../engines/applyStates";
import { editorLines } from "../engines/livePlacements";
import type { PendingChanges } from "../engines/pendingChanges";
import type { OpenText } from "../engines/ports";
import { applyLabel } from "../render/applies";
import { lineHover } from "../render/hover";
import { plural } from "../render/labels";
import { registerCommand, setContext } from "./commands";
import { toMarkdown } from "./markdown";
import { changeSetting, onDidChangeSettings, readSettings } from "./settings";

/** A changed line, a line before which lines are added, and a line whose place is uncertain. */
const kinds = ["change", "add", "unsure"] as const;
type MarkKind = (typeof kinds)[number];

/** While a person types, marks are drawn at most this often; the editor itself moves those already drawn. */
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
  const waiting = new Map<OpenText, NodeJS.Timeout>();
  const drawSoon = (document: OpenText): void => {
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
    const first = shownLine(placed, document.lineCount);
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

// Hovering over a line shows which pending series change it, and how.

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
        const changes = pending.onLines(document, [line, line]).map((one) => ({ ...one, applies: appliesOf(one.series) }));
        if (changes.length === 0) return undefined;
        const range = document.lineAt(line).range;
        return new vscode.Hover(toMarkdown(lineHover(changes, document.uri.toString(), line, Date.now())), range);
      },
    },
  );
}

// A line above each function that pending series change; off by default.

export function registerFunctionLenses(pending: PendingChanges): vscode.Disposable {
  const changed = new vscode.EventEmitter<void>();
  const provider: vscode.CodeLensProvider = {
    onDidChangeCodeLenses: changed.event,
    provideCodeLenses(document) {
      if (!readSettings().codeLens || (pending.edits(document) ?? []).length === 0) return [];
      return functionsOf(editorLines(document.getText())).flatMap(({ name, start, end }) => {
        const count = pending.onLines(document, [start, end]).length;
        if (count === 0) return [];
        const title = `${plural(count, "pending series", "pending series")} ${count === 1 ? "changes" : "change"} ${name}()`;
        const command = { title, command: "kvmSeries.showSeriesTouchingLines", arguments: [document.uri.toString(), start, end] };
        return [new vscode.CodeLens(new vscode.Range(start, 0, start, 0), command)];
      });
    },
  };
  return vscode.Disposable.from(
    changed,
    vscode.languages.registerCodeLensProvider({ scheme: "file" }, provider),
    pending.onDidChange(() => readSettings().codeLens && changed.fire()),
    onDidChangeSettings((did) => did("codeLens") && changed.fire()),
  );
}

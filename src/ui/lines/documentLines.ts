/** A document's text as lines, and what an edit makes of them. */
import type * as vscode from "vscode";

/** What the editor takes for the end of a line. */
const lineEnd = /\r\n|\r|\n/;

export function linesOfDocument(document: vscode.TextDocument): string[] {
  return document.getText().split(lineEnd);
}

/** The lines that an edit leaves in place of those its range lies on. */
export function replacedLines(
  lines: readonly string[],
  { range: { start, end }, text }: Pick<vscode.TextDocumentContentChangeEvent, "range" | "text">,
): string[] {
  const before = (lines[start.line] ?? "").slice(0, start.character);
  const behind = (lines[end.line] ?? "").slice(end.character);
  return `${before}${text}${behind}`.split(lineEnd);
}

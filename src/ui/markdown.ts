/** Text from strangers in hovers, notifications, pick lists and the status bar: shown as text, with the commands of a short list trusted. */
import * as vscode from "vscode";
import { visibleText } from "../core/mail/hiddenCharacters";
import type { HoverPart } from "../render/hover";

const trustedCommands = [
  "kvmSeries.openPage",
  "kvmSeries.showSeriesTouchingFile",
  "kvmSeries.showSeriesTouchingLines",
  "kvmSeries.peekPendingChange",
];

/**
 * Escapes everything that Markdown could interpret, bare addresses included. A line end would end a link.
 * VS Code looks for `$(icon)` after Markdown is processed, so the second escape must survive the first.
 */
function escapeLabel(text: string): string {
  return withoutIcons(text)
    .replace(/\s+/g, " ")
    .replace(/[\\`*_{}[\]()#+\-.!|<>&~$:@=]/g, (character) =>
      character === "<" ? "&lt;" : character === "&" ? "&amp;" : `\\${character}`,
    );
}

/** Keeps `$(icon)` in a stranger's text from becoming a picture, wherever VS Code would make one: hovers, pick lists, the status bar. */
export function withoutIcons(text: string): string {
  return text.replace(/\$\([a-z0-9-]+(?:~[a-z]+)?\)/gi, "\\$&");
}

export function toMarkdown(parts: readonly HoverPart[]): vscode.MarkdownString {
  const markdown = new vscode.MarkdownString("", true);
  markdown.isTrusted = { enabledCommands: trustedCommands };
  for (const part of parts) {
    if (part.kind === "text") markdown.appendMarkdown(escapeLabel(part.text));
    else if (part.kind === "strong") markdown.appendMarkdown(`**${escapeLabel(part.text).trim()}**`);
    else if (part.kind === "break") markdown.appendMarkdown("  \n");
    else if (part.kind === "line") markdown.appendMarkdown("\n\n---\n\n");
    else if (part.kind === "icon") markdown.appendMarkdown(`$(${part.icon}) `);
    else if (part.kind === "code") markdown.appendCodeblock(part.text, part.language);
    else {
      const uri = vscode.Uri.parse(`command:${part.command}?${encodeURIComponent(JSON.stringify(part.args))}`);
      markdown.appendMarkdown(`[${escapeLabel(part.text)}](${uri.toString(true)})`);
    }
  }
  return markdown;
}

/** A message that may hold a stranger's text (a path of a mail): VS Code makes links of `[text](command:...)` in notifications. */
export function plainMessage(text: string): string {
  return visibleText(text).replaceAll("](", "] (");
}

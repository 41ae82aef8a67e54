import type * as vscode from "vscode";

/** Builds the parts and hands each what it uses. */
export function activate(context: vscode.ExtensionContext): void {
  void context;
}

/** A commit that may be a patch, in a read-only document. */
import * as vscode from "vscode";
import type { commitText } from "../checkout/commits";
import { humanMessage } from "../core/humanError";
import { visibleText } from "../core/mail/hiddenCharacters";
import { shortId } from "../core/text";
import type { SeriesInTree } from "../engines/landedStates";
import { gitOptions } from "./workspace";

/** Documents of this scheme name a repository and a commit, so they can be restored after the window was closed. */
const scheme = "kvm-series-commit";

/** Provides the documents. */
export function registerCommitDocuments(read: typeof commitText): vscode.Disposable {
  return vscode.workspace.registerTextDocumentContentProvider(scheme, {
    async provideTextDocumentContent({ query, fragment }) {
      try {
        // The commit may hold what a stranger wrote.
        return visibleText(await read(query, fragment, gitOptions()));
      } catch (error) {
        return `${humanMessage(error)}\n`;
      }
    },
  });
}

/** Shows a commit of a series; nothing for one that is not among its commits, since pages show mail and are not believed. */
export async function showCommit(there: SeriesInTree | null, commit: string): Promise<void> {
  if (!there?.patches.some(({ commits }) => commits.some((one) => one.commit.id === commit))) return;
  const uri = vscode.Uri.from({ scheme, path: `/Commit ${shortId(commit)}`, query: there.top, fragment: commit });
  const document = await vscode.workspace.openTextDocument(uri);
  await vscode.languages.setTextDocumentLanguage(document, "diff");
  await vscode.window.showTextDocument(document, { preview: true });
}

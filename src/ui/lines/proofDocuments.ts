/** Read-only documents that show what git's merge says of two changes; they live as long as the window. */
import * as vscode from "vscode";
import { plainMessage } from "../commands";

const proofScheme = "kvm-series-collision";
/** Proofs remembered for the documents that show them. */
const mostProofs = 50;

export class ProofDocuments {
  readonly #proofs = new Map<string, string>();
  #last = 0;
  readonly #provider = vscode.workspace.registerTextDocumentContentProvider(proofScheme, {
    provideTextDocumentContent: ({ query }) =>
      this.#proofs.get(query) ?? "This is no longer known; ask once more whether the two conflict.\n",
  });

  /**
   * Shows a proof.
   *
   * @param title of the series that is met
   * @param line zero-based; where to begin reading
   */
  async open(title: string, text: string, line = 0): Promise<void> {
    const id = String(++this.#last);
    this.#proofs.set(id, text);
    const [oldest] = this.#proofs.keys();
    if (this.#proofs.size > mostProofs && oldest !== undefined) this.#proofs.delete(oldest);
    const name = plainMessage(title).replaceAll(/[/\\]/g, " ").slice(0, 60);
    const document = await vscode.workspace.openTextDocument(
      vscode.Uri.from({ scheme: proofScheme, path: `/Collision with ${name}`, query: id }),
    );
    await vscode.languages.setTextDocumentLanguage(document, "diff");
    await vscode.window.showTextDocument(document, { preview: true, selection: new vscode.Range(line, 0, line, 0) });
  }

  dispose(): void {
    this.#provider.dispose();
  }
}

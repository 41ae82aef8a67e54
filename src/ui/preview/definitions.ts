/** Go to Definition in a preview: what the real file's own providers know, asked at the line that is the same there. */
import * as vscode from "vscode";
import { lineIn } from "../../core/lines/lineMap";
import { linesOfDocument } from "../lines/documentLines";
import { parseUri, type Place, type Preview } from "./previewFileSystem";

/** Asks where a name is defined at the same line of the real file; where nobody knows, or the series made the line, goes there itself. */
export function makeDefinitions(previews: (place: Place) => Promise<Preview>): vscode.DefinitionProvider {
  return {
    async provideDefinition(document, position) {
      const { place, path } = parseUri(document.uri);
      const real = await realFile(place, path, previews);
      if (!real) return [];
      const { line, same } = lineIn(linesOfDocument(real), position.line, linesOfDocument(document));
      const at = new vscode.Position(line, same ? position.character : 0);
      const found = same ? await definitions(real.uri, at) : [];
      return found.length > 0 ? found : new vscode.Location(real.uri, at);
    },
  };
}

/** The file of the checkout, by the name it had before the series where only that one is there. */
async function realFile(place: Place, path: string, previews: (place: Place) => Promise<Preview>): Promise<vscode.TextDocument | null> {
  const opened = await fileAt(place.top, path);
  if (opened) return opened;
  const before = (await previews(place)).files.find((one) => one.path === path)?.oldPath;
  return before === undefined ? null : fileAt(place.top, before);
}

async function fileAt(top: string, path: string): Promise<vscode.TextDocument | null> {
  return vscode.workspace.openTextDocument(vscode.Uri.joinPath(vscode.Uri.file(top), path)).then(
    (opened) => opened,
    () => null,
  );
}

async function definitions(uri: vscode.Uri, at: vscode.Position): Promise<vscode.Location[]> {
  const found = await vscode.commands.executeCommand<Array<vscode.Location | vscode.LocationLink>>(
    "vscode.executeDefinitionProvider",
    uri,
    at,
  );
  return found.map((one) => ("targetUri" in one ? new vscode.Location(one.targetUri, one.targetRange) : one));
}

/** Hovering a path in text (an #include, a diffstat line) tells what is pending for that file. */
import * as vscode from "vscode";
import { candidatePaths, pathInText } from "../../core/paths/pathInText";
import { touchesHover } from "../../render/hover";
import { toMarkdown } from "../markdown";
import type { MovedFiles } from "../movedFiles";
import type { OpenTrees } from "../openTrees";
import { readSettings } from "../settings";

export function registerPathHover(moved: MovedFiles, trees: OpenTrees): vscode.Disposable {
  return vscode.languages.registerHoverProvider([{ scheme: "file" }, { scheme: "untitled" }, { scheme: "kvm-series-revision" }], {
    provideHover(document, position) {
      if (!readSettings().pathHovers) return undefined;
      const line = document.lineAt(position.line).text;
      const found = pathInText(line, position.character);
      if (!found) return undefined;
      // Text outside of all trees (an exported digest) is about any of them.
      const place = trees.locate(document.uri) ?? { path: "", project: null };
      for (const written of candidatePaths(found, place.path)) {
        // A diffstat cuts long paths; what it means is asked of the same trees as when the series were read.
        const path = trees.resolve(written, place.project);
        const touches = moved.touching(path, place.project, trees.topOf(document.uri));
        if (touches.length === 0) continue;
        const range = new vscode.Range(position.line, found.start, position.line, found.end);
        return new vscode.Hover(toMarkdown(touchesHover({ path, project: place.project }, touches, Date.now())), range);
      }
      return undefined;
    },
  });
}

/** The commands that join and split series by hand and undo this; see engines/corrections.ts. */
import * as vscode from "vscode";
import { HumanError } from "../core/humanError";
import { newestRevision } from "../core/series/series";
import type { Corrections } from "../engines/corrections";
import type { PageInFront } from "../engines/seriesPages";
import { correctionNameOf, type Library } from "../library/library";
import { revisionName, seriesDescription, titleText } from "../render/labels";
import { afterActivation, registerCommand } from "./commands";
import { withoutIcons } from "./markdown";
import { type PickedRevision, pickSeries, seriesFor } from "./seriesPick";
import { onDidChangeSettings } from "./settings";

export interface CorrectionCommandsParts {
  readonly library: Library;
  readonly front: PageInFront;
  readonly corrections: Corrections;
  readonly log: vscode.LogOutputChannel;
}

const title = "KVM Series: Join and Split";

export function registerCorrections({ library, front, corrections, log }: CorrectionCommandsParts): vscode.Disposable {
  return vscode.Disposable.from(
    afterActivation(() => corrections.begin()),
    onDidChangeSettings((changed) => changed("corrections") && corrections.begin()),
    registerCommand(log, "kvmSeries.joinSeries", async (argument) => {
      const series = await seriesFor(argument, { library, front }, `${title}: First Series`);
      if (!series) return;
      const others = library.series.filter(({ id }) => id !== series.id);
      const other = await pickSeries(others, `Join “${withoutIcons(titleText(series.title))}” with`);
      if (other) await corrections.join(newestRevision(series), newestRevision(other));
    }),
    registerCommand(log, "kvmSeries.splitRevision", async (argument) => {
      const chosen = revisionNode(argument) ?? (await pickRevision(library, front));
      if (chosen) await corrections.split(chosen.series, chosen.revision);
    }),
    registerCommand(log, "kvmSeries.undoCorrection", async (argument) => {
      const series = argument === undefined ? undefined : await seriesFor(argument, { library, front }, title);
      const offered = await corrections.of(series ?? null);
      if (offered.length === 0)
        throw new HumanError(series ? "Nothing was joined or split by hand in this series." : "Nothing was joined or split by hand yet.");
      const picked = await vscode.window.showQuickPick(
        [...offered].reverse().map((correction) => ({
          label: `${correction.kind === "join" ? "$(link) Joined" : "$(split-horizontal) Split"}: ${nameOf(library, correction.first)}`,
          description: `${correction.kind === "join" ? "with" : "from"} ${nameOf(library, correction.second)}`,
          correction,
        })),
        { title: `${title}: Undo`, placeHolder: "What do you want to undo?", canPickMany: true },
      );
      if (picked && picked.length > 0) await corrections.undo(picked.map(({ correction }) => correction));
    }),
    registerCommand(log, "kvmSeries.openCorrections", async () => {
      await vscode.window.showTextDocument(vscode.Uri.file(await corrections.makeFile()));
    }),
  );
}

function nameOf(library: Library, name: string): string {
  const revision = library.find(name)?.revisions.find((one) => correctionNameOf(one) === name);
  return revision ? withoutIcons(`${revisionName(revision)} ${titleText(revision.title)}`) : `<${name}>`;
}

function revisionNode(argument: unknown): PickedRevision | null {
  if (typeof argument !== "object" || argument === null || !("kind" in argument) || argument.kind !== "revision") return null;
  return argument as unknown as PickedRevision;
}

async function pickRevision(library: Library, front: PageInFront): Promise<PickedRevision | undefined> {
  const several = library.series.filter(({ revisions }) => revisions.length > 1);
  const series = await seriesFor(undefined, { library, front }, `${title}: Split Off Revision`, several);
  if (!series) return undefined;
  const items = [...series.revisions].reverse().map((revision) => ({
    label: revisionName(revision),
    description: withoutIcons(titleText(revision.title)),
    revision,
  }));
  const picked = await vscode.window.showQuickPick(items, {
    title: `${title}: Split Off Revision`,
    placeHolder: `Which revision does not belong? ${seriesDescription(series, Date.now())}`,
  });
  return picked && { series, revision: picked.revision };
}

/** Joining and splitting series by hand; kept in a text file that a team can share, see core/lineage/corrections.ts. */
import { mkdir, readFile, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import * as vscode from "vscode";
import { HumanError } from "../core/humanError";
import {
  addCorrection,
  type Correction,
  type CorrectionsFile,
  parseCorrections,
  printCorrections,
  removeCorrection,
} from "../core/postings/corrections";
import { newestRevision, type Problem, type Revision, type Series } from "../core/series/series";
import type { PageInFront } from "../engines/seriesPages";
import type { Library } from "../library/library";
import { revisionName, seriesDescription, titleText } from "../render/labels";
import { afterActivation, registerCommand } from "./commands";
import { withoutIcons } from "./markdown";
import { pickSeries, seriesFor } from "./seriesPick";
import { onDidChangeSettings, readSettings } from "./settings";

export interface CorrectionsParts {
  readonly library: Library;
  readonly front: PageInFront;
  readonly log: vscode.LogOutputChannel;
  /** The extension's folder for all windows: where the file lies unless the settings name one. */
  readonly storage: string;
  /** Told what holds, at the start and after each change of the file. */
  readonly apply: (corrections: readonly Correction[], problems: readonly Problem[]) => Promise<void>;
}

const title = "KVM Series: Join and Split";

/** A team's corrections of many years are a small part of it; a larger file is something else. */
const largestFile = 16 * 1024 * 1024;
/** So many problems of one file are shown; the others are in the log. */
const mostProblems = 3;

export function registerCorrections({ library, front, log, storage, apply }: CorrectionsParts): vscode.Disposable {
  let watcher = vscode.Disposable.from();
  const file = (): vscode.Uri => vscode.Uri.file(readSettings().corrections ?? join(storage, "corrections.txt"));
  const load = async (): Promise<void> => {
    const { corrections, problems } = await readCorrections(file());
    for (const { source, message } of problems) log.warn(`${source}: ${message}`);
    await apply(corrections, problems.slice(0, mostProblems));
  };
  const change = async (edit: (lines: CorrectionsFile["lines"]) => CorrectionsFile["lines"]): Promise<void> => {
    const path = file().fsPath;
    const { lines, isWhole } = await readCorrections(file());
    // What is written is what was read: a file of which that is not all would lose the rest.
    if (!isWhole) throw new HumanError(`${path} could not be read as a whole, so it was left as it is; see its row in the view Series.`);
    try {
      await replaceFile(path, printCorrections(edit(lines)));
    } catch {
      throw new HumanError(`${path} could not be written; check the setting kvmSeries.corrections.`);
    }
    await load();
  };
  const watch = (): void => {
    watcher.dispose();
    const uri = file();
    const pattern = new vscode.RelativePattern(vscode.Uri.file(dirname(uri.fsPath)), uri.path.slice(uri.path.lastIndexOf("/") + 1));
    const files = vscode.workspace.createFileSystemWatcher(pattern);
    const reload = (): void => void load();
    watcher = vscode.Disposable.from(files, files.onDidChange(reload), files.onDidCreate(reload), files.onDidDelete(reload));
  };

  const begin = (): void => {
    watch();
    void load();
  };

  return vscode.Disposable.from(
    afterActivation(begin),
    {
      dispose() {
        watcher.dispose();
      },
    },
    onDidChangeSettings((changed) => changed("corrections") && begin()),
    registerCommand(log, "kvmSeries.joinSeries", async (argument) => {
      const series = await seriesFor(argument, { library, front }, `${title}: First Series`);
      if (!series) return;
      const others = library.series.filter(({ id }) => id !== series.id);
      const other = await pickSeries(others, `Join “${withoutIcons(titleText(series.title))}” with`);
      if (!other) return;
      const correction: Correction = { kind: "join", first: idOf(newestRevision(series)), second: idOf(newestRevision(other)) };
      await change((lines) => addCorrection(lines, correction));
    }),
    registerCommand(log, "kvmSeries.splitRevision", async (argument) => {
      const chosen = revisionNode(argument) ?? (await pickRevision(library, front));
      if (!chosen) return;
      const { series, revision } = chosen;
      const others = series.revisions.filter((one) => one !== revision);
      if (others.length === 0) throw new HumanError("This series has one revision only, so there is nothing to split it from.");
      const first = idOf(revision);
      await change((lines) =>
        others.reduce<CorrectionsFile["lines"]>((kept, other) => addCorrection(kept, { kind: "split", first, second: idOf(other) }), lines),
      );
    }),
    registerCommand(log, "kvmSeries.undoCorrection", async (argument) => {
      const { corrections } = await readCorrections(file());
      const series = argument === undefined ? undefined : await seriesFor(argument, { library, front }, title);
      const ids = series && new Set([series.id, ...series.aliases]);
      const offered = corrections.filter(({ first, second }) => !ids || ids.has(first) || ids.has(second));
      if (offered.length === 0)
        throw new HumanError(series ? "Nothing was joined or split by hand in this series." : "Nothing was joined or split by hand yet.");
      const picked = await vscode.window.showQuickPick(
        [...offered].reverse().map((correction) => ({
          label: `${correction.kind === "join" ? "$(link) Joined" : "$(split-horizontal) Split"}: ${nameOf(library, correction.first)}`,
          description: `${correction.kind === "join" ? "with" : "from"} ${nameOf(library, correction.second)}`,
          correction,
        })),
        { title: `${title}: Undo`, placeHolder: "What shall be taken back?", canPickMany: true },
      );
      if (!picked || picked.length === 0) return;
      await change((lines) => picked.reduce<CorrectionsFile["lines"]>((kept, { correction }) => removeCorrection(kept, correction), lines));
    }),
    registerCommand(log, "kvmSeries.openCorrections", async () => {
      const uri = file();
      await change((lines) =>
        lines.length > 0 ? lines : [{ text: "# What was joined and split by hand; lines: join <Message-ID> <Message-ID>" }],
      );
      await vscode.window.showTextDocument(uri);
    }),
  );
}

interface CorrectionsRead extends CorrectionsFile {
  /** Whether all that is in the file stands in its lines. */
  readonly isWhole: boolean;
}

async function readCorrections({ fsPath: source }: vscode.Uri): Promise<CorrectionsRead> {
  const none = (message: string): CorrectionsRead => ({ lines: [], corrections: [], problems: [{ source, message }], isWhole: false });
  try {
    if ((await stat(source)).size > largestFile) return none("This file is too large to hold what was joined and split by hand.");
    const text = new TextDecoder("utf-8", { fatal: true }).decode(await readFile(source));
    const file = parseCorrections(text, source);
    const lineEnds = text.split("\n").length;
    return { ...file, isWhole: file.lines.length >= lineEnds - 1 };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    // The file comes with the first correction.
    if (code === "ENOENT") return { lines: [], corrections: [], problems: [], isWhole: true };
    if (code === "ERR_ENCODING_INVALID_ENCODED_DATA") return none("This file is no text in UTF-8, so nothing in it was joined or split.");
    return none("What was joined and split by hand could not be read; check the setting kvmSeries.corrections.");
  }
}

/** Writes a file beside the old one and puts it in its place, so that a full disk does not cost what was there. */
async function replaceFile(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const place = await realpath(path).catch(() => path);
  const old = await stat(place).catch(() => null);
  const making = `${place}.new`;
  try {
    await writeFile(making, text, old ? { mode: old.mode } : {});
    await rename(making, place);
  } catch (error) {
    await rm(making, { force: true });
    throw error;
  }
}

function idOf({ messageId }: Revision): string {
  if (messageId === null)
    throw new HumanError("A digest tells no Message-IDs, by which corrections are kept; add the archive that holds this series.");
  return messageId;
}

function nameOf(library: Library, messageId: string): string {
  const series = library.find(messageId);
  const revision = series?.revisions.find((one) => one.messageId === messageId);
  return series && revision ? withoutIcons(`${revisionName(revision)} ${titleText(revision.title)}`) : `<${messageId}>`;
}

interface RevisionOfSeries {
  readonly series: Series;
  readonly revision: Revision;
}

function revisionNode(argument: unknown): RevisionOfSeries | null {
  if (typeof argument !== "object" || argument === null || !("kind" in argument) || argument.kind !== "revision") return null;
  return argument as unknown as RevisionOfSeries;
}

async function pickRevision(library: Library, front: PageInFront): Promise<RevisionOfSeries | undefined> {
  const several = library.series.filter(({ revisions }) => revisions.length > 1);
  const series = await seriesFor(undefined, { library, front }, `${title}: Split a Revision Off`, several);
  if (!series) return undefined;
  const items = [...series.revisions].reverse().map((revision) => ({
    label: revisionName(revision),
    description: withoutIcons(titleText(revision.title)),
    revision,
  }));
  const picked = await vscode.window.showQuickPick(items, {
    title: `${title}: Split a Revision Off`,
    placeHolder: `Which revision is no part of it? ${seriesDescription(series, Date.now())}`,
  });
  return picked && { series, revision: picked.revision };
}

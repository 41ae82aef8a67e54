/** Export Digest: which digests, in which format, to where; the result is opened. */
import { join } from "node:path";
import { homedir } from "node:os";
import * as vscode from "vscode";
import { formatDigest } from "../../core/digest/digest";
import { HumanError } from "../../core/humanError";
import type { NamedDigest } from "../../core/assembly/posting";
import { seriesOfDigests, type Library } from "../../index/library";
import { writeDigestReport, type DigestFormat } from "../../render/digestPage";
import { digestReport, rangeOfDigests } from "../../render/digestReport";
import { plural } from "../../render/labels";
import type { Archives } from "../sources/archives";
import { registerCommand } from "../commands";
import type { OpenTrees } from "../openTrees";
import { chooseRange } from "./exportRange";
import { readSettings } from "../settings";

interface FormatChoice extends vscode.QuickPickItem {
  readonly format: DigestFormat;
  readonly language: string;
  readonly extension: string;
}

const formats: readonly FormatChoice[] = [
  {
    label: "Markdown",
    detail: "Series by subsystem, what changed since the last revision, links, contributors",
    format: "markdown",
    language: "markdown",
    extension: "md",
  },
  { label: "HTML", detail: "The same as one page that needs no other file", format: "html", language: "html", extension: "html" },
  { label: "Text", detail: "The same as plain text for a mail", format: "text", language: "plaintext", extension: "txt" },
  { label: "JSON", detail: "The same for programs", format: "json", language: "json", extension: "json" },
  {
    label: "Classic",
    detail: "The digest text as the list's readers know it; one digest at a time",
    format: "classic",
    language: "plaintext",
    extension: "txt",
  },
];

export interface ExportParts {
  readonly library: Library;
  readonly archives: Archives;
  readonly trees: OpenTrees;
  readonly log: vscode.LogOutputChannel;
  /** Where it is remembered how far each archive was exported. */
  readonly state: vscode.Memento;
}

/** What is exported: digests, or ranges of archives. */
export interface Chosen {
  /** Classic is one digest in, one out. */
  readonly single: boolean;
  write(format: DigestFormat): Promise<string>;
  /** Called when the text has gone where it should. */
  done(): Promise<void>;
}

export function registerExportDigest(parts: ExportParts): vscode.Disposable {
  return registerCommand(parts.log, "kvmSeries.exportDigest", async () => {
    const chosen = parts.archives.folders.length > 0 ? await chooseRange(parts) : await chooseDigests(parts);
    if (!chosen) return;
    const offered = formats.filter(({ format }) => chosen.single || format !== "classic");
    const choice = await vscode.window.showQuickPick(offered, {
      title: title("Format"),
      placeHolder: "Choose a format",
      matchOnDetail: true,
    });
    if (!choice) return;
    const text = await chosen.write(choice.format);
    const places = [
      { label: "$(new-file) Untitled Document", file: false },
      { label: "$(save) File...", file: true },
    ];
    const place = await vscode.window.showQuickPick(places, { title: title("Where To"), placeHolder: "Where shall it go?" });
    if (!place) return;
    if (place.file) {
      if (!(await saveAndOpen(text, choice))) return;
    } else {
      await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ content: text, language: choice.language }));
    }
    await chosen.done();
  });
}

async function chooseDigests({ library, trees }: ExportParts): Promise<Chosen | undefined> {
  const digests = await pickDigests(library.digests);
  return (
    digests && {
      single: digests.length === 1,
      write: (format) => Promise.resolve(writeDigest(digests, format, trees)),
      done: () => Promise.resolve(),
    }
  );
}

function title(step: string): string {
  return `KVM Series: Export Digest (${step})`;
}

/** The digests to export, oldest first as they are read; no question where there is only one. */
async function pickDigests(digests: readonly NamedDigest[]): Promise<readonly NamedDigest[] | undefined> {
  if (digests.length === 0) throw new HumanError("There is no digest to export yet; add one with “KVM Series: Add Archive...”.");
  if (digests.length === 1) return digests;
  const items = digests.map((digest) => ({
    label: digest.name,
    description: `${digest.digest.from} to ${digest.digest.to}`,
    detail: plural(digest.digest.entries.length, "entry", "entries"),
    picked: true,
    digest,
  }));
  const placeHolder = "Several are merged, later ones are newer";
  const picked = await vscode.window.showQuickPick(items, {
    title: title("Digests"),
    placeHolder,
    canPickMany: true,
    matchOnDescription: true,
  });
  if (picked?.length === 0) throw new HumanError("No digest was chosen, so nothing was exported.");
  return picked?.map(({ digest }) => digest);
}

function writeDigest(digests: readonly NamedDigest[], format: DigestFormat, trees: OpenTrees): string {
  const [only] = digests;
  if (format === "classic" && only) return formatDigest(only.digest);
  if (format === "classic") throw new HumanError("The classic format holds one digest; choose another format to merge several.");
  const { listName, listUrl, subsystems } = readSettings();
  const series = seriesOfDigests(digests, { rules: subsystems, trees: trees.trees });
  return writeDigestReport(digestReport(rangeOfDigests(digests, listName), series, { listUrl }), format);
}

async function saveAndOpen(text: string, { label, extension }: FormatChoice): Promise<boolean> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? homedir();
  const uri = await vscode.window.showSaveDialog({
    title: title("File"),
    defaultUri: vscode.Uri.file(join(folder, `digest.${extension}`)),
    filters: { [label]: [extension], "All files": ["*"] },
  });
  if (!uri) return false;
  try {
    await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(text));
  } catch {
    throw new HumanError(`${uri.fsPath} could not be written; choose a folder you may write to.`);
  }
  await vscode.window.showTextDocument(uri, { preview: false });
  return true;
}

/** Export Digest: which digests or which range of archives, in which format, to where; the result is opened. */
import { homedir } from "node:os";
import { basename, join } from "node:path";
import * as vscode from "vscode";
import { formatDigest } from "../core/digest/digest";
import { digestOfMails, type RangeEnds, rangeInWords, type ReadRange } from "../core/digest/digestOfMails";
import type { NamedDigest } from "../core/digest/digestPostings";
import { HumanError } from "../core/humanError";
import type { OpenTrees } from "../engines/openTrees";
import { type Library, seriesOfDigests, seriesOfRanges } from "../library/library";
import { type DigestFormat, digestReport, rangeOfDigests, writeDigestReport } from "../render/digestReport";
import { plural } from "../render/labels";
import type { Archives } from "../engines/archives";
import { registerCommand } from "./commands";
import { plainMessage } from "./markdown";
import { readSettings } from "./settings";

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
export interface ChosenExport {
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
      title: stepTitle("Format"),
      placeHolder: "Choose a format",
      matchOnDetail: true,
    });
    if (!choice) return;
    const text = await chosen.write(choice.format);
    const places = [
      { label: "$(new-file) Untitled Document", file: false },
      { label: "$(save) File...", file: true },
    ];
    const place = await vscode.window.showQuickPick(places, { title: stepTitle("Where To"), placeHolder: "Where shall it go?" });
    if (!place) return;
    if (place.file) {
      if (!(await saveAndOpen(text, choice))) return;
    } else {
      await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ content: text, language: choice.language }));
    }
    await chosen.done();
  });
}

async function chooseDigests({ library, trees }: ExportParts): Promise<ChosenExport | undefined> {
  const digests = await pickDigests(library.digests);
  return (
    digests && {
      single: digests.length === 1,
      write: (format) => Promise.resolve(writeDigest(digests, format, trees)),
      done: () => Promise.resolve(),
    }
  );
}

function stepTitle(step: string): string {
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
    title: stepTitle("Digests"),
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
    title: stepTitle("File"),
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

// Export Digest out of archives: which range, and the text of it.

const exportedKey = "exported";
const day = 24 * 60 * 60 * 1000;

/** How far archives were exported: by folder, the last commit or, where there are none, the last day. */
type Exported = Readonly<Record<string, string>>;

interface RangeChoice extends vscode.QuickPickItem {
  /** The ends for one archive; null for those of the person's choice. */
  readonly ends: ((folder: string) => RangeEnds) | null;
}

/** Lets the person choose a range; undefined when they changed their mind. */
export async function chooseRange(parts: ExportParts): Promise<ChosenExport | undefined> {
  const { archives, state } = parts;
  const exported = state.get<Exported>(exportedKey) ?? {};
  const folders = await pickArchives(archives.folders);
  if (!folders) return undefined;
  const ends = await pickEnds(folders, exported, archives.series?.arrived ?? 0);
  if (!ends) return undefined;
  let ranges: readonly ReadRange[] = [];
  const isOne = folders.length === 1;
  return {
    single: isOne,
    async write(format) {
      ranges = await vscode.window.withProgress({ location: { viewId: "kvmSeries.series" } }, () =>
        Promise.all(folders.map((folder) => archives.range(folder, ends(folder)))),
      );
      if (ranges.every(({ mails }) => mails.length === 0)) throw new HumanError(nothingPosted(ranges));
      for (const [at, { problems }] of ranges.entries()) {
        for (const message of problems) parts.log.warn(`${folders[at] ?? ""}: ${message}`);
        if (problems[0] !== undefined) void vscode.window.showWarningMessage(plainMessage(`${folders[at] ?? ""}: ${problems[0]}`));
      }
      const { listName, listUrl } = readSettings();
      const [only] = ranges;
      if (format === "classic" && only) return formatDigest(digestOfMails(only.mails, { from: only.from, to: only.to, list: listName }));
      if (format === "classic") throw new HumanError("The classic format holds one archive; choose another format to merge several.");
      const { library } = parts;
      const series = await seriesOfRanges(ranges, {
        find: (messageId) => library.find(messageId),
        mails: (messageIds) => library.mailBytes(messageIds),
      });
      const range = { from: only?.from ?? "", to: ranges.at(-1)?.to ?? "", list: listName };
      return writeDigestReport(digestReport(range, series, { listUrl }), format);
    },
    async done() {
      const reached = folders.map((folder, at) => [folder, ranges[at]?.end ?? nextDay(ranges[at]?.to)] as const);
      await state.update(exportedKey, { ...exported, ...Object.fromEntries(reached) });
    },
  };
}

/** A range may be of a time from which there is no mail at all, or of one in which people only talked. */
function nothingPosted(ranges: readonly ReadRange[]): string {
  const [first] = ranges;
  const what = ranges.every(({ count }) => count === 0) ? "no mail" : "no patch";
  return `There is ${what} ${rangeInWords(first ?? { from: "", to: "" })}; choose other ends.`;
}

async function pickArchives(folders: readonly string[]): Promise<readonly string[] | undefined> {
  if (folders.length === 1) return folders;
  const items = folders.map((folder) => ({ label: basename(folder), description: folder, picked: true, folder }));
  const picked = await vscode.window.showQuickPick(items, {
    title: "KVM Series: Export Digest (Archives)",
    placeHolder: "Several are merged",
    canPickMany: true,
  });
  if (picked?.length === 0) throw new HumanError("No archive was chosen, so nothing was exported.");
  return picked?.map(({ folder }) => folder);
}

async function pickEnds(
  folders: readonly string[],
  exported: Exported,
  newest: number,
): Promise<((folder: string) => RangeEnds) | undefined> {
  // Days are counted back from the newest mail and not from today, so that an archive that was not fetched for long has some.
  const back = (days: number) => (): RangeEnds => ({
    from: new Date(newest * 1000 - days * day).toISOString().slice(0, 19) + "Z",
    to: null,
  });
  const items: RangeChoice[] = [7, 14, 30].map((days) => ({
    label: `Last ${days} Days`,
    description: "up to the newest mail",
    ends: back(days),
  }));
  if (folders.some((folder) => exported[folder] !== undefined)) {
    const since = (folder: string): RangeEnds => ({ from: exported[folder] ?? back(7)().from, to: null });
    items.unshift({
      label: "Since the Last Export",
      description: folders.map((folder) => (exported[folder] ?? "").slice(0, 10)).join(", "),
      ends: since,
    });
  }
  items.push({ label: "Choose a Range...", description: "dates or commits of the archive", ends: null });
  const picked = await vscode.window.showQuickPick(items, {
    title: "KVM Series: Export Digest (Range)",
    placeHolder: `Mail of which time, from ${plural(folders.length, "archive")}?`,
  });
  if (!picked) return undefined;
  if (picked.ends) return picked.ends;
  const from = await askEnd(
    "From",
    "The first day (a date, “2 weeks ago”), or a commit of the archive that is left out; empty for its beginning",
  );
  if (from === undefined) return undefined;
  const to = await askEnd("To", "The last day, or the last commit; empty for the newest mail");
  const now = newest > 0 ? { now: newest * 1000 } : {};
  return to === undefined ? undefined : () => ({ from: from || null, to: to || null, ...now });
}

async function askEnd(name: string, prompt: string): Promise<string | undefined> {
  const answer = await vscode.window.showInputBox({
    title: `KVM Series: Export Digest (${name})`,
    prompt,
    placeHolder: "2026-10-01",
    ignoreFocusOut: true,
  });
  return answer?.trim();
}

/** The next export of mail files begins with the day after the last one. */
function nextDay(date: string | undefined): string {
  const time = Date.parse(date ?? "");
  return Number.isNaN(time) ? "" : new Date(time + day).toISOString().slice(0, 10);
}

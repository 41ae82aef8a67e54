/**
 * Export Digest: which digests or which range of archives, in which format, to which place; the result is opened. A bundle of its
 * own, loaded with the first export.
 */
import { homedir } from "node:os";
import { basename, join } from "node:path";
import * as vscode from "vscode";
import { formatDigest } from "../core/digest/digest";
import { digestOfMails, type ReadRange } from "../core/digest/digestOfMails";
import type { NamedDigest } from "../core/digest/digestPostings";
import { HumanError } from "../core/humanError";
import type { OpenTrees } from "../engines/openTrees";
import { urlOfSeriesList } from "../engines/settings";
import { type Library, seriesOfDigests, seriesOfRanges } from "../library/library";
import { type DigestFormat, digestReport, rangeOfDigests, writeDigestReport } from "../render/digestReport";
import { plural } from "../render/labels";
import type { EndsOf, RangeExport } from "../engines/exportRange";
import type { Log } from "../engines/ports";
import { warn } from "./commands";
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
  { label: "HTML", detail: "The same as a single, self-contained page", format: "html", language: "html", extension: "html" },
  { label: "Text", detail: "The same as plain text for a mail", format: "text", language: "plaintext", extension: "txt" },
  { label: "JSON", detail: "The same for programs", format: "json", language: "json", extension: "json" },
  {
    label: "Classic",
    detail: "The digest text that readers of the list know; one digest at a time",
    format: "classic",
    language: "plaintext",
    extension: "txt",
  },
];

export interface ExportParts {
  readonly library: Library;
  readonly ranges: RangeExport;
  readonly trees: OpenTrees;
  readonly log: Log;
}

/** What is exported: digests, or ranges of archives. */
export interface ChosenExport {
  /** The classic format takes exactly one digest. */
  readonly single: boolean;
  write(format: DigestFormat): Promise<string>;
  /** Called when the text has reached its destination. */
  done(): Promise<void>;
}

/** Asks what to export, writes it and opens it. */
export async function exportDigest(parts: ExportParts): Promise<void> {
  const chosen = parts.ranges.folders.length > 0 ? await chooseRange(parts) : await chooseDigests(parts);
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
  const place = await vscode.window.showQuickPick(places, { title: stepTitle("Where To"), placeHolder: "Where should the digest go?" });
  if (!place) return;
  if (place.file) {
    if (!(await saveAndOpen(text, choice))) return;
  } else {
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ content: text, language: choice.language }));
  }
  await chosen.done();
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

/** The digests to export, oldest first as they are read; without a question when there is only one. */
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
  const { listName, listUrls, subsystems } = readSettings();
  const series = seriesOfDigests(digests, { rules: subsystems, trees: trees.trees });
  return writeDigestReport(
    digestReport(rangeOfDigests(digests, listName), series, { listUrl: (one) => urlOfSeriesList(one, listUrls) }),
    format,
  );
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
    throw new HumanError(`${uri.fsPath} could not be written; choose a folder you can write to.`);
  }
  await vscode.window.showTextDocument(uri, { preview: false });
  return true;
}

// Export Digest from archives: the range and its text.

interface RangeChoice extends vscode.QuickPickItem {
  /** Null if the person chooses the ends. */
  readonly ends: EndsOf | null;
}

/** Lets the person choose a range; undefined when they cancel. */
async function chooseRange({ library, ranges: exporting, log }: ExportParts): Promise<ChosenExport | undefined> {
  const folders = await pickArchives(exporting.folders);
  if (!folders) return undefined;
  const ends = await pickEnds(folders, exporting);
  if (!ends) return undefined;
  let ranges: readonly ReadRange[] = [];
  return {
    single: folders.length === 1,
    async write(format) {
      ranges = await vscode.window.withProgress({ location: { viewId: "kvmSeries.series" } }, () => exporting.read(folders, ends));
      for (const [at, { problems }] of ranges.entries()) {
        if (problems[0] !== undefined) warn(log, `${folders[at] ?? ""}: ${problems[0]}`);
      }
      const { listName, listUrls } = readSettings();
      const [only] = ranges;
      if (format === "classic" && only) return formatDigest(digestOfMails(only.mails, { from: only.from, to: only.to, list: listName }));
      if (format === "classic") throw new HumanError("The classic format holds one archive; choose another format to merge several.");
      const series = await seriesOfRanges(ranges, library);
      const range = { from: only?.from ?? "", to: ranges.at(-1)?.to ?? "", list: listName };
      return writeDigestReport(digestReport(range, series, { listUrl: (one) => urlOfSeriesList(one, listUrls) }), format);
    },
    done: () => exporting.reached(folders, ranges),
  };
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

async function pickEnds(folders: readonly string[], exporting: RangeExport): Promise<EndsOf | undefined> {
  const items: RangeChoice[] = [7, 14, 30].map((days) => ({
    label: `Last ${days} Days`,
    description: "up to the newest mail",
    ends: exporting.daysBack(days),
  }));
  const last = exporting.sinceLast(folders);
  if (last) {
    const description = last.from.map((from) => from.slice(0, 10)).join(", ");
    items.unshift({ label: "Since the Last Export", description, ends: last.ends });
  }
  items.push({ label: "Choose a Range...", description: "dates or commits of the archive", ends: null });
  const picked = await vscode.window.showQuickPick(items, {
    title: "KVM Series: Export Digest (Range)",
    placeHolder: `Mail of which period, from ${plural(folders.length, "archive")}?`,
  });
  if (!picked) return undefined;
  if (picked.ends) return picked.ends;
  const from = await askEnd("From", "First day (a date, “2 weeks ago”), or the commit after which to start; empty for the beginning");
  if (from === undefined) return undefined;
  const to = await askEnd("To", "Last day, or last commit; empty for the newest mail");
  return to === undefined ? undefined : exporting.typed(from, to);
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

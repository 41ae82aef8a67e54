/** A patch in VS Code's own diff editor: two read-only documents for each file, made from its hunks. */
import * as vscode from "vscode";
import { type PatchFile, patchFiles, patchSides } from "../core/diff/patchFiles";
import { HumanError } from "../core/humanError";
import { visibleText } from "../core/mail/hiddenCharacters";
import { patchTexts } from "../core/mail/patchMail";
import { isSafePath } from "../core/series/treePaths";
import type { LoadedMails } from "../library/loadedMails";

/** Documents of this scheme name a mail, so they can be restored after the window was closed. */
const patchScheme = "kvm-series-patch";

/** The change that a document is one side of. */
interface Side {
  readonly messageId: string;
  /** The place of the patch in the mail. */
  readonly place: number;
  /** Which file of the patch. */
  readonly file: number;
  readonly side: "before" | "after";
}

/** A patch to open. */
export interface OpenedPatch {
  readonly messageId: string;
  /** The place of the patch in its mail. */
  readonly place: number;
  /** `patch 3/16`. */
  readonly name: string;
  readonly title: string;
}

/** Provides the documents. */
export function registerPatchDocuments(mails: LoadedMails): vscode.Disposable {
  return vscode.workspace.registerTextDocumentContentProvider(patchScheme, {
    async provideTextDocumentContent(uri) {
      const side = parseSide(uri.query);
      if (!side) return "";
      const file = (await filesOf(mails, side))?.[side.file];
      return file ? patchSides(file.text)[side.side] : "The mail of this patch is no longer in the archive.\n";
    },
  });
}

/** Shown for a patch whose mail is gone. */
export const gonePatchText = "The mail of this patch is no longer in the archive. Sync, or open it in the list's own archive.";

/**
 * Opens a patch.
 *
 * @param path of one of its files; null for all of them
 */
export async function openPatchDiff(mails: LoadedMails, patch: OpenedPatch, path: string | null): Promise<void> {
  const files = await filesOf(mails, patch);
  if (!files) throw new HumanError(gonePatchText);
  const chosen = [...files.entries()].filter(([, file]) => path === null || file.path === path);
  const [first] = chosen;
  if (!first) throw new HumanError(path === null ? "This patch has no diff to open." : `This patch does not change ${path}.`);
  if (chosen.length === 1) {
    const [at, file] = first;
    const title = `${visibleText(file.path)} (${patch.name})`;
    await vscode.commands.executeCommand("vscode.diff", uriOf(patch, at, file, "before"), uriOf(patch, at, file, "after"), title);
    return;
  }
  const resources = chosen.map(([at, file]) => {
    const after = uriOf(patch, at, file, "after");
    return [after, uriOf(patch, at, file, "before"), after];
  });
  await vscode.commands.executeCommand("vscode.changes", `${visibleText(patch.title)} (${patch.name})`, resources);
}

async function filesOf(mails: LoadedMails, { messageId, place }: Pick<Side, "messageId" | "place">): Promise<PatchFile[] | null> {
  const mail = (await mails.mails([messageId])).get(messageId);
  const text = mail ? patchTexts(mail)[place] : undefined;
  return text === undefined ? null : patchFiles(text);
}

/** The path ends like the file's, so that the editor knows its language. It cannot lead to a real file, whatever name a stranger gives. */
function uriOf({ messageId, place }: OpenedPatch, file: number, { path, oldPath }: PatchFile, side: Side["side"]): vscode.Uri {
  const name = side === "before" ? (oldPath ?? path) : path;
  const query = JSON.stringify({ messageId, place, file, side } satisfies Side);
  return vscode.Uri.from({ scheme: patchScheme, path: `/${isSafePath(name) ? name : "file"}`, query });
}

/** What a document shows; null for one of another scheme. */
export function parsePatchUri({ scheme, query }: vscode.Uri): Side | null {
  return scheme === patchScheme ? parseSide(query) : null;
}

function parseSide(query: string): Side | null {
  let value: unknown;
  try {
    value = JSON.parse(query);
  } catch {
    return null;
  }
  if (
    typeof value !== "object" ||
    value === null ||
    !("messageId" in value) ||
    !("place" in value) ||
    !("file" in value) ||
    !("side" in value)
  )
    return null;
  const { messageId, place, file, side } = value;
  const isSide = side === "before" || side === "after";
  return typeof messageId === "string" && typeof place === "number" && typeof file === "number" && isSide
    ? { messageId, place, file, side }
    : null;
}

/** Puts something about a series on the clipboard. */
import * as vscode from "vscode";
import { HumanError } from "../core/humanError";
import { leadMessageId, type Patch, type Revision, type Series } from "../core/series/series";
import { b4Command } from "../render/copyTexts";
import { withoutIcons } from "./markdown";

/** Characters of a copied text that are shown for a moment. */
const shownLength = 60;

/** Puts something about a series on the clipboard, or says why it cannot. */
export async function copyText(
  what: "link" | "b4" | "messageId",
  series: Series,
  revision: Revision,
  patch: Patch | null,
  url: string,
): Promise<void> {
  const messageId = patch ? patch.messageId : leadMessageId(revision);
  const text = what === "link" ? url : what === "b4" ? b4Command(series, revision) : messageId;
  if (text === null)
    throw new HumanError("A digest does not hold Message-IDs; copy the link instead, which finds it in the list's archive.");
  await putOnClipboard(text, text);
}

/** @param said what the person is told was copied */
export async function putOnClipboard(text: string, said: string): Promise<void> {
  await vscode.env.clipboard.writeText(text);
  const shown = said.length > shownLength ? `${said.slice(0, shownLength)}…` : said;
  vscode.window.setStatusBarMessage(`$(check) Copied ${withoutIcons(shown)}`, 3000);
}
